// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The effects of failed handlers, lost leases and closed queues on a worker's tasks. */
@Timeout(60)
class WorkerOutcomesTest {

  private static final WorkerOptions ONE = WorkerOptions.concurrency(1);

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final QueueConfig config = QueueConfig.defaults().withMaxDeliveries(1);
  private final TaskQueue queue = server.connect(config);
  private final Partition gpu = queue.partition("gpu");

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void theEventsShowTheExceptionOfTheLastAttempt() throws InterruptedException {
    gpu.push(Task.of("task", ""));
    try (Worker unused =
        gpu.work(
            delivery -> {
              throw new IllegalStateException("no space on device");
            },
            ONE)) {
      server.awaitWorkers();
    }
    assertThat(server.events())
        .anyMatch(event -> event.contains("dead: ") && event.contains("no space on device"));
    assertThat(gpu.deadLetters().list(1).get(0).reason())
        .isEqualTo("java.lang.IllegalStateException: no space on device");
  }

  @Test
  void aPausedWorkerEndsWithItsQueue() {
    Worker worker = gpu.work(delivery -> {}, ONE);
    worker.pause();
    queue.close();
    assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
    assertThat(worker.health().live()).isFalse();
    assertThat(worker.health().problems().toString()).contains("the worker has ended: ");
  }

  @Test
  void theStageOfATaskWithoutALeaseIsCancelled() throws InterruptedException {
    expectCancelledAfterTheLoss(() -> {});
  }

  /** The loss comes while the handler has not returned yet. */
  @Test
  void aStageThatIsReturnedAfterTheLossIsCancelled() throws InterruptedException {
    expectCancelledAfterTheLoss(
        () -> {
          while (!Thread.interrupted()) {
            Thread.onSpinWait();
          }
        });
  }

  private void expectCancelledAfterTheLoss(Runnable beforeTheReturn) throws InterruptedException {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    CompletableFuture<Void> started = new CompletableFuture<>();
    gpu.push(Task.of("task", ""));
    WorkerOptions options = ONE.withKeepFor(Duration.ZERO).withInterruptOnLeaseLost(true);
    try (Worker unused =
        gpu.workAsync(
            delivery -> {
              started.complete(null);
              beforeTheReturn.run();
              return stage;
            },
            options)) {
      started.join();
      clock.advance(config.lease());
      server.awaitWorkers();
      assertThat(stage).isCancelled();
    }
  }

  /** Otherwise its drain would wait to the deadline for a settlement that has ended. */
  @Test
  void aWorkerIsDoneWhenAHandlerEndsAfterItsTimeLimit() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    gpu.push(Task.of("task", ""));
    WorkerOptions options =
        ONE.withTimeLimit(Duration.ofSeconds(1)).withFailureListener(failure -> {});
    try (Worker worker =
        gpu.work(
            delivery -> {
              started.countDown();
              new CountDownLatch(1).await();
            },
            options)) {
      started.await();
      clock.advance(Duration.ofSeconds(1));
      server.awaitWorkers();
      assertThat(worker.drain(Duration.ZERO)).isTrue();
    }
  }

  @Test
  void theReportOfALostLeaseNamesTheFateOfTheHandler() throws InterruptedException {
    assertThat(reportOfALostLease(ONE)).endsWith("; the handler continues");
    assertThat(reportOfALostLease(ONE.withInterruptOnLeaseLost(true)))
        .endsWith("; the handler is interrupted");
  }

  private String reportOfALostLease(WorkerOptions options) throws InterruptedException {
    BlockingQueue<WorkerFailure> failures = new LinkedBlockingQueue<>();
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<Void> go = new CompletableFuture<>();
    gpu.push(Task.withRandomId(""));
    try (Worker unused =
        gpu.work(
            delivery -> {
              started.countDown();
              go.join(); // no interrupt ends this wait
            },
            options.withKeepFor(Duration.ZERO).withFailureListener(failures::add))) {
      started.await();
      clock.advance(config.lease().plusSeconds(1));
      WorkerFailure failure = failures.take();
      while (failure.kind() != WorkerFailure.Kind.LEASE_LOST) {
        failure = failures.take();
      }
      go.complete(null);
      return failure.toString();
    }
  }

  /** Less than the 30 s after which frameworks end a process. */
  @Test
  void aCloseWaitsForAtMost25SecondsByDefault() {
    assertThat(ONE.closeDeadline()).isEqualTo(Duration.ofSeconds(25));
  }

  @Test
  void aHandlerThatContinuesAfterItsAckHasLostNothing() throws InterruptedException {
    CountDownLatch acked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Queue<WorkerFailure> failures = new ConcurrentLinkedQueue<>();
    gpu.push(Task.of("task", ""));
    try (Worker worker =
        gpu.work(
            delivery -> {
              delivery.ack();
              acked.countDown();
              go.await();
            },
            ONE.withFailureListener(failures::add))) {
      acked.await();
      clock.advance(config.lease().multipliedBy(2));
      assertThat(worker.health()).isEqualTo(Health.up());
      go.countDown();
    }
    assertThat(failures).isEmpty();
  }
}
