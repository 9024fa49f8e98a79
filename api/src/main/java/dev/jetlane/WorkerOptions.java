// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The options of a {@link Worker}. Immutable; each {@code with} method returns a copy. */
@CheckReturnValue
public final class WorkerOptions {

  private static final int ADAPTIVE = -1;

  private static final WorkerOptions DEFAULTS = new WorkerOptions(new Values());

  /** The settings; modified only before they are published. */
  private static final class Values implements Cloneable {

    int concurrency = 8;
    int fetchAhead = ADAPTIVE;
    RetryPolicy retryPolicy = RetryPolicy.standard().withJitter(0.5);
    Duration keepFor = Duration.ofHours(12);
    @Nullable Duration keepEvery;
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

  /**
   * Returns the defaults: eight handlers at the same time, and the defaults of the other options.
   *
   * @return the defaults
   */
  public static WorkerOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns the defaults with another number of concurrent handlers.
   *
   * @param handlers from 1 to {@link Limits#MAX_PULL}
   * @return the options
   * @throws InvalidInputException if it is out of that range
   */
  public static WorkerOptions concurrency(int handlers) {
    return DEFAULTS.withConcurrency(handlers);
  }

  /**
   * Returns the number of handlers that run at the same time.
   *
   * @return from 1 to {@link Limits#MAX_PULL}
   */
  public int concurrency() {
    return values.concurrency;
  }

  /**
   * Returns the number of tasks that are leased before a handler is free. By default it is
   * adaptive: the number of tasks that the handlers finish in two round trips to the queue or in 10
   * ms, whichever is longer, up to 1,000, and up to 300 in a queue with priorities; zero for slow
   * tasks. The worker gives back, for other workers, the tasks that exceed both one per handler and
   * the number that the handlers finish in 100 ms.
   *
   * <p>Whatever the number, a worker leases no more tasks while payloads of 16 MiB wait for a
   * handler, and a pull leases at most 16 MiB, or one larger task.
   *
   * @return the number; empty if it is adaptive
   */
  public OptionalInt fetchAhead() {
    return values.fetchAhead == ADAPTIVE ? OptionalInt.empty() : OptionalInt.of(values.fetchAhead);
  }

  /**
   * Returns the policy for tasks whose handler failed. By default it is {@link
   * RetryPolicy#standard} with a jitter of 0.5. The last attempt of {@link
   * QueueConfig#maxDeliveries} makes a dead letter regardless of the policy.
   *
   * @return the policy
   */
  public RetryPolicy retryPolicy() {
    return values.retryPolicy;
  }

  /**
   * Returns how long the lease of a task is kept, see {@link PullOptions#keepFor}.
   *
   * @return the time; 12 h by default
   */
  public Duration keepFor() {
    return values.keepFor;
  }

  /**
   * Returns how often a lease is extended, see {@link PullOptions#keepEvery}.
   *
   * @return the interval; empty, the default, for a third of the lease
   */
  public Optional<Duration> keepEvery() {
    return Optional.ofNullable(values.keepEvery);
  }

  /**
   * Returns whether a handler is interrupted when it loses its lease. A handler can always use
   * {@link Delivery#whenLeaseLost}.
   *
   * @return false by default
   */
  public boolean interruptOnLeaseLost() {
    return values.interruptOnLeaseLost;
  }

  /**
   * Returns how long a handler may run before its attempt fails.
   *
   * @return the limit; empty, the default, for none
   */
  public Optional<Duration> timeLimit() {
    return Optional.ofNullable(values.timeLimit);
  }

  /**
   * Returns how long a handler may run before it counts as hung.
   *
   * @return the time; {@link #keepFor} by default
   */
  public Duration hungAfter() {
    Duration set = values.hungAfter;
    if (set != null) {
      return set;
    }
    return values.keepFor.isZero() ? Limits.MAX_KEEP : values.keepFor;
  }

  /**
   * Returns how long {@link Worker#close} waits for handlers and confirmations.
   *
   * @return the time; 25 s by default
   */
  public Duration closeDeadline() {
    return values.closeDeadline;
  }

  /**
   * Returns the executor of the handlers.
   *
   * @return the executor; empty, the default, for threads of the worker
   */
  public Optional<Executor> executor() {
    return Optional.ofNullable(values.executor);
  }

  /**
   * Returns whether each handler runs on its own virtual thread.
   *
   * @return false by default
   */
  public boolean virtualThreads() {
    return values.virtualThreads;
  }

  /**
   * Returns the listener that receives every failure.
   *
   * @return the listener; {@link WorkerFailure#log} by default
   */
  public Consumer<? super WorkerFailure> failureListener() {
    return values.failureListener;
  }

  /**
   * Returns a copy with another {@link #concurrency}.
   *
   * @param handlers from 1 to {@link Limits#MAX_PULL}
   * @return the options
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withConcurrency(int handlers) {
    Limits.checkRange("concurrency", handlers, 1, Limits.MAX_PULL);
    return with(v -> v.concurrency = handlers);
  }

  /**
   * Returns a copy with a fixed number of tasks that are leased ahead. A handler gets them without
   * a round trip, but other workers cannot have them.
   *
   * @param tasks from 0, with which the worker leases for free handlers only, to {@link
   *     Limits#MAX_PULL}
   * @return the copy
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withFetchAhead(int tasks) {
    Limits.checkRange("tasks to fetch ahead", tasks, 0, Limits.MAX_PULL);
    return with(v -> v.fetchAhead = tasks);
  }

  /**
   * Returns a copy with another {@link #retryPolicy}.
   *
   * @param policy the policy
   * @return the copy
   */
  public WorkerOptions withRetryPolicy(RetryPolicy policy) {
    Limits.checkPresent("retry policy", policy);
    return with(v -> v.retryPolicy = policy);
  }

  /**
   * Returns a copy with another {@link #keepFor}.
   *
   * @param time how long a lease is kept; zero for not at all
   * @return the copy
   * @throws InvalidInputException if it is out of the range of {@link PullOptions#keepFor}
   */
  public WorkerOptions withKeepFor(Duration time) {
    Limits.checkKeep("time to keep leases", time);
    return with(v -> v.keepFor = time);
  }

  /**
   * Returns a copy with another {@link #keepEvery}.
   *
   * @param interval as for {@link PullOptions#withKeepEvery}
   * @return the copy
   * @throws InvalidInputException if the time is out of its range
   */
  public WorkerOptions withKeepEvery(Duration interval) {
    Limits.checkKeepEvery(interval);
    return with(v -> v.keepEvery = interval);
  }

  /**
   * Returns a copy with another {@link #interruptOnLeaseLost}.
   *
   * @param interrupt whether a handler that loses its lease is interrupted
   * @return the copy
   */
  public WorkerOptions withInterruptOnLeaseLost(boolean interrupt) {
    return with(v -> v.interruptOnLeaseLost = interrupt);
  }

  /**
   * Returns a copy with a time limit for handlers. A handler that exceeds it is interrupted, and
   * its attempt fails with a {@link java.util.concurrent.TimeoutException}. It counts against the
   * {@link #concurrency} until it ends.
   *
   * @param limit above zero, up to {@link Limits#MAX_KEEP}
   * @return the copy
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withTimeLimit(Duration limit) {
    checkPositive("time limit of handlers", limit);
    return with(v -> v.timeLimit = limit);
  }

  /**
   * Returns a copy with another {@link #hungAfter}. A hung handler is reported and appears in
   * {@link Worker#health}; it is not interrupted.
   *
   * @param time above zero, up to {@link Limits#MAX_KEEP}
   * @return the copy
   * @throws InvalidInputException if it is out of that range
   */
  public WorkerOptions withHungAfter(Duration time) {
    checkPositive("time after which a handler hangs", time);
    return with(v -> v.hungAfter = time);
  }

  /**
   * Returns a copy with another {@link #closeDeadline}.
   *
   * @param deadline from zero, with which handlers are interrupted and their tasks given back
   *     immediately
   * @return the copy
   * @throws InvalidInputException if it is negative or above {@link Limits#MAX_WAIT}
   */
  public WorkerOptions withCloseDeadline(Duration deadline) {
    Limits.checkWait(deadline);
    return with(v -> v.closeDeadline = deadline);
  }

  /**
   * Returns a copy whose handlers run on an executor of the caller, which is not closed with the
   * worker. It must run every task that it accepts. A task that it refuses keeps its lease and
   * starts when another handler ends. If the executor is an {@link
   * java.util.concurrent.ExecutorService} that was shut down, the worker ends.
   *
   * @param executor the executor
   * @return the copy
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
   * Returns a copy with another {@link #virtualThreads}. True replaces an {@link #executor}.
   *
   * @param each whether each handler runs on its own virtual thread
   * @return the copy
   * @throws InvalidInputException if {@code each} is true on a JDK before 21
   */
  public WorkerOptions withVirtualThreads(boolean each) {
    int jdk = Runtime.version().feature();
    if (each && jdk < 21) {
      throw new InvalidInputException("virtual threads", true, "need JDK 21, this is " + jdk);
    }
    return with(
        v -> {
          v.executor = each ? null : v.executor;
          v.virtualThreads = each;
        });
  }

  /**
   * Returns a copy with a listener that receives failures instead of the log. It is called on the
   * thread of the failure, so it must be thread-safe and must not block. To log as well, call
   * {@link WorkerFailure#log}.
   *
   * @param listener the listener
   * @return the copy
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

  /** Contains every setting that can be printed. */
  @Override
  public String toString() {
    return "WorkerOptions[concurrency="
        + concurrency()
        + ", fetchAhead="
        + (values.fetchAhead == ADAPTIVE ? "adaptive" : values.fetchAhead)
        + ", keepFor="
        + keepFor()
        + ", keepEvery="
        + keepEvery().map(Duration::toString).orElse("a third of the lease")
        + ", interruptOnLeaseLost="
        + interruptOnLeaseLost()
        + ", timeLimit="
        + timeLimit().map(Duration::toString).orElse("none")
        + ", hungAfter="
        + hungAfter()
        + ", closeDeadline="
        + closeDeadline()
        + ", virtualThreads="
        + virtualThreads()
        + "]";
  }
}
