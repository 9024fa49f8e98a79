// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of a task: its data, and a method that settles it. The client keeps the state of the
 * delivery: whether it is settled, and when its lease ends.
 *
 * <p>Each delivery and each settlement costs one object, so both should be small.
 */
public interface Lease {

  /**
   * Returns the id that the task was pushed with, or one that the driver made for a foreign
   * message.
   *
   * @return the id
   */
  String taskId();

  /**
   * Returns the payload. The array is not shared with another lease, and is the same one at each
   * call.
   *
   * @return the payload
   */
  byte[] payload();

  /**
   * Returns the headers that the task was pushed with.
   *
   * @return an immutable map
   */
  Map<String, String> headers();

  /**
   * Returns the number of this delivery of the task.
   *
   * @return the number, from 1
   */
  int attempt();

  /**
   * Returns the priority that the task was pushed with.
   *
   * @return the priority
   */
  int priority();

  /**
   * Returns when the task was stored, became due, or was redriven.
   *
   * @return the instant, by the clock of the queue
   */
  Instant storedAt();

  /**
   * Returns the deadline of the task.
   *
   * @return the deadline; null if it has none
   */
  default @Nullable Instant deadline() {
    return null;
  }

  /**
   * Returns the end of the lease if it is not extended. The client calls this once. The end must
   * not be later than the end on the queue.
   *
   * @return the time, on the clock of the partition
   */
  long endNanos();

  /**
   * Settles or extends. Called for a delivery that is open; a settlement that failed may be started
   * again.
   *
   * <p>The queue may apply it to a task that another worker holds by now, so it must not be sent
   * later than {@link LeaseAction#notAfterNanos}, and must not be sent again after an unknown
   * outcome unless it {@link LeaseAction#isRepeatable}.
   *
   * @param action the action
   * @param completion to be given to the {@link DriverFuture}
   * @param urgency whether the caller waits for it
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return completes with {@link LeaseAction#result} once the queue has confirmed, or with {@link
   *     OutcomeUnknownException}, {@link QueueUnavailableException}, for a dead letter {@link
   *     PermissionDeniedException}, and {@link dev.jetlane.LeaseExpiredException} if {@link
   *     LeaseAction#notAfterNanos} had passed before anything was sent
   */
  DriverFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos);
}
