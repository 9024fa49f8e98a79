// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A worker whose tasks are large. */
@Timeout(60)
class LargeTasksTest {

  @Test
  void fewOfThemAreLeasedAhead() throws InterruptedException {
    InMemoryServer server = InMemoryServer.create(new ManualClock());
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition gpu = queue.partition("gpu");
      for (int i = 0; i < 50; i++) {
        gpu.push(Task.of("t-" + i, new byte[1_000_000]));
      }
      try (Worker worker =
          gpu.work(
              delivery -> {
                begun.countDown();
                goesOn.await();
              },
              WorkerOptions.concurrency(1).withFetchAhead(1_000))) {
        begun.await();
        // One at the handler, and two pulls of 16.
        assertThat(gpu.stats().outstanding()).isBetween(17L, 33L);
        goesOn.countDown();
        server.awaitWorkers();
        assertThat(worker.ahead()).isZero();
        assertThat(gpu.stats().backlog()).isZero();
      }
    }
  }
}
