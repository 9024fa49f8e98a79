// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static dev.jetlane.inmemory.JetlaneAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples with deadlines; {@link SnippetsTest} compares. */
@Timeout(60)
class DeadlineSnippetsTest {

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);

  @Test
  void oneExpiresAndOneIsHandled() throws Exception {
    Instant closingTime = clock.now().plus(Duration.ofHours(1));
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition quotes = queue.partition("quotes");
      quotes.push(Task.of("quote-7", "lamp").withTimeToLive(Duration.ofMinutes(5)));
      quotes.push(Task.of("quote-8", "chair").withDeadline(closingTime));
      clock.advance(Duration.ofMinutes(5));
      Worker worker =
          quotes.work(delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(1));
      server.awaitWorkers();
      worker.close();
    }
    assertThat(handled).containsExactly("quote-8");
    assertThat(server).task("quotes", "quote-7").isDead().hasReason(DeadLetter.EXPIRED);
  }
}
