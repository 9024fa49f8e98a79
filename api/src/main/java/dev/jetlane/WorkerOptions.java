package dev.jetlane;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a {@link Worker} works. Immutable; each {@code with} method returns a copy. */
public final class WorkerOptions {

  private static final int ADAPTIVE = -1;

  private static final WorkerOptions DEFAULTS = new WorkerOptions(new Values());

  /** The settings, which are changed before they are published only. */
  private static final class Values implements Cloneable {

    int concurrency = 8;
    int fetchAhead = ADAPTIVE;
    RetryPolicy retryPolicy = RetryPolicy.standard().withJitter(0.5);
    Duration keepFor = Duration.ofHours(12);
    Duration keepEvery = Duration.ZERO;
    boolean interruptOnLeaseLost;
    @Nullable Duration timeLimit;
    @Nullable Duration hungAfter;
    Duration closeDeadline = Duration.ofSeconds(25);
    @Nullable Executor executor;
    boolean virtualThreads;
    Consumer<? super WorkerFailure> failureListener = WorkerFailure::log;

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private final Values values;

  private WorkerOptions(Values values) {
    this.values = values;
  }

  private WorkerOptions with(Consumer<Values> change) {
    Values changed = values.copy();
    change.accept(changed);
    return new WorkerOptions(changed);
  }

