package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where the tasks of a worker come from. A pull that waits needs no thread. */
public interface TaskSource {

  /**
   * Pulls up to so many tasks. Cancelling the future ends the wait; it then completes soon, with
   * what had been leased by then.
   */
  CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait);

  /** Ends the pull that waits, and gives back what it leased. */
  void close();
}
