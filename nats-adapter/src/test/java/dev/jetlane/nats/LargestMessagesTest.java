// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Messages of other clients with the maximum size of the server, and empty ones. With the headers
 * that Jetlane adds, the largest ones cannot be stored again.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class LargestMessagesTest {

  private static final int MAX_PAYLOAD = 64 * 1024;
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final byte[] BLOCK = bytes("NATS/1.0\r\nName: w\u00e4rt\r\n\r\n");
  private static final byte[] DELAYED =
      bytes("NATS/1.0\r\nJetlane-Delay: PT0.1S\r\nName: w\u00e4rt\r\n\r\n");

  @AutoClose private static NatsServer server;

  private final AtomicInteger lost = new AtomicInteger();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private NatsOptions options = NatsOptions.defaults();
  private String subject = "";

  @BeforeEach
  void choose() {
    options =
        TestQueues.options(server)
            .withQueue(TestQueues.config().withMaxPayloadBytes(10_000).withMaxDeliveries(2))
            .withListener(
                new QueueListener() {
                  @Override
                  public void connectionLost() {
                    lost.incrementAndGet();
                  }

                  @Override
                  public void warned(QueueEvent.Warned event) {
                    warnings.add(event.text());
                  }
                });
    subject = options.subjectPrefix() + ".p";
  }

  @BeforeAll
  static void start() {
    server = NatsServer.start(NatsConfig.defaults().withText("max_payload: " + MAX_PAYLOAD));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] largest(byte[] block) {
    return new byte[MAX_PAYLOAD - block.length];
  }

  @Test
  void theLargestTaskIsHandedOutAndSettled() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      other.publish(subject, BLOCK, largest(BLOCK));
      other.publish(subject, BLOCK, new byte[0]);
      partition.push(Task.of("after", ""));
      try (Puller puller = partition.puller()) {
        List<Delivery> all = TestQueues.pull(puller, 3);
        assertThat(all)
            .extracting(each -> each.payload().length)
            .containsExactly(MAX_PAYLOAD - BLOCK.length, 0, 0);
        assertThat(queue.admin().partition("p").tasks(TaskQuery.defaults().withPayloads()).items())
            .extracting(TaskInfo::id)
            .containsExactly("seq-1", "seq-2", "after");
        assertThatThrownBy(() -> all.get(0).deadLetter("too large"))
            .isInstanceOf(QueueUnavailableException.class)
            .hasMessageContaining("max_payload, " + MAX_PAYLOAD);
        for (Delivery delivery : all) {
          assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        }
      }
      assertThat(lost).hasValue(0);
    }
  }

  /** The task cannot become a dead letter; pulls that find no other task report that. */
  @Test
  void theLargestExhaustedTaskDoesNotBlockOthers() throws Exception {
    NatsOptions brief = options.withQueue(options.settings().queue().withLease(SHORT));
    try (TaskQueue queue = NatsQueues.connect(brief);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      other.publish(subject, BLOCK, largest(BLOCK));
      try (Puller puller = partition.puller()) {
        TestQueues.pull(puller, 1).get(0).nak();
        Delivery last = TestQueues.pull(puller, 1).get(0);
        assertThatThrownBy(last::nak).hasMessageContaining("max_payload, " + MAX_PAYLOAD);
        assertThatThrownBy(() -> pullUntilRefused(puller))
            .isInstanceOf(QueueUnavailableException.class)
            .hasMessageContaining("dead letter of task seq-1: not sent")
            .hasMessageContaining("max_payload, " + MAX_PAYLOAD);
        for (int i = 0; i < 3; i++) {
          partition.push(Task.of("after-" + i, ""));
          Delivery delivery = TestQueues.pulled(puller, 1).get(0);
          assertThat(delivery.taskId()).isEqualTo("after-" + i);
          assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        }
      }
      assertThat(lost).hasValue(0);
    }
  }

  private static void pullUntilRefused(Puller puller) throws InterruptedException {
    for (long end = System.nanoTime() + TestQueues.SOON.toNanos(); System.nanoTime() - end < 0; ) {
      assertThat(puller.pull(1, SHORT)).isEmpty();
    }
  }

  /** The task stays delayed, which is reported once. */
  @Test
  void theLargestDelayedTaskDoesNotBlockOthers() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      other.publish(subject + ".@later.eA", DELAYED, largest(DELAYED));
      other.publish(subject + ".@later.eQ", DELAYED, new byte[0]);
      partition.push(Task.of("after", "").withDelay(Duration.ofMillis(200)));
      try (Puller puller = partition.puller()) {
        List<Delivery> all = TestQueues.pull(puller, 2);
        assertThat(TestQueues.ids(all)).containsExactlyInAnyOrder("seq-2", "after");
      }
      TestQueues.await("said", () -> !warnings.isEmpty());
      assertThat(warnings)
          .singleElement()
          .asString()
          .contains("delayed task seq-1 of partition p stays delayed")
          .contains("max_payload, " + MAX_PAYLOAD);
      assertThat(partition.stats().delayed()).isEqualTo(1);
      assertThat(queue.admin().partition("p").purge()).isPositive();
      assertThat(partition.stats().delayed()).isZero();
      assertThat(lost).hasValue(0);
    }
  }

  @Test
  void theMoveToMoreStreamsNamesATaskThatIsTooLarge() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      queue.partition("p");
      other.publish(subject, BLOCK, largest(BLOCK));
    }
    NatsOptions after = options.withStreams(2);
    assertThatThrownBy(() -> NatsQueues.spread(after, SHORT))
        .hasMessageContaining("seq-1")
        .hasMessageContaining("max_payload, " + MAX_PAYLOAD);
  }
}
