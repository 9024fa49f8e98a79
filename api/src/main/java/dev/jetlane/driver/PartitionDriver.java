// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.DeadLetter;
import dev.jetlane.InvalidInputException;
import dev.jetlane.NotSupportedException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** One partition, as one client uses it. */
public interface PartitionDriver {

  /**
   * Returns the clock of the leases of this partition, which has the time of {@link
   * QueueDriver#clock}.
   *
   * @return the same object at each call
   */
  DriverClock clock();

  /**
   * Returns the effective length of a lease.
   *
   * @return the length of a lease; the shortest one if the priorities differ
   */
  Duration lease();

  /**
   * Checks the restrictions that only this implementation has. Called before a push, and for every
   * task of a batch before the first one is pushed. Sends nothing.
   *
   * @param task the task
   * @throws InvalidInputException if this partition cannot store the task
   */
  default void check(Task task) {}

  /**
   * Stores a task, once for each id within the dedup window. Pushes of one thread are stored in the
   * order of the calls. Transient failures are retried until the deadline, with the same id.
   *
   * <p>If too many pushes are unconfirmed, this waits for room, until the deadline at most.
   *
   * @param task the task
   * @param completion to be given to the {@link DriverFuture}
   * @param urgency whether the caller waits for it
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return completes with the receipt, or with {@link QueueFullException}, {@link
   *     PermissionDeniedException}, {@link QueueUnavailableException} or {@link
   *     dev.jetlane.OutcomeUnknownException}
   */
  DriverFuture<PushReceipt> push(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos);

  /**
   * Stores many tasks in the order of the list, as {@link #push} does. Returns when all of them are
   * sent.
   *
   * @param tasks the tasks
   * @param timeoutNanos the time for each task, counted from when it is sent
   * @return one future per task, in the order of the list
   */
  default List<DriverFuture<PushReceipt>> pushAll(List<Task> tasks, long timeoutNanos) {
    List<DriverFuture<PushReceipt>> pushes = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      long deadlineNanos = clock().nanoTime() + timeoutNanos;
      pushes.add(push(task, Completion.none(), Urgency.AWAITED, deadlineNanos));
    }
    return pushes;
  }

  /**
   * Stores tasks, all of them or none, so that pulls see them together. Tasks with a known id are
   * duplicates; the others are stored, all or none.
   *
   * @param tasks the tasks
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return one receipt per task, in the order of the list
   * @throws NotSupportedException if this queue cannot; nothing was stored
   * @throws QueueFullException if there is no room for all; nothing was stored
   */
  default List<PushReceipt> pushAtomically(List<Task> tasks, long deadlineNanos) {
    throw new NotSupportedException("this queue does not support atomic pushes");
  }

  /**
   * Removes a delayed task that is not due.
   *
   * @param taskId the id of the task
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return whether this call removed it
   */
  boolean cancel(String taskId, long deadlineNanos);

  /**
   * Opens a pull. Pulls of one partition share its tasks.
   *
   * @param options the options of the puller. The client keeps leases, but a driver that leases
   *     ahead must know whether leases are kept
   * @param deliveries makes the delivery of a lease. The driver calls it once for each lease, on
   *     the thread that took the lease, immediately, even if the task is handed out later. It does
   *     not block, and calls only {@link PartitionDriver#clock}.
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the pull
   */
  PullDriver openPull(
      PullOptions options, Function<Lease, LeasedDelivery> deliveries, long deadlineNanos);

  /**
   * Returns how long a pull of a worker waits before the worker pulls again. With a short wait the
   * worker reports a lost connection and finds a new leader soon; a driver with a long one ensures
   * that itself ({@link PullDriver#ofWorker}).
   *
   * @return the wait
   */
  default Duration workerWait() {
    return Duration.ofSeconds(4);
  }

  /**
   * Counts the tasks.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the counts
   */
  Stats stats(long deadlineNanos);

  /**
   * Returns the age of the oldest ready or outstanding task, counted from its push.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the age; empty if there is no such task
   */
  Optional<Duration> oldestAge(long deadlineNanos);

  /**
   * Returns the oldest dead letters, oldest first, without removing them.
   *
   * @param max the largest number
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the letters
   */
  List<DeadLetter> deadLetters(int max, long deadlineNanos);

  /**
   * Puts a dead letter back into the partition as a new task, then removes the letter.
   *
   * @param letterId the id, possibly malformed
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return false if there is no dead letter with this id, whatever the id looks like
   * @throws QueueFullException if the partition is full; the dead letter stays
   */
  boolean redrive(String letterId, long deadlineNanos);

  /**
   * Removes all dead letters.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return how many were removed
   */
  long purgeDeadLetters(long deadlineNanos);
}
