// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.QueueClosedException;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pulls the tasks of a worker: one pull at a time, for as many tasks as there is room. */
final class Fetcher {

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long SURPLUS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final DriverClock clock;
  private final Duration pullWait;
  private final TaskSource source;
  private final Workload work;
  private final Steps steps;
  private final Agenda agenda;
  private final WorkerReports reports;
  private final Runnable onTasks;
  private final Consumer<Throwable> onQueueClosed;
  private final boolean adaptive;

  /** The last pull. It may not have been sent yet, or may have ended. */
  private volatile @Nullable Begun last;

  private volatile @Nullable Throwable failure;
  private volatile boolean pausing;
  private volatile boolean watching;
  private long pauseNanos = FIRST_PAUSE_NANOS;

  /**
   * @param onTasks called when tasks were fetched
   * @param onQueueClosed called when the queue is closed
   */
  Fetcher(
      WorkerContext context,
      TaskSource source,
      Workload work,
      Steps steps,
      Agenda agenda,
      WorkerReports reports,
      boolean adaptive,
      Runnable onTasks,
      Consumer<Throwable> onQueueClosed) {
    clock = context.clock();
    pullWait = context.pullWait();
    this.source = source;
    this.work = work;
    this.steps = steps;
    this.agenda = agenda;
    this.reports = reports;
    this.adaptive = adaptive;
    this.onTasks = onTasks;
    this.onQueueClosed = onQueueClosed;
  }

  /** Why the last pull failed; null if it did not. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Fetches if there is room. Called whenever room may have appeared. */
  void fetch() {
    if (!work.mayFetch() || pausing) {
      return;
    }
    Begun begun = new Begun();
    int max = work.beginFetch(() -> last = begun);
    if (max == 0) {
      return;
    }
    // After a failure the pull does not wait, so that its success is known immediately.
    Duration wait = failure == null ? pullWait : Duration.ZERO;
    CompletableFuture<List<Delivery>> pull = pull(Math.min(max, Limits.MAX_PULL), wait);
    begun.sent(pull);
    var unused = pull.whenComplete((tasks, error) -> fetched(begun, tasks, error));
  }

  private CompletableFuture<List<Delivery>> pull(int max, Duration wait) {
    try {
      return source.pullAsync(max, wait);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Ends a waiting pull. It completes, often with no task, before the returned future. */
  CompletableFuture<Void> cancel() {
    Begun open = last;
    return open == null ? CompletableFuture.completedFuture(null) : open.cancel();
  }

  /** Starts to end the waiting pull; a {@link #close} waits for it. */
  void beginClose() {
    var unused = cancel();
  }

  /** Ends the waiting pull, and the source. */
  void close() {
    beginClose();
    source.close();
  }

  private void fetched(Begun begun, @Nullable List<Delivery> tasks, @Nullable Throwable error) {
    steps.run(() -> take(begun, tasks, error));
  }

  private void take(Begun begun, @Nullable List<Delivery> tasks, @Nullable Throwable error) {
    if (tasks == null) {
      failed(
          begun,
          error instanceof CompletionException && error.getCause() != null
              ? error.getCause()
              : error);
      return;
    }
    failure = null;
    pauseNanos = FIRST_PAUSE_NANOS;
    boolean kept = work.endFetch(tasks);
    if (!kept) {
      var unused = GivingBack.of(tasks);
    }
    begun.ended(); // Comes before the user's code, which may pause the worker and wait for this.
    if (kept && !tasks.isEmpty()) {
      onTasks.run();
      watchSurplus();
    }
    fetch();
  }

  private void failed(Begun begun, @Nullable Throwable why) {
    Throwable known =
        why == null ? new IllegalStateException("a pull completed without a result") : why;
    boolean first = failure == null;
    boolean closed = known instanceof QueueClosedException;
    failure = known;
    pausing = !closed; // Before this pull ends, because a handler that ends then may fetch.
    boolean unused = work.endFetch(List.of());
    begun.ended();
    if (closed) {
      if (!work.isEnding()) {
        onQueueClosed.accept(known);
      }
      return;
    }
    if (first) {
      reports.tell(Kind.PULL_FAILED, null, known, "the worker retries, at least every 2 s");
    }
    agenda.after(
        pauseNanos,
        () -> {
          pausing = false;
          fetch();
        });
    pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
  }

  /** Gives tasks back to other workers when the handlers have become too slow for them. */
  private void watchSurplus() {
    if (adaptive && !watching && work.ahead() > 0) {
      watching = true;
      agenda.after(
          SURPLUS_NANOS,
          () -> {
            watching = false;
            var unused = GivingBack.of(work.takeSurplus(clock.nanoTime()));
            watchSurplus();
          });
    }
  }

  /** A pull, from the decision to send it until its tasks are taken. */
  private static final class Begun {

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable CompletableFuture<?> pull;
    private boolean cancelled;

    void sent(CompletableFuture<?> sent) {
      boolean late;
      synchronized (this) {
        pull = sent;
        late = cancelled;
      }
      if (late) {
        boolean unused = sent.cancel(true);
      }
    }

    void ended() {
      boolean unused = ended.complete(null);
    }

    CompletableFuture<Void> cancel() {
      CompletableFuture<?> sent;
      synchronized (this) {
        cancelled = true;
        sent = pull;
      }
      if (sent != null) {
        boolean unused = sent.cancel(true);
      }
      return ended;
    }
  }
}
