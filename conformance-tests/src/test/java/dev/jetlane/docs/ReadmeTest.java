// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The examples of README.md; {@link SnippetsTest} compares. */
class ReadmeTest {

  private final BlockingQueue<String> rendered = new LinkedBlockingQueue<>();

  @Test
  @Timeout(120)
  @DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
  void inProduction() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      String url = server.url();
      TaskQueue queue = NatsQueues.connect(NatsOptions.defaults().withUrl(url));
      Partition gpu = queue.partition("gpu"); // creates missing streams and consumers
      gpu.push(Task.of("task-42", "payload")); // stored when this returns
      Worker worker =
          gpu.work(delivery -> render(delivery.payload()), WorkerOptions.concurrency(8));
      assertThat(rendered.poll(60, TimeUnit.SECONDS)).isEqualTo("payload");
      assertThat(worker.drain(Duration.ofSeconds(30))).isTrue();
      queue.close();
    }
  }

  @Test
  void inAUnitTest() throws Exception {
    ManualClock clock = new ManualClock();
    InMemoryServer server = InMemoryServer.create(clock);
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition gpu = queue.partition("gpu");
      gpu.push(Task.of("task-42", "payload"));
      Puller puller = gpu.puller();
      puller.pull(1, Duration.ZERO); // a worker takes the task and crashes
      clock.advance(Duration.ofMinutes(2));
      assertEquals(2, puller.pull(1, Duration.ZERO).get(0).attempt());
    }
  }

  private void render(byte[] payload) {
    rendered.add(new String(payload, StandardCharsets.UTF_8));
  }
}
