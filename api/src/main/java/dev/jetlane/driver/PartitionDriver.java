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
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** One partition, as one client uses it. */
public interface PartitionDriver {

  /**
   * The clock that the leases of this partition are measured on: the time of {@link
   * QueueDriver#clock}. The same object at each call.
   */
  DriverClock clock();

  /** The length of a lease, as it is in force on the queue. */
  Duration lease();

  /**
   * Refuses what only this implementation refuses. Called before a push, and for every task of a
   * batch before the first one is pushed. Sends nothing.
   *
   * @throws InvalidInputException if this partition cannot store the task
   */
  default void check(Task task) {}

  /**
   * Stores a task, once for each id within the dedup window. Pushes of one thread are stored in the
   * order of the calls. Transient failures are retried until the deadline, with the same id.
   *
   * <p>If too many pushes are unconfirmed, this waits for room, until the deadline at most.
   *
   * @param completion to be given to the {@link DriverFuture}
   * @param urgency whether the caller waits for it
   * @return completes with the receipt, or with {@link QueueFullException}, {@link
   *     PermissionDeniedException}, {@link QueueUnavailableException} or {@link
   *     dev.jetlane.OutcomeUnknownException}
   */
  CompletableFuture<PushReceipt> push(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos);

  /**
   * Stores many tasks in the order of the list, as {@link #push} does. Returns one future for each,
   * in the same order, once all of them are sent.
   *
   * @param timeoutNanos the time for each task, counted from when it is sent
   */
  default List<CompletableFuture<PushReceipt>> pushAll(List<Task> tasks, long timeoutNanos) {
    List<CompletableFuture<PushReceipt>> pushes = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      long deadlineNanos = clock().nanoTime() + timeoutNanos;
      pushes.add(push(task, Completion.none(), Urgency.AWAITED, deadlineNanos));
    }
    return pushes;
  }

  /**
   * Stores tasks, all of them or none, so that pulls see them together. Those whose id is known are
   * duplicates; the rest is stored, all or none.
   *
   * @return one receipt per task, in the order of the list
   * @throws NotSupportedException if this queue cannot; nothing was stored
   * @throws QueueFullException if there is no room for all; nothing was stored
   */
  default List<PushReceipt> pushAtomically(List<Task> tasks, long deadlineNanos) {
    throw new NotSupportedException("this queue cannot store all of several tasks or none");
  }

  /**
   * Removes a delayed task that is not due.
   *
   * @return whether this call removed it
   */
  boolean cancel(String taskId, long deadlineNanos);

  /**
   * Opens a pull. Pulls of one partition share its tasks.
   *
   * @param options how it works; keeping leases is the client's task, but a driver that leases
   *     ahead must know whether leases are kept
   * @param deliveries makes the delivery of a lease. To be called once for each lease, as soon as
   *     it is taken and whether or not it is handed out immediately, by the thread that took it. It
   *     does not block, and calls {@link PartitionDriver#clock} alone.
   */
  PullDriver openPull(
      PullOptions options, Function<Lease, LeasedDelivery> deliveries, long deadlineNanos);

  /** How long a pull of a worker waits before the worker pulls again. */
  default Duration workerWait() {
    return Duration.ofSeconds(4);
  }

  /** Counts the tasks. */
  Stats stats(long deadlineNanos);

  /** How long ago the oldest task was pushed that is ready or outstanding; empty if none is. */
  Optional<Duration> oldestAge(long deadlineNanos);

  /** The oldest dead letters, oldest first, without removing them. */
  List<DeadLetter> deadLetters(int max, long deadlineNanos);

  /**
   * Puts a dead letter back into the partition as a new task, then removes the letter.
   *
   * @return false if there is no dead letter with this id, whatever the id looks like
   * @throws QueueFullException if the partition is full; the dead letter stays
   */
  boolean redrive(String letterId, long deadlineNanos);

  /**
   * Removes all dead letters.
   *
   * @return how many were removed
   */
  long purgeDeadLetters(long deadlineNanos);
}
