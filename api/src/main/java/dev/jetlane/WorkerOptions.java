package dev.jetlane;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Worker} works. Immutable.
 *
 * @param concurrency how many tasks are worked on at once, from 1 to {@link Limits#MAX_PULL}
 * @param prefetch how many tasks are pulled ahead of free handlers, from 0, the default. They are
 *     there without a round trip, but other workers cannot have them.
 * @param retryPolicy what becomes of a task whose handler failed. By default it comes back after
 *     half to the whole of 1 s, doubled with each attempt up to 10 min.
 * @param keepFor for how long the lease of a task is kept, as of {@link PullOptions#keepFor}; 12 h
 *     by default, zero for not at all
 * @param keepEvery how often a lease is extended, as of {@link PullOptions#keepEvery}
 * @param interruptOnLeaseLost whether a handler is interrupted when it loses its lease; it can
 *     always ask {@link Delivery#leaseLost()}
 * @param executor what handlers run on; null, the default, for a pool of daemon threads of the
 *     worker's own, as many as are needed up to {@code concurrency}. It must run what it accepts,
 *     or refuse it with an exception. Where the JDK has virtual threads: {@code
 *     Executors.newVirtualThreadPerTaskExecutor()}. It is not closed with the worker.
 * @param onFailure is told of every failure: of a handler, of a settlement (with the delivery), and
 *     of a pull (without). Called on the thread on which it happened; must be thread-safe.
 */
public record WorkerOptions(
    int concurrency,
    int prefetch,
    RetryPolicy retryPolicy,
    Duration keepFor,
    Duration keepEvery,
    boolean interruptOnLeaseLost,
    @Nullable Executor executor,
    BiConsumer<@Nullable Delivery, Throwable> onFailure) {

  private static final RetryPolicy RETRIES =
      RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofMinutes(10)).withJitter(0.5);

  /**
   * @throws InvalidInputException if a value is out of its range
   */
  public WorkerOptions {
    Limits.checkRange("concurrency", concurrency, 1, Limits.MAX_PULL);
    Limits.checkPrefetch(prefetch);
    Limits.checkPresent("retry policy", retryPolicy);
    Limits.checkKeep("time to keep leases", keepFor);
    Limits.checkKeep("step of lease keeping", keepEvery);
    Limits.checkPresent("listener to failures", onFailure);
  }

  /** So many tasks at once, and the defaults. */
  public static WorkerOptions concurrency(int tasks) {
    return new WorkerOptions(
        tasks,
        0,
        RETRIES,
        Duration.ofHours(12),
        Duration.ZERO,
        false,
        null,
        (delivery, failure) -> {});
  }

  /** These options with another {@link #prefetch}. */
  public WorkerOptions withPrefetch(int tasks) {
    return new WorkerOptions(
        concurrency,
        tasks,
        retryPolicy,
        keepFor,
        keepEvery,
        interruptOnLeaseLost,
        executor,
        onFailure);
  }

  /** These options with another {@link #retryPolicy}. */
  public WorkerOptions withRetryPolicy(RetryPolicy policy) {
    return new WorkerOptions(
        concurrency,
        prefetch,
        policy,
        keepFor,
        keepEvery,
        interruptOnLeaseLost,
        executor,
        onFailure);
  }

  /** These options with leases that are kept for so long, extended at every third of the lease. */
  public WorkerOptions withLeaseKeeping(Duration max) {
    return withLeaseKeeping(Duration.ZERO, max);
  }

  /** As {@link PullOptions#withLeaseKeeping(Duration, Duration)}. */
  public WorkerOptions withLeaseKeeping(Duration every, Duration max) {
    return new WorkerOptions(
        concurrency, prefetch, retryPolicy, max, every, interruptOnLeaseLost, executor, onFailure);
  }

  /** These options with handlers that are interrupted when they lose their lease. */
  public WorkerOptions withInterruptOnLeaseLost() {
    return new WorkerOptions(
        concurrency, prefetch, retryPolicy, keepFor, keepEvery, true, executor, onFailure);
  }

  /** These options with another {@link #executor}. */
  public WorkerOptions withExecutor(Executor value) {
    Limits.checkPresent("executor", value);
    return new WorkerOptions(
        concurrency,
        prefetch,
        retryPolicy,
        keepFor,
        keepEvery,
        interruptOnLeaseLost,
        value,
        onFailure);
  }

  /** These options with another {@link #onFailure}. */
  public WorkerOptions withFailureListener(BiConsumer<@Nullable Delivery, Throwable> listener) {
    return new WorkerOptions(
        concurrency,
        prefetch,
        retryPolicy,
        keepFor,
        keepEvery,
        interruptOnLeaseLost,
        executor,
        listener);
  }
}
