package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Where the tasks of a worker come from. A pull that waits needs no thread. */
public interface TaskSource {

  /**
   * Pulls up to so many tasks. Cancelling the future ends the wait; it then completes soon, with
   * what had been leased by then.
   */
  CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait);

  /**
   * Has pulls that waited complete on these threads, if it can.
   *
   * @see dev.jetlane.driver.PullDriver#completeOn
   */
  void completeOn(Executor threads);

  /** Ends the pull that waits, and gives back what it leased. */
  void close();
}
