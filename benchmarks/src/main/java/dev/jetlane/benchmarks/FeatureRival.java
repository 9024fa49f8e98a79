// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.PullOptions;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Features of the queue, and the plain paths that they are compared with. */
public enum FeatureRival {
  /** {@code pushAsync}. */
  PUSH("pushAsync"),
  /** Delayed tasks from the moment when they are due until all are ready. */
  DUE("delayed tasks become ready"),
  /** {@code pull(100)} with 500 prefetched and {@code ackAsync}. */
  PULL("pull(100), prefetch 500"),
  /** The same with tasks of four priorities. */
  PULL_PRIORITIES("pull(100), prefetch 500, 4 priorities", 4, 0),
  /** A worker with 8 handlers that do nothing. */
  WORKER("worker, 8 handlers"),
  /** The same with tasks of four priorities. */
  WORKER_PRIORITIES("worker, 8 handlers, 4 priorities", 4, 0),
  /** A worker with 32 handlers that do nothing. */
  WORKER_32("worker, 32 handlers"),
  /** The same with handlers that fail, so that each task becomes a dead letter. */
  DEAD_LETTERS("worker, 32 handlers make dead letters"),
  /** The pages of an operator, 1,000 dead letters each. */
  LIST_DEAD_LETTERS("dead letters listed"),
  /** An operator's redrive of all dead letters. */
  REDRIVE("dead letters redriven"),
  /** {@link #PULL} while 10,000 tasks are leased and not kept. */
  PULL_BESIDE_LEASES("pull(100), 10,000 leases held", 1, 10_000),
  /** The same with each of these leases extended every second. */
  PULL_BESIDE_KEPT_LEASES("pull(100), 10,000 leases kept every second", 1, 10_000);

  private static final int BATCH = 100;
  private static final int PREFETCH = 500;

  private final String label;
  private final int priorities;
  private final int outstanding;

  FeatureRival(String label) {
    this(label, 1, 0);
  }

  FeatureRival(String label, int priorities, int outstanding) {
    this.label = label;
    this.priorities = priorities;
    this.outstanding = outstanding;
  }

  Entry entry() {
    return new Entry(name(), label, label, Map.of("rival", name()));
  }

  /** Returns the number of priorities of the queue. */
  int priorities() {
    return priorities;
  }

  /** Returns the number of tasks that others hold. */
  int outstanding() {
    return outstanding;
  }

  FeatureLoop open(Target target, Backlog backlog, byte[] payload) throws Exception {
    Place place = backlog.places().get(0);
    return switch (this) {
      case PUSH -> new PushFeatures.Plain(backlog, push(target, place, payload));
      case DUE -> new PushFeatures.Due(target, backlog, payload);
      case PULL, PULL_PRIORITIES ->
          new PullFeature(backlog, push(target, place, payload), puller(target, place), 0);
      case WORKER, WORKER_PRIORITIES ->
          new PullFeature(backlog, push(target, place, payload), worker(target, place, 8), 0);
      case WORKER_32 ->
          new PullFeature(backlog, push(target, place, payload), worker(target, place, 32), 0);
      case DEAD_LETTERS ->
          new DeadLetterFeatures.Made(
              target, backlog, push(target, place, payload), failing(target, place));
      case LIST_DEAD_LETTERS ->
          new DeadLetterFeatures.Listed(
              target, backlog, push(target, place, payload), failing(target, place));
      case REDRIVE ->
          new DeadLetterFeatures.Redriven(
              target, backlog, push(target, place, payload), failing(target, place));
      case PULL_BESIDE_LEASES, PULL_BESIDE_KEPT_LEASES -> {
        PullOptions keeping =
            this == PULL_BESIDE_LEASES
                ? PullOptions.defaults()
                : PullOptions.defaults()
                    .withKeepFor(Duration.ofHours(1))
                    .withKeepEvery(Duration.ofSeconds(1));
        PushLoop push = push(target, place, payload);
        push.push(outstanding);
        LeaseHolder holder = new LeaseHolder(target, place, outstanding, keeping);
        yield new PullFeature(backlog, push, puller(target, place), outstanding) {
          @Override
          public void close() throws Exception {
            holder.close();
            super.close();
          }
        };
      }
    };
  }

  private PushLoop push(Target target, Place place, byte[] payload) {
    UnaryOperator<Task> form = priorities == 1 ? UnaryOperator.identity() : this::withPriority;
    return new JetlanePush(target, place, payload, JetlanePush.Call.PUSH_ASYNC, form);
  }

  /**
   * Chooses the priority by the hash code of the id: consecutive ids have consecutive hash codes,
   * so all priorities get equally many tasks.
   */
  private Task withPriority(Task task) {
    return task.withPriority(Math.floorMod(task.id().hashCode(), priorities));
  }

  private static PullLoop puller(Target target, Place place) {
    PullOptions options = PullOptions.defaults().withPrefetch(PREFETCH);
    return new JetlanePull(target, List.of(place), BATCH, options, false);
  }

  private static PullLoop worker(Target target, Place place, int handlers) {
    return new WorkerPull(
        target, List.of(place), WorkerOptions.concurrency(handlers), delivery -> {});
  }

  /** A worker that makes a dead letter of each task at its first attempt, without logging. */
  private static PullLoop failing(Target target, Place place) {
    WorkerOptions options =
        WorkerOptions.concurrency(32)
            .withRetryPolicy(RetryPolicy.standard().givingUpAfter(1))
            .withFailureListener(failure -> {});
    return new WorkerPull(
        target,
        List.of(place),
        options,
        delivery -> {
          throw new IllegalStateException("no such order: " + delivery.taskId());
        });
  }
}
