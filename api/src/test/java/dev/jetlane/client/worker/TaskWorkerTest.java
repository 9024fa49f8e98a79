// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.WorkerOptions;
import dev.jetlane.client.StandingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** The threads that a worker lends to its queue, and its end. */
class TaskWorkerTest {

  private final StandingClock clock = new StandingClock();
  private final List<Executor> lent = new ArrayList<>();
  private final List<TaskWorker> ended = new ArrayList<>();
  private final TaskSource source =
      new TaskSource() {
        @Override
        public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
          return new CompletableFuture<>();
        }

        @Override
        public void completeOn(Executor threads) {
          lent.add(threads);
        }

        @Override
        public void close() {}
      };

  private TaskWorker start(WorkerOptions options) {
    WorkerContext context =
        new WorkerContext(
            "p", clock, Duration.ofSeconds(30), 20, 1, delivery -> Handling.NONE, ended::add);
    return TaskWorker.start(context, source, delivery -> {}, options);
  }

  private void run(WorkerOptions options) {
    start(options).abandon();
  }

  @Test
  void itsOwnThreadsMayCompleteItsPulls() {
    run(WorkerOptions.concurrency(1));
    assertThat(lent).hasSize(1);
  }

  /**
   * The user's executor may be slow or busy, or run tasks on the caller's thread. A pull must not
   * depend on it.
   */
  @Test
  void threadsOfTheUserMayNotCompleteItsPulls() {
    run(WorkerOptions.concurrency(1).withExecutor(Runnable::run));
    assertThat(lent).isEmpty();
  }

  /** Otherwise the partition would reference every worker that it ever had. */
  @Test
  void itsPartitionIsToldOfItsEndOnce() throws InterruptedException {
    TaskWorker worker = start(WorkerOptions.concurrency(1));
    assertThat(ended).isEmpty();
    assertThat(worker.drain(Duration.ZERO)).isTrue();
    assertThat(ended).containsExactly(worker);
    assertThat(worker.drain(Duration.ZERO)).isTrue();
    assertThat(ended).containsExactly(worker);
  }
}
