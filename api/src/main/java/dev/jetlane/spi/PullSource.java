package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Where the tasks of a worker come from, one pull at a time. */
interface PullSource {

  /** Over a puller: with a thread of its own only if that blocks. */
  static PullSource of(Puller puller, String threadName) {
    return puller instanceof AsyncPuller async
        ? new OfAsync(async)
        : new PullThread(puller, threadName);
  }

  /** Pulls; the pull before has completed. */
  CompletableFuture<List<Delivery>> pull(int max, Duration wait);

  /** Ends a pull that waits: it completes, often with nothing. */
  void cancel();

  /** Ends the pull that waits, and closes the puller. */
  void close();

  /** Waits for the end of the threads, if there are any. */
  default void join(long millis) throws InterruptedException {}

  /** Without a thread. */
  final class OfAsync implements PullSource {

    private final AsyncPuller puller;
    private volatile @Nullable CompletableFuture<List<Delivery>> pull;

    private OfAsync(AsyncPuller puller) {
      this.puller = puller;
    }

    @Override
    public CompletableFuture<List<Delivery>> pull(int max, Duration wait) {
      CompletableFuture<List<Delivery>> started;
      try {
        started = puller.pullAsync(max, wait);
      } catch (RuntimeException | Error e) {
        return CompletableFuture.failedFuture(e);
      }
      pull = started;
      return started;
    }

    @Override
    public void cancel() {
      CompletableFuture<List<Delivery>> open = pull;
      if (open != null) {
        boolean unused = open.cancel(true);
      }
    }

    @Override
    public void close() {
      cancel();
      puller.close();
    }
  }
}