  /** Eight handlers at a time, and what the other methods of this class say. */
  public static WorkerOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The defaults, with this many handlers at a time.
   *
   * @param handlers from 1 to {@link Limits#MAX_PULL}
   * @throws InvalidInputException if it is out of that range
   */
  public static WorkerOptions concurrency(int handlers) {
    return DEFAULTS.withConcurrency(handlers);
  }

  /** How many tasks are at handlers at a time. */
  public int concurrency() {
    return values.concurrency;
  }

  /**
   * How many tasks are leased ahead of free handlers; empty, the default, for as many as the
   * handlers use up in two round trips to the queue: none while tasks take long, up to 1,000 while
   * they are quick. What turns out to be more than the handlers do in a tenth of a second, and more
   * than one task each, is given back, so that other workers get it.
   */
  public OptionalInt fetchAhead() {
    return values.fetchAhead == ADAPTIVE ? OptionalInt.empty() : OptionalInt.of(values.fetchAhead);
  }

  /**
   * What becomes of a task whose handler failed. By default it comes back after half to the whole
   * of 1 s, doubled with each attempt up to 10 min. The last attempt of {@link
   * QueueConfig#maxDeliveries} makes a dead letter whatever the policy says.
   */
  public RetryPolicy retryPolicy() {
    return values.retryPolicy;
  }

  /** For how long the lease of a task is kept, as of {@link PullOptions#keepFor}; 12 h. */
  public Duration keepFor() {
    return values.keepFor;
  }

  /** How often a lease is extended, as of {@link PullOptions#keepEvery}. */
  public Duration keepEvery() {
    return values.keepEvery;
  }

  /**
   * Whether a handler is interrupted when it loses its lease; not by default. It can always ask
   * {@link Delivery#leaseLost()}.
   */
  public boolean interruptOnLeaseLost() {
    return values.interruptOnLeaseLost;
  }

  /**
   * How long a handler may run before its attempt counts as failed; null, the default: no limit.
   */
  public @Nullable Duration timeLimit() {
    return values.timeLimit;
  }

  /** How long a handler may run before it counts as hung; by default {@link #keepFor}. */
  public Duration hungAfter() {
    Duration set = values.hungAfter;
    if (set != null) {
      return set;
    }
    return values.keepFor.isZero() ? Limits.MAX_KEEP : values.keepFor;
  }

  /** How long {@link Worker#close} waits for handlers and confirmations; 25 s by default. */
  public Duration closeDeadline() {
    return values.closeDeadline;
  }

  /** What handlers run on; null, the default, for threads of the worker's own. */
  public @Nullable Executor executor() {
    return values.executor;
  }

  /** Whether each handler has a virtual thread. */
  public boolean virtualThreads() {
    return values.virtualThreads;
  }

  /** What hears of every failure; {@link WorkerFailure#log} by default. */
  public Consumer<? super WorkerFailure> failureListener() {
    return values.failureListener;
  }

  /**
   * These options with another {@link #concurrency}.
   *
   * @param handlers from 1 to {@link Limits#MAX_PULL}
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withConcurrency(int handlers) {
    Limits.checkRange("concurrency", handlers, 1, Limits.MAX_PULL);
    return with(v -> v.concurrency = handlers);
  }

  /**
   * These options with a fixed number of tasks that are leased ahead. They are there without a
   * round trip, but other workers cannot have them.
   *
   * @param tasks from 0, which leases for free handlers alone, to {@link Limits#MAX_PULL}
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withFetchAhead(int tasks) {
    Limits.checkRange("tasks to fetch ahead", tasks, 0, Limits.MAX_PULL);
    return with(v -> v.fetchAhead = tasks);
  }

  /** These options with another {@link #retryPolicy}. */
  public WorkerOptions withRetryPolicy(RetryPolicy policy) {
    Limits.checkPresent("retry policy", policy);
    return with(v -> v.retryPolicy = policy);
  }

  /**
   * These options with leases that are kept for so long, extended at every third of the lease.
   *
   * @param max zero for leases that are not kept
   * @throws InvalidInputException if it is out of the range of {@link PullOptions#keepFor}
   */
  public WorkerOptions withLeaseKeeping(Duration max) {
    return withLeaseKeeping(Duration.ZERO, max);
  }

  /** As {@link PullOptions#withLeaseKeeping(Duration, Duration)}. */
  public WorkerOptions withLeaseKeeping(Duration every, Duration max) {
    Limits.checkKeep("time to keep leases", max);
    Limits.checkKeep("step of lease keeping", every);
    return with(
        v -> {
          v.keepFor = max;
          v.keepEvery = every;
        });
  }

  /** These options with handlers that are interrupted when they lose their lease. */
  public WorkerOptions withInterruptOnLeaseLost() {
    return with(v -> v.interruptOnLeaseLost = true);
  }

  /**
   * These options with a limit for handlers. One that runs for longer is interrupted, and its
   * attempt has failed with a {@link java.util.concurrent.TimeoutException}; it keeps its place
   * until it ends.
   *
   * @param limit above zero, up to {@link Limits#MAX_KEEP}
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withTimeLimit(Duration limit) {
    checkPositive("time limit of handlers", limit);
    return with(v -> v.timeLimit = limit);
  }

  /**
   * These options with another {@link #hungAfter}. A hung handler is reported and shows in {@link
   * Worker#health}; nothing is done to it.
   *
   * @param time above zero, up to {@link Limits#MAX_KEEP}
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withHungAfter(Duration time) {
    checkPositive("time after which a handler hangs", time);
    return with(v -> v.hungAfter = time);
  }

  /**
   * These options with another {@link #closeDeadline}.
   *
   * @param deadline from zero, which interrupts handlers and gives back their tasks immediately
   * @throws InvalidInputException if it is negative or above {@link Limits#MAX_WAIT}
   */
  public WorkerOptions withCloseDeadline(Duration deadline) {
    Limits.checkWait(deadline);
    return with(v -> v.closeDeadline = deadline);
  }

  /**
   * These options with handlers that run on an executor of the caller's, which is not closed with
   * the worker. It must run what it accepts. When it refuses, the tasks keep their leases and start
   * as handlers end; when it is an {@link java.util.concurrent.ExecutorService} that was shut down,
   * the worker ends.
   */
  public WorkerOptions withExecutor(Executor executor) {
    Limits.checkPresent("executor", executor);
    return with(
        v -> {
          v.executor = executor;
          v.virtualThreads = false;
        });
  }

  /**
   * These options with a virtual thread for each handler.
   *
   * @throws InvalidInputException if this is a JDK before 21
   */
  public WorkerOptions withVirtualThreads() {
    int jdk = Runtime.version().feature();
    if (jdk < 21) {
      throw new InvalidInputException("virtual threads", true, "need JDK 21, this is " + jdk);
    }
    return with(
        v -> {
          v.executor = null;
          v.virtualThreads = true;
        });
  }

  /**
   * These options with a listener that hears of failures instead of the log. It is called on the
   * thread on which it happened, several at a time, and must not block. To log as well, it calls
   * {@link WorkerFailure#log}.
   */
  public WorkerOptions withFailureListener(Consumer<? super WorkerFailure> listener) {
    Limits.checkPresent("listener to failures", listener);
    return with(v -> v.failureListener = listener);
  }

  private static void checkPositive(String what, @Nullable Duration time) {
    if (time == null || time.isNegative() || time.isZero() || time.compareTo(Limits.MAX_KEEP) > 0) {
      throw new InvalidInputException(what, time, "must be above zero, up to " + Limits.MAX_KEEP);
    }
  }

  /** Every setting that can be printed. */
  @Override
  public String toString() {
    return "WorkerOptions[concurrency="
        + concurrency()
        + ", fetchAhead="
        + (values.fetchAhead == ADAPTIVE ? "adaptive" : values.fetchAhead)
        + ", keepFor="
        + keepFor()
        + ", keepEvery="
        + keepEvery()
        + ", interruptOnLeaseLost="
        + interruptOnLeaseLost()
        + ", timeLimit="
        + timeLimit()
        + ", hungAfter="
        + hungAfter()
        + ", closeDeadline="
        + closeDeadline()
        + ", virtualThreads="
        + virtualThreads()
        + "]";
  }
}
