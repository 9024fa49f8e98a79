package dev.jetlane.spi;

import dev.jetlane.WorkerOptions;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What handlers run on: the caller's executor, or a pool of the worker's own. */
final class HandlerPool {

  private static final long IDLE_SECONDS = 10;

  private final Executor executor;

  /** Null if the executor is the caller's. */
  private final @Nullable ThreadPoolExecutor own;

  private HandlerPool(Executor executor, @Nullable ThreadPoolExecutor own) {
    this.executor = executor;
    this.own = own;
  }

  static HandlerPool of(WorkerOptions options, String name) {
    Executor callers = options.executor();
    if (callers != null) {
      return new HandlerPool(callers, null);
    }
    AtomicInteger numbers = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            options.concurrency(),
            options.concurrency(),
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              String number = name + "-" + numbers.incrementAndGet();
              Thread thread = new Thread(task, "jetlane-handler-" + number);
              thread.setDaemon(true);
              return thread;
            });
    // An idle worker has no handler threads.
    pool.allowCoreThreadTimeOut(true);
    return new HandlerPool(pool, pool);
  }

  void execute(Runnable run) {
    executor.execute(run);
  }

  /** What was accepted still runs. */
  void close() {
    if (own != null) {
      own.shutdown();
    }
  }

  void await(long millis) throws InterruptedException {
    if (own != null) {
      boolean unused = own.awaitTermination(millis, TimeUnit.MILLISECONDS);
    }
  }
}
