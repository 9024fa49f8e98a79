// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * Receives events about the tasks that one client pushes, pulls and settles: for metrics, logs and
 * trace context. Every method does nothing by default.
 *
 * <p>An implementation of {@link TaskQueue} takes listeners when it connects. A queue without
 * listeners has no overhead.
 *
 * <p><b>Threads.</b> A listener is called on the thread of the event: the caller's thread, the
 * thread that completes a future, or a thread of the connection. Calls can be concurrent. A
 * listener must be thread-safe, must not block, and must not call the queue: the reported call
 * waits for it, and so do the pulls behind a reported pull. The queue holds no lock during the
 * call.
 *
 * <p><b>Exceptions</b> of a listener are ignored: the queue continues as if the method had
 * returned. The first one of a client is logged with {@link System.Logger}.
 *
 * <p><b>Order.</b> A call is reported once, before it returns or its future completes, to one
 * listener after the other. So a pull is reported before the settlements of its deliveries. Events
 * of several threads have no order.
 *
 * <p><b>Limits.</b> A client reports only its own calls; {@link Partition#stats} covers all
 * clients. These have no event: a call that was refused with {@link InvalidInputException} or
 * {@link QueueClosedException}, a second settlement, a call after the close of the queue,
 * cancellations, statistics, and calls on dead letters. A call in progress during the close has
 * one: a push that was {@link #pushing announced} always has {@link #pushed} or {@link
 * #pushFailed}.
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
   * @return the task, or a copy with other headers; null, a task that differs in anything else, and
   *     headers that the queue refuses are ignored
   */
  default Task pushing(String partition, Task task) {
    return task;
  }

  /**
   * A push was confirmed.
   *
   * @param event the event
   */
  default void pushed(QueueEvent.Pushed event) {}

  /**
   * A push failed, or its outcome is unknown.
   *
   * @param event the event
   */
  default void pushFailed(QueueEvent.PushFailed event) {}

  /**
   * A pull returned.
   *
   * @param event the event
   */
  default void pulled(QueueEvent.Pulled event) {}

  /**
   * A pull returned a task that was delivered before. Called right after its {@link #pulled}.
   *
   * @param event the event
   */
  default void redelivered(QueueEvent.Redelivered event) {}

  /**
   * A pull failed. An interrupt is not reported.
   *
   * @param event the event
   */
  default void pullFailed(QueueEvent.PullFailed event) {}

  /**
   * A worker is about to call its handler, on this thread.
   *
   * @param delivery the delivery that the handler receives
   * @return follows the call to its end; {@link Handling#NONE} or null to follow nothing
   */
  default Handling handling(Delivery delivery) {
    return Handling.NONE;
  }

  /**
   * A task was acked. If its lease had expired, {@link #leaseLost} was called before.
   *
   * @param event the event
   */
  default void acked(QueueEvent.Acked event) {}

  /**
   * A task was given back: by a nak, a release, or {@link Delivery#close}.
   *
   * @param event the event
   */
  default void givenBack(QueueEvent.GivenBack event) {}

  /**
   * A lease was restarted by {@link Delivery#extend}. Automatic extensions are not reported.
   *
   * @param event the event
   */
  default void extended(QueueEvent.Extended event) {}

  /**
   * A holder moved its task to the dead letters.
   *
   * @param event the event
   */
  default void deadLettered(QueueEvent.DeadLettered event) {}

  /**
   * A task went to the dead letters because it had used up its {@link QueueConfig#maxDeliveries()}.
   * Reported to the client whose pull found the task.
   *
   * @param event the event
   */
  default void exhausted(QueueEvent.Exhausted event) {}

  /**
   * A holder noticed that its lease had expired: by a late settlement, extension or close, or by
   * {@link Delivery#whenLeaseLost} if it requested that. Called once per delivery. The task of a
   * crashed holder is reported as {@link #redelivered} instead.
   *
   * @param event the event
   */
  default void leaseLost(QueueEvent.LeaseLost event) {}

  /**
   * A settlement or an extension failed, or its outcome is unknown. A late one is a {@link
   * #leaseLost} instead.
   *
   * @param event the event
   */
  default void settleFailed(QueueEvent.SettleFailed event) {}

  /**
   * The queue works but needs attention: different settings that were accepted, a paused partition,
   * one at its limit, too many partitions on a stream. A client of a server logs the same line.
   *
   * @param event the event
   */
  default void warned(QueueEvent.Warned event) {}

  /** The connection broke. The client reconnects automatically. */
  default void connectionLost() {}

  /** The connection is restored. */
  default void connectionRestored() {}
}
