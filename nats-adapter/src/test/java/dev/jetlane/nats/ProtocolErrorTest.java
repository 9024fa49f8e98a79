// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes that are not the protocol cost one connection, and the client says why. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ProtocolErrorTest {

  private static final int LONG = 70_000;

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @ParameterizedTest
  @CsvSource({
    "LONG, a line of more than 65536 bytes",
    "MSG a 1 x|, a size that is not a number",
    "MSG a 1 99999999999|, a size that is not a number",
    "HMSG a 1 20 10|, headers that are longer than their message",
    "MSG a 1 2|abcde|PING|, a message with a wrong length",
    "MSG a|, a message with a wrong number of arguments",
    "INFO {|, server information that cannot be parsed",
    "NONSENSE|, an unknown operation"
  })
  void theClientConnectsAgainOnceAndSaysWhy(String sent, String why) throws Exception {
    List<String> warnings = new CopyOnWriteArrayList<>();
    AtomicInteger lost = new AtomicInteger();
    AtomicInteger restored = new AtomicInteger();
    QueueListener listener =
        new QueueListener() {
          @Override
          public void warned(QueueEvent.Warned event) {
            warnings.add(event.text());
          }

          @Override
          public void connectionLost() {
            lost.incrementAndGet();
          }

          @Override
          public void connectionRestored() {
            restored.incrementAndGet();
          }
        };
    NatsOptions options = TestQueues.options(server).withListener(listener);
    try (FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = NatsQueues.connect(options.withUrl(proxy.url()))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("before", ""));
      String bytes = sent.equals("LONG") ? "x".repeat(LONG) : sent.replace("|", "\r\n");
      proxy.say(bytes.getBytes(UTF_8));
      TestQueues.await("restored", () -> restored.get() > 0);
      TestQueues.pushed(partition, Task.of("after", ""));
      TestQueues.await("well", () -> queue.health().equals(Health.up()));
      assertThat(warnings).singleElement().asString().contains("the server sent " + why);
      assertThat(lost).hasValue(1);
      assertThat(restored).hasValue(1);
    }
  }
}
