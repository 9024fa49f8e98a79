// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * A server receives nothing of a bad input. Rule INPUT-9 of the kit tries all bad inputs through
 * the queue; this test looks at the server.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class BadInputTest {

  private static final int MAX_PAYLOAD = 10_000;

  @Test
  void nothingOfABadInputReachesTheServer() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server)
              .withQueue(TestQueues.config().withMaxPayloadBytes(MAX_PAYLOAD));
      try (TaskQueue queue = NatsQueues.connect(options);
          Connection nc = Jnats.connect(server.url())) {
        Partition partition = queue.partition("p");
        partition.push(Task.of("good", ""));
        try (Puller puller = partition.puller()) {
          Delivery held = puller.pull(1, Duration.ofSeconds(30)).get(0);
          refusesAll(queue, partition, held);
          JetStreamManagement management = nc.jetStreamManagement();
          assertThat(management.getConsumerNames(options.stream()))
              .containsExactlyInAnyOrder("p", PartitionAddress.DELAYED_CONSUMER);
          assertThat(management.getStreamInfo(options.stream()).getStreamState().getLastSequence())
              .isEqualTo(1);
          assertThat(held.ack()).isEqualTo(Settlement.SETTLED);
          partition.push(Task.of("next", new byte[MAX_PAYLOAD]));
          assertThat(TestQueues.ids(puller.pull(10, Duration.ofSeconds(30))))
              .containsExactly("next");
        }
      }
    }
  }

  private static void refusesAll(TaskQueue queue, Partition partition, Delivery held) {
    Task large = Task.of("large", new byte[MAX_PAYLOAD + 1]);
    refuses(() -> queue.partition("a.b"));
    refuses(() -> queue.partition("p*"));
    refuses(() -> queue.partition("a\r\nPUB x 0\r\n"));
    refuses(() -> partition.push(large));
    refuses(() -> partition.pushAsync(large));
    refuses(() -> partition.pushAll(List.of(Task.of("fine", ""), large)));
    refuses(() -> partition.push(large.withDelay(Duration.ofHours(1))));
    refuses(() -> partition.cancel("a b"));
    refuses(() -> held.nak(Duration.ofSeconds(Long.MAX_VALUE)));
    refuses(() -> held.deadLetter("a\r\nNats-Msg-Id: x"));
  }

  private static void refuses(ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(InvalidInputException.class);
  }
}
