// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The random numbers of a server in memory. */
@Timeout(60)
class JitterTest {

  @Test
  void theJitterOfRetriesIsTheSameOnEachNewServer() throws InterruptedException {
    List<String> first = eventsOfRetries();
    assertThat(eventsOfRetries()).isEqualTo(first);
    List<String> delays =
        first.stream().filter(line -> line.contains("given back for later")).toList();
    assertThat(delays).hasSize(3).doesNotContain("+0s gpu/bad: given back for later until +60s");
  }

  private static List<String> eventsOfRetries() throws InterruptedException {
    ManualClock clock = new ManualClock();
    InMemoryServer server = InMemoryServer.create(clock);
    RetryPolicy jittered = RetryPolicy.fixed(Duration.ofMinutes(1)).withJitter(0.5);
    WorkerOptions options =
        WorkerOptions.concurrency(1)
            .withRetryPolicy(jittered.givingUpAfter(4))
            .withFailureListener(failure -> {});
    try (TaskQueue queue = server.connect(QueueConfig.defaults());
        Worker worker =
            queue
                .partition("gpu")
                .work(
                    delivery -> {
                      throw new IllegalStateException("as asked for");
                    },
                    options)) {
      queue.partition("gpu").push(Task.of("bad", ""));
      server.awaitWorkers();
      while (queue.partition("gpu").stats().dead() == 0) {
        assertThat(clock.advanceToNext()).isTrue();
        server.awaitWorkers();
      }
      assertThat(worker.running()).isZero();
      return server.events();
    }
  }
}
