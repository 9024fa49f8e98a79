// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Takes tasks from a partition, each under a {@link Lease}. Each {@link dev.jetlane.Puller} has
 * one. Concurrent pulls are served one after the other.
 *
 * <p>Every lease becomes a {@link LeasedDelivery} as soon as it is taken. A task that has used up
 * its deliveries is not handed out: it becomes a dead letter, and {@link DriverEvents#exhausted} is
 * called.
 */
public interface PullDriver {

  /**
   * Waits for tasks and leases up to {@code max} of them. Returns as soon as at least one is
   * available, with all that are available at that moment, or an empty list at the end of the wait.
   * A failure is an exception, never an empty list.
   *
   * @param max the largest number of tasks
   * @param maxBytes the limit of the total payload size; a larger task is returned alone
   * @param untilNanos the end of the wait; if it has passed, this looks once and does not wait
   * @return a list that the caller may modify
   * @throws InterruptedException if the thread was interrupted before something was leased for this
   *     call; nothing is leased then
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if this was closed, also while it waits
   */
  List<Delivery> pull(int max, long maxBytes, long untilNanos) throws InterruptedException;

  /**
   * As {@link #pull}, without a thread that waits.
   *
   * <p>{@link CompletableFuture#cancel} ends the wait, whatever it returns. The future then
   * completes soon, with the deliveries that had already been leased for it, often none.
   *
   * @param max as for {@link #pull}
   * @param maxBytes as for {@link #pull}
   * @param untilNanos as for {@link #pull}
   * @param completion to be given to the {@link DriverFuture}
   * @return completes as {@link #pull} returns or throws, on a thread on which the client may call
   *     the driver without blocking
   */
  DriverFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion);

  /**
   * Sets the executor on which pulls that have waited complete, so that the thread that is woken
   * for a task can also handle it. By default, and if the executor refuses, a driver uses its own
   * threads.
   *
   * @param threads may be blocked briefly
   */
  default void completeOn(Executor threads) {}

  /**
   * Called before the first pull of a worker. Each {@link #pullAsync} then waits for {@link
   * PartitionDriver#workerWait} or a little longer, and fails a few seconds after the connection
   * was lost, even if its wait is longer: the worker reports the failure, and pulls again. By
   * default this does nothing.
   */
  default void ofWorker() {}

  /**
   * Waits for a {@link #pullAsync}. A driver that does not need the thread of the caller implements
   * {@link #pull} with this method.
   *
   * @param clock the clock of the driver
   * @param pull the asynchronous pull
   * @return the deliveries
   * @throws InterruptedException as {@link #pull}; if the interrupt comes after a task was leased,
   *     this returns normally and the interrupt flag stays set
   */
  static List<Delivery> await(DriverClock clock, CompletableFuture<List<Delivery>> pull)
      throws InterruptedException {
    try {
      clock.await(pull, DriverClock.NEVER);
    } catch (InterruptedException e) {
      boolean unused = pull.cancel(false);
      if (hasLeasedNothing(pull)) {
        throw e;
      }
      Thread.currentThread().interrupt();
    }
    try {
      return pull.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof TaskQueueException known) {
        throw known;
      }
      throw e;
    }
  }

  private static boolean hasLeasedNothing(CompletableFuture<List<Delivery>> cancelled) {
    try {
      return cancelled.join().isEmpty();
    } catch (CompletionException failed) {
      return true;
    }
  }

  /**
   * Ends waiting pulls, and immediately gives back leased tasks that were not handed out. Tasks
   * that were handed out stay leased. Concurrent and further calls return when this is done, or at
   * the deadline.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   */
  void close(long deadlineNanos);
}
