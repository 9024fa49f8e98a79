// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.RetryPolicy;
import dev.jetlane.TaskHandler;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The surroundings of a worker, for one thread: its source, its clock, and its reports. By default
 * handlers run on the thread that brings their tasks.
 */
final class ScriptedWorker implements TaskSource {

  static final Duration PULL_WAIT = Duration.ofSeconds(30);

  /** The delay before a task whose handler failed is delivered again. */
  static final Duration RETRY = Duration.ofMinutes(1);

  /** A pull of the worker. */
  record Pull(int max, Duration longest, CompletableFuture<List<Delivery>> answer) {}

  final ScriptedClock clock = new ScriptedClock();
  final List<Pull> pulls = new ArrayList<>();
  final List<WorkerFailure> failures = new ArrayList<>();
  final List<TaskWorker> ended = new ArrayList<>();

  /** The calls that end a pull or this source. */
  final List<String> calls = new ArrayList<>();

  Function<Delivery, Handling> listeners = delivery -> Handling.NONE;
  int maxDeliveries = 20;
  int priorities = 1;

  /** Whether a cancelled pull continues until the test ends it. */
  boolean ignoresCancel;

  /** The exception of each pull; null if it waits. */
  @Nullable Throwable refusal;

  /** Options for handlers that run on the calling thread. */
  WorkerOptions options(int concurrency) {
    return WorkerOptions.concurrency(concurrency)
        .withFetchAhead(0)
        .withExecutor(Runnable::run)
        .withFailureListener(failures::add)
        .withRetryPolicy(RetryPolicy.fixed(RETRY));
  }

  private WorkerContext context() {
    return new WorkerContext(
        "p",
        clock,
        PULL_WAIT,
        maxDeliveries,
        priorities,
        task -> listeners.apply(task),
        ended::add);
  }

  TaskWorker start(TaskHandler handler, WorkerOptions options) {
    return TaskWorker.start(context(), this, handler, options);
  }

  TaskWorker startAsync(AsyncTaskHandler handler, WorkerOptions options) {
    return TaskWorker.startAsync(context(), this, handler, options);
  }

  TaskWorker startBatches(BatchHandler handler, int size, Duration wait, WorkerOptions options) {
    return TaskWorker.startBatches(context(), this, handler, size, wait, options);
  }

  /** Returns deliveries whose leases outlast the test. */
  static List<RecordedDelivery> tasks(String... ids) {
    List<RecordedDelivery> tasks = new ArrayList<>();
    for (String id : ids) {
      RecordedDelivery task = new RecordedDelivery();
      task.id = id;
      task.attempt = 1;
      task.remaining = Duration.ofDays(1);
      tasks.add(task);
    }
    return tasks;
  }

  private CompletableFuture<List<Delivery>> waiting() {
    return pulls.get(pulls.size() - 1).answer();
  }

  /** Ends the waiting pull with these tasks. */
  void come(List<RecordedDelivery> tasks) {
    boolean unused = waiting().complete(new ArrayList<>(tasks));
  }

  /** Ends the waiting pull with new tasks, and returns them. */
  List<RecordedDelivery> come(String... ids) {
    List<RecordedDelivery> tasks = tasks(ids);
    come(tasks);
    return tasks;
  }

  void fail(Throwable why) {
    boolean unused = waiting().completeExceptionally(why);
  }

  List<WorkerFailure.Kind> kinds() {
    return failures.stream().map(WorkerFailure::kind).toList();
  }

  @Override
  public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
    CompletableFuture<List<Delivery>> answer =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            calls.add("cancel");
            return !ignoresCancel && complete(new ArrayList<>());
          }
        };
    pulls.add(new Pull(max, wait, answer));
    if (refusal instanceof Error error) {
      throw error;
    }
    if (refusal != null) {
      throw (RuntimeException) refusal;
    }
    return answer;
  }

  @Override
  public void completeOn(Executor threads) {}

  @Override
  public void close() {
    calls.add("close");
  }
}
