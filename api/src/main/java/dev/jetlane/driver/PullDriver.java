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
 * Takes tasks out of a partition, each under a {@link Lease}: one object behind each {@link
 * dev.jetlane.Puller}. Concurrent pulls are served one after the other.
 *
 * <p>Every lease becomes a {@link LeasedDelivery} as soon as it is taken. A task that has used up
 * its deliveries is not handed out: it becomes a dead letter, and {@link DriverEvents#exhausted} is
 * called.
 */
public interface PullDriver {

  /**
   * Waits for tasks and leases up to {@code max} of them. Returns as soon as there is at least one,
   * with as many as are there at that moment, and with an empty list at the end of the wait. Never
   * returns an empty list because something is broken.
   *
   * @param max the largest number of tasks
   * @param maxBytes the bound of the payloads together; one task that is larger comes alone
   * @param untilNanos the end of the wait; if it has passed, this looks once and does not wait
   * @return a list of the caller's own
   * @throws InterruptedException if the thread was interrupted before something was leased for this
   *     call; nothing is leased then
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if this was closed, also while it waits
   */
  List<Delivery> pull(int max, long maxBytes, long untilNanos) throws InterruptedException;

  /**
   * As {@link #pull}, without a thread that waits: a thousand open pulls of as many partitions cost
   * no thread each.
   *
   * <p>{@link CompletableFuture#cancel} ends the wait, whatever it returns. The future then
   * completes soon, with the deliveries that had been leased for it by then: often none.
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
   * Says where the holder wants pulls that have waited to complete, so that the thread that is
   * woken for a task can go on with it. By default a driver uses threads of its own, as it does
   * where these refuse.
   *
   * @param threads may be blocked for a moment
   */
  default void completeOn(Executor threads) {}

  /**
   * Waits for a {@link #pullAsync}: the implementation of {@link #pull} for a driver that gains
   * nothing from the thread of the caller.
   *
   * @param clock the clock of the driver
   * @param pull the asynchronous pull
   * @return the deliveries
   * @throws InterruptedException as {@link #pull}; after an interrupt that came too late, when
   *     something was leased already, this returns and the interrupt flag stays set
   */
  static List<Delivery> await(DriverClock clock, CompletableFuture<List<Delivery>> pull)
      throws InterruptedException {
    try {
      clock.await(pull, DriverClock.NEVER);
    } catch (InterruptedException e) {
      boolean unused = pull.cancel(false);
      if (pull.join().isEmpty()) {
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

  /**
   * Ends waiting pulls, and gives leased tasks that were not handed out back immediately. Tasks
   * that were handed out stay leased. Concurrent and further calls return when this is done, or at
   * the deadline.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   */
  void close(long deadlineNanos);
}
