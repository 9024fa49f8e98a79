// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a worker whose handler runs, by a caller that may be interrupted. */
@Timeout(60)
class WorkerCloseTest {

  private final InMemoryServer server = InMemoryServer.create(new ManualClock());
  private final TaskQueue queue = server.connect(QueueConfig.defaults());
  private final Partition gpu = queue.partition("gpu");
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    go.countDown();
    queue.close();
  }

  @Test
  void aCloseEndsTheHandlersAndKeepsTheInterrupt() throws InterruptedException {
    Worker worker = workerWithATask(false);
    Thread.currentThread().interrupt();
    worker.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
    assertThat(worker.health().problems()).containsExactly("the worker is closed");
    assertThat(worker.running()).isZero();
    assertThat(gpu.puller().pull(1, Duration.ZERO)).hasSize(1);
  }

  @Test
  void theWaitForAHandlerThatIgnoresInterruptsKeepsTheInterrupt() throws InterruptedException {
    Worker worker = workerWithATask(true);
    Thread.currentThread().interrupt();
    assertThat(worker.drain(Duration.ZERO)).isFalse();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
  }

  /** The deadline is real time, because the clock of a test may stand still. */
  @Test
  void aCloseEndsAtItsDeadlineAlthoughTheClockStands() throws InterruptedException {
    Worker worker = workerWithATask(false);
    worker.close();
    assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
    assertThat(gpu.puller().pull(1, Duration.ZERO)).hasSize(1);
  }

  private Worker workerWithATask(boolean ignoresInterrupts) throws InterruptedException {
    gpu.push(Task.of("task", ""));
    Worker worker =
        gpu.work(
            delivery -> {
              started.countDown();
              boolean waits = true;
              while (waits) {
                try {
                  go.await();
                  waits = false;
                } catch (InterruptedException e) {
                  waits = ignoresInterrupts;
                }
              }
            },
            WorkerOptions.concurrency(3).withCloseDeadline(Duration.ofMillis(100)));
    assertThat(worker.concurrency()).isEqualTo(3);
    started.await();
    return worker;
  }
}
