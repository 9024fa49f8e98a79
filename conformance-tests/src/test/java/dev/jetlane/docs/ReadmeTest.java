package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The examples of README.md; {@link SnippetsTest} compares. */
class ReadmeTest {

  private final List<String> worked = new ArrayList<>();

  @Test
  @Timeout(120)
  @DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
  void inProduction() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      String url = server.url();
      while (worked.isEmpty()) { // a pull may end before a slow machine made the task visible
        produceAndWork(url);
      }
    }
    assertThat(worked).containsExactly("payload");
  }

  private void produceAndWork(String url) throws InterruptedException {
    NatsOptions options = NatsOptions.defaults().withUrl(url);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition gpu = queue.partition("gpu"); // stream and consumer are provisioned, idempotently
      gpu.push(Task.of("task-42", "payload")); // confirmed when it returns; safe to repeat
      try (Puller puller = gpu.puller()) {
        for (Delivery delivery : puller.pull(10, Duration.ofSeconds(1))) {
          try (delivery) { // closed unsettled, as after an exception: given back at once
            work(delivery.payload());
            delivery.ack();
          }
        }
      }
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
      puller.pull(1, Duration.ZERO); // a worker takes the task and dies
      clock.advance(Duration.ofMinutes(2));
      assertEquals(2, puller.pull(1, Duration.ZERO).get(0).attempt());
    }
  }

  private void work(byte[] payload) {
    worked.add(new String(payload, StandardCharsets.UTF_8));
  }
}
