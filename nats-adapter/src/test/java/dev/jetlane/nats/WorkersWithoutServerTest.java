// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Without a server the close of several workers takes seconds in all, not for each. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(200)
class WorkersWithoutServerTest {

  private static final int WORKERS = 6;

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(8);

  /** Half of the time that the workers take if each waits for its deadline. */
  private static final Duration IN_ALL = CLOSE_DEADLINE.multipliedBy(WORKERS / 2);

  @AutoClose private NatsServer server;
  @AutoClose private TaskQueue queue;
  private final List<Worker> workers = new ArrayList<>();
  private final CountDownLatch started = new CountDownLatch(WORKERS);
  private final CountDownLatch handled = new CountDownLatch(1);

  @BeforeEach
  void work() throws InterruptedException {
    server = NatsServer.start();
    queue = NatsQueues.connect(TestQueues.options(server).withRequestTimeout(REQUEST_TIMEOUT));
    for (int i = 0; i < WORKERS; i++) {
      Partition partition = TestQueues.opened(queue, "p" + i);
      TestQueues.pushed(partition, Task.of("t", ""));
      workers.add(
          partition.work(
              delivery -> {
                started.countDown();
                handled.await();
              },
              WorkerOptions.concurrency(1).withCloseDeadline(CLOSE_DEADLINE)));
    }
    started.await();
    server.kill();
    TestQueues.await("away", () -> !queue.health().live());
  }

  @Test
  void aDrainWithoutTimeEndsImmediately() throws Exception {
    long start = System.nanoTime();
    for (Worker worker : workers) {
      assertThat(worker.drain(Duration.ZERO)).isFalse();
    }
    haveEnded(start);
  }

  @Test
  void theCloseOfTheQueueEndsAllWorkers() {
    long start = System.nanoTime();
    queue.close();
    haveEnded(start);
  }

  @Test
  void workersWithUnackedDoneTasksShareOneDeadline() {
    handled.countDown();
    TestQueues.await("done", () -> workers.stream().allMatch(each -> each.running() == 0));
    long start = System.nanoTime();
    workers.forEach(Worker::close);
    haveEnded(start);
  }

  private void haveEnded(long start) {
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(workers).allMatch(each -> each.state() == Worker.State.CLOSED);
    assertThat(took).isLessThan(IN_ALL);
  }

  @AfterEach
  void end() {
    handled.countDown();
  }
}
