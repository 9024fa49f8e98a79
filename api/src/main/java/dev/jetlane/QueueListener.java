package dev.jetlane;

import java.time.Duration;

/**
 * Is told what happens to the tasks of one client: for metrics, logs and trace context. Every
 * method does nothing by default.
 *
 * <p>An implementation of {@link TaskQueue} takes listeners when it connects. Without any, nothing
 * is called, wrapped or allocated.
 *
 * <p><b>Threads.</b> A listener is called on the thread on which it happens: the caller's, the one
 * that completes a future, or one of the connection; several at once. It must be thread-safe, must
 * not block, and must not call the queue, which waits for it meanwhile and may hold a lock.
 *
 * <p><b>Exceptions</b> of a listener are survived: the queue works on as if it had returned, and
 * the first one of a client is logged with {@link System.Logger}.
 *
 * <p><b>Order.</b> What a call did is told once, before the call returns or its future completes,
 * to one listener after the other. So a pull is told before the settlements of what it brought.
 * What several threads do is told as it comes.
 *
 * <p><b>What is not told.</b> A client knows what it did itself. What other clients do is in {@link
 * Partition#stats}. A call that was refused with {@link InvalidInputException} or {@link
 * QueueClosedException} is not told, and neither is a settlement that came second. Whatever is
 * called once the queue is closed is not told; what was under way is. Cancellations, statistics and
 * what is done with dead letters have no events.
 */
public interface QueueListener {

  /**
   * A task is about to be pushed. The only method that has a say: what it returns is pushed in the
   * task's place, for headers such as a trace context. Asked once a push, however often that is
   * sent, each listener with what the one before returned; also for a push that is then refused.
   *
   * @return the task, or a copy with other headers; null, or a task that differs in anything else,
   *     is passed over as an exception is
   */
  default Task pushing(String partition, Task task) {
    return task;
  }

  /**
   * A push was confirmed.
   *
   * @param duplicate whether an earlier push had stored the task
   */
  default void pushed(String partition, String taskId, boolean duplicate) {}

  /** A push failed, or its outcome is not known. */
  default void pushFailed(String partition, String taskId, TaskQueueException error) {}

  /**
   * A pull returned.
   *
   * @param tasks how many tasks it brought; zero when the wait was over
   */
  default void pulled(String partition, int tasks) {}

  /** A pull brought a task that was delivered before. Told right after its {@link #pulled}. */
  default void redelivered(Delivery delivery) {}

  /** A pull failed. An interrupted one did not. */
  default void pullFailed(String partition, TaskQueueException error) {}

  /**
   * A task was acked.
   *
   * @param late whether the lease had run out: {@link #leaseLost} was told before
   * @param heldNanos from the end of the pull to the call of the settlement
   */
  default void acked(Delivery delivery, boolean late, long heldNanos) {}

  /**
   * A task was given back, also by {@link Delivery#close}.
   *
   * @param heldNanos from the end of the pull to the call of the settlement
   */
  default void naked(Delivery delivery, Duration delay, long heldNanos) {}

  /**
   * A lease was restarted, by {@link Delivery#extend}; one that a puller keeps itself is not told.
   */
  default void extended(Delivery delivery) {}

  /**
   * A holder moved its task to the dead letters.
   *
   * @param heldNanos from the end of the pull to the call of the settlement
   */
  default void deadLettered(Delivery delivery, String reason, long heldNanos) {}

  /**
   * A task went to the dead letters because it had used up its {@link QueueConfig#maxDeliveries()}.
   * Told to the client whose pull met the task.
   */
  default void exhausted(String partition, String taskId) {}

  /**
   * A holder found that its lease had run out: by a settlement, an extension or a close that came
   * too late, or by {@link Delivery#leaseLost} where it asked for that. Told once per delivery. A
   * holder that died finds nothing; its task shows as {@link #redelivered}.
   */
  default void leaseLost(Delivery delivery) {}

  /**
   * A settlement or an extension failed, or its outcome is not known. One that came too late is a
   * {@link #leaseLost} instead.
   */
  default void settleFailed(Delivery delivery, TaskQueueException error) {}

  /**
   * The queue works and something needs attention: settings that differ and are lived with, a
   * partition at its limit, too many partitions on a stream. The log has the same line.
   *
   * @param text one readable line without secrets
   */
  default void warned(String text) {}

  /** The connection broke. The client tries to restore it by itself. */
  default void connectionLost() {}

  /** The connection is back. */
  default void connectionRestored() {}
}
