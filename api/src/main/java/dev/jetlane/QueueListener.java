package dev.jetlane;

import java.time.Duration;

/**
 * Receives events about the tasks that one client pushes, pulls and settles: for metrics, logs and
 * trace context. Every method does nothing by default.
 *
 * <p>An implementation of {@link TaskQueue} takes listeners when it connects. A queue without
 * listeners has no overhead.
 *
 * <p><b>Threads.</b> A listener is called on the thread of the event: the caller's, the one that
 * completes a future, or one of the connection; several at the same time. It must be thread-safe,
 * must not block, and must not call the queue, which waits for it and may hold a lock.
 *
 * <p><b>Exceptions</b> of a listener are ignored: the queue continues as if the method had
 * returned. The first one of a client is logged with {@link System.Logger}.
 *
 * <p><b>Order.</b> A call is reported once, before it returns or its future completes, to one
 * listener after the other. So a pull is reported before the settlements of its deliveries. Events
 * of several threads have no order.
 *
 * <p><b>Limits.</b> A client reports only its own calls; {@link Partition#stats} covers all
 * clients. A call that was refused with {@link InvalidInputException} or {@link
 * QueueClosedException} has no event, and neither has a second settlement or a call after the close
 * of the queue. A call that was in progress during the close has one. Cancellations, statistics and
 * calls on dead letters have no events.
 */
public interface QueueListener {

  /**
   * A task is about to be pushed. This is the only callback that can change anything: the returned
   * task is pushed instead, for headers such as a trace context. Called once per push, however
   * often the push is sent, and also for a push that is then refused. Each listener gets the task
   * that the previous one returned.
   *
   * @param partition the name of the partition
   * @param task the task
   * @return the task, or a copy with other headers; null, or a task with other differences, is
   *     ignored
   */
  default Task pushing(String partition, Task task) {
    return task;
  }

  /**
   * A push was confirmed.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   * @param duplicate whether an earlier push had stored the task
   */
  default void pushed(String partition, String taskId, boolean duplicate) {}

  /**
   * A push failed, or its outcome is unknown.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   * @param error the exception of the caller
   */
  default void pushFailed(String partition, String taskId, TaskQueueException error) {}

  /**
   * A pull returned.
   *
   * @param partition the name of the partition
   * @param tasks the number of its tasks; zero if the wait ended
   */
  default void pulled(String partition, int tasks) {}

  /**
   * A pull returned a task that was delivered before. Called right after its {@link #pulled}.
   *
   * @param delivery the delivery
   */
  default void redelivered(Delivery delivery) {}

  /**
   * A pull failed. An interrupt is no failure.
   *
   * @param partition the name of the partition
   * @param error the exception of the caller
   */
  default void pullFailed(String partition, TaskQueueException error) {}

  /**
   * A task was acked.
   *
   * @param delivery the delivery
   * @param late whether the lease had expired; {@link #leaseLost} was called before
   * @param heldNanos from the end of the pull to the call of the settlement
   */
  default void acked(Delivery delivery, boolean late, long heldNanos) {}

  /**
   * A task was given back, also by {@link Delivery#close}.
   *
   * @param delivery the delivery
   * @param delay the delay until the redelivery; zero for none
   * @param heldNanos from the end of the pull to the call of the settlement
   */
  default void naked(Delivery delivery, Duration delay, long heldNanos) {}

  /**
   * A lease was restarted by {@link Delivery#extend}. Automatic extensions are not reported.
   *
   * @param delivery the delivery
   */
  default void extended(Delivery delivery) {}

  /**
   * A holder moved its task to the dead letters.
   *
   * @param delivery the delivery
   * @param reason the reason
   * @param heldNanos from the end of the pull to the call of the settlement
   */
  default void deadLettered(Delivery delivery, String reason, long heldNanos) {}

  /**
   * A task went to the dead letters because it had used up its {@link QueueConfig#maxDeliveries()}.
   * Reported to the client whose pull met the task.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   */
  default void exhausted(String partition, String taskId) {}

  /**
   * A holder noticed that its lease had expired: by a late settlement, extension or close, or by
   * {@link Delivery#leaseLost} if it requested that. Called once per delivery. The task of a dead
   * holder appears as {@link #redelivered} instead.
   *
   * @param delivery the delivery
   */
  default void leaseLost(Delivery delivery) {}

  /**
   * A settlement or an extension failed, or its outcome is unknown. A late one is a {@link
   * #leaseLost} instead.
   *
   * @param delivery the delivery
   * @param error the exception of the caller
   */
  default void settleFailed(Delivery delivery, TaskQueueException error) {}

  /**
   * The queue works but needs attention: different settings that were accepted, a partition at its
   * limit, too many partitions on a stream. The log has the same line.
   *
   * @param text one readable line without secrets
   */
  default void warned(String text) {}

  /** The connection broke. The client reconnects automatically. */
  default void connectionLost() {}

  /** The connection is back. */
  default void connectionRestored() {}
}
