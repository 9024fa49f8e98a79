package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A puller that needs no thread to wait. */
public interface AsyncPuller extends Puller {

  /**
   * As {@link #pull}. Cancelling the future ends the wait; it then completes soon, with what had
   * been leased by then.
   */
  CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait);
}
