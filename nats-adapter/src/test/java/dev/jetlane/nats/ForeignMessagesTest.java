// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Puller;
import dev.jetlane.QueueListener;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each message that a server accepts on a partition's subject is delivered, and does not disturb
 * other tasks.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ForeignMessagesTest {

  /** A server refuses headers of more than 64 KiB. */
  private static final int LONG = 32_000;

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  /** The stored headers, and those that a worker sees. */
  record Foreign(String block, Map<String, String> seen, String id) {
    @Override
    public String toString() {
      return block.replace("\r\n", "|");
    }
  }

  static List<Foreign> foreign() {
    List<Foreign> all = new ArrayList<>();
    all.add(
        new Foreign("NATS/1.0\r\nName: w\u00e4rt\r\n\r\n", Map.of("Name", "w\u00e4rt"), "seq-1"));
    all.add(
        new Foreign(
            "NATS/1.0\r\nN\u00e4me: x\r\nB: c\r\n\r\n",
            Map.of("N\u00e4me", "x", "B", "c"),
            "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nNocolon\r\nB: c\r\n\r\n", Map.of("B", "c"), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\n: noname\r\n\r\n", Map.of(), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nA: \u0007b\r\n\r\n", Map.of("A", "b"), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nA: b\rC: d\r\n\r\n", Map.of("A", "b", "C", "d"), "seq-1"));
    all.add(new Foreign("NATS/1.0 404\r\n\r\n", Map.of(), "seq-1"));
    all.add(
        new Foreign("NATS/1.0 409 Consumer Deleted\r\nA: b\r\n\r\n", Map.of("A", "b"), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\n\r\n", Map.of(), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nNats-Msg-Id: p/\u00e4\r\n\r\n", Map.of(), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nNats-Msg-Id: p/a b\r\n\r\n", Map.of(), "seq-1"));
    all.add(
        new Foreign(
            "NATS/1.0\r\nNats-Msg-Id: p/" + "x".repeat(400) + "\r\n\r\n", Map.of(), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nNats-Msg-Id: other\r\n\r\n", Map.of(), "seq-1"));
    all.add(
        new Foreign(
            "NATS/1.0\r\nNats-Msg-Id: p/good\r\n\u00fc: x\r\n\r\n", Map.of("\u00fc", "x"), "good"));
    all.add(new Foreign("NATS/1.0\r\nJetlane-Id: \r\n\r\n", Map.of(), "seq-1"));
    all.add(new Foreign("NATS/1.0\r\nJetlane-Foreign-Headers: ?\r\n\r\n", Map.of(), "seq-1"));
    all.add(
        new Foreign(
            "NATS/1.0\r\nA: " + "\u00e4".repeat(LONG) + "\r\n\r\n",
            Map.of("A", "\u00e4".repeat(LONG)),
            "seq-1"));
    all.add(new Foreign("garbage", Map.of(), "seq-1"));
    return all;
  }

  @ParameterizedTest
  @MethodSource("foreign")
  void aForeignMessageIsDeliveredDeadLetteredAndRedriven(Foreign foreign) throws Exception {
    AtomicInteger lost = new AtomicInteger();
    NatsOptions options = TestQueues.options(server).withListener(losses(lost));
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      other.publish(options.subjectPrefix() + ".p", foreign.block(), "body");
      partition.push(Task.of("after", ""));
      try (Puller puller = partition.puller()) {
        Delivery first = expect(puller, foreign);
        assertThat(TestQueues.pull(puller, 1).get(0).taskId()).isEqualTo("after");
        assertThat(partition.oldestAge()).isPresent();
        first.nak();
        expect(puller, foreign).deadLetter("not ours");
        DeadLetter letter = partition.deadLetters().list(10).get(0);
        assertThat(letter.headers()).isEqualTo(foreign.seen());
        assertThat(letter.payload()).asString(StandardCharsets.UTF_8).isEqualTo("body");
        assertThat(partition.deadLetters().redrive(letter.id())).isTrue();
        expect(puller, foreign).ack();
      }
      assertThat(queue.health()).isEqualTo(Health.up());
      assertThat(lost).hasValue(0);
    }
  }

  private static Delivery expect(Puller puller, Foreign foreign) throws InterruptedException {
    Delivery delivery = TestQueues.pull(puller, 1).get(0);
    assertThat(delivery.headers()).isEqualTo(foreign.seen());
    assertThat(delivery.taskId()).isEqualTo(foreign.id());
    assertThat(delivery.payload()).asString(StandardCharsets.UTF_8).isEqualTo("body");
    return delivery;
  }

  private static QueueListener losses(AtomicInteger lost) {
    return new QueueListener() {
      @Override
      public void connectionLost() {
        lost.incrementAndGet();
      }
    };
  }

  @Test
  void delayedForeignMessagesBecomeTasks() throws Exception {
    AtomicInteger lost = new AtomicInteger();
    NatsOptions options = TestQueues.options(server).withListener(losses(lost));
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      String later = options.subjectPrefix() + ".p.@later.";
      List<String> blocks =
          List.of(
              "NATS/1.0\r\nJetlane-Delay: PT0.1S\r\nName: w\u00e4rt\r\n\r\n",
              "NATS/1.0\r\nJetlane-Delay: tomorrow\r\nNocolon\r\n\r\n",
              "NATS/1.0\r\nJetlane-Delay: PT-5S\r\n\r\n",
              "NATS/1.0 404\r\n\r\n",
              "garbage");
      for (int i = 0; i < blocks.size(); i++) {
        other.publish(later + "\u00fc" + i, blocks.get(i), "body");
      }
      other.publish(later + "x".repeat(3_900), blocks.get(0), "body");
      other.publish(
          later + "never", "NATS/1.0\r\nJetlane-Delay: PT99999999999999999S\r\n\r\n", "no");
      partition.push(Task.of("after", "").withDelay(Duration.ofMillis(200)));
      try (Puller puller = partition.puller()) {
        List<Delivery> all = TestQueues.pull(puller, blocks.size() + 2);
        assertThat(all).hasSize(blocks.size() + 2);
        assertThat(all).extracting(Delivery::headers).contains(Map.of("Name", "w\u00e4rt"));
      }
      assertThat(partition.stats().delayed()).isEqualTo(1);
      assertThat(lost).hasValue(0);
    }
  }

  @Test
  void aMoveMovesForeignMessages() throws Exception {
    NatsOptions before = TestQueues.options(server);
    String subject = before.subjectPrefix() + ".p";
    try (TaskQueue queue = NatsQueues.connect(before);
        RawProducer other = new RawProducer(server.url())) {
      queue.partition("p");
      for (Foreign foreign : foreign()) {
        other.publish(subject, foreign.block(), "body");
      }
      String delayed =
          "NATS/1.0\r\nNats-Msg-Id: p/later\r\nJetlane-Delay: PT1S\r\nN: \u00e4\r\n\r\n";
      other.publish(subject + ".@later.bGF0ZXI", delayed, "body");
    }
    NatsOptions after = before.withStreams(2);
    assertThat(NatsQueues.spread(after, Duration.ofSeconds(20))).isGreaterThan(15);
    Map<String, Map<String, String>> seen = new LinkedHashMap<>();
    try (TaskQueue queue = NatsQueues.connect(after);
        Puller puller = queue.partition("p").puller()) {
      for (Delivery delivery : TestQueues.pull(puller, foreign().size() + 1)) {
        seen.put(delivery.taskId(), delivery.headers());
      }
    }
    assertThat(seen).hasSize(foreign().size() + 1);
    assertThat(seen).containsEntry("seq-1", Map.of("Name", "w\u00e4rt"));
    assertThat(seen).containsEntry("later", Map.of("N", "\u00e4"));
  }

  /** Subjects of no partition; the last ones are those of delayed tasks with an invalid id. */
  static List<String> oddSubjects() {
    return List.of(
        "p.foo",
        "p.\u0001",
        "p.@priority",
        "p.@priority.1.2",
        "p.@priority.x",
        "p.@priority.7",
        "p.@x.y",
        "p.@later",
        "p." + "x".repeat(3_000),
        "@later.p.x",
        "bad!name",
        "bad!name.@later.x",
        "p.@later.a.b",
        "p.@later.x.off",
        "p.@later.!!",
        "p.@later.\u0001",
        "p.@later.@later.x");
  }

  private static final int ODD_BUT_DELAYED = 5;

  @Test
  void messagesOnOtherSubjectsDoNotBlockTasks() throws Exception {
    AtomicInteger lost = new AtomicInteger();
    NatsOptions options =
        TestQueues.options(server)
            .withQueue(TestQueues.config().withPriorities(2))
            .withListener(losses(lost));
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      String block = "NATS/1.0\r\nJetlane-Delay: PT0.1S\r\nN: \u00e4\r\n\r\n";
      for (String subject : oddSubjects()) {
        other.publish(options.subjectPrefix() + "." + subject, block, "body");
      }
      partition.push(Task.of("ours", "").withPriority(1));
      partition.push(Task.of("later", "").withDelay(Duration.ofMillis(500)));
      try (Puller puller = partition.puller()) {
        List<Delivery> all = TestQueues.pull(puller, ODD_BUT_DELAYED + 2);
        assertThat(all).hasSize(ODD_BUT_DELAYED + 2);
        assertThat(TestQueues.ids(all)).contains("ours", "later");
        for (Delivery delivery : all) {
          assertThat(delivery.attempt()).isEqualTo(1);
          if (delivery.taskId().startsWith("seq-")) {
            assertThat(delivery.headers()).isEqualTo(Map.of("N", "\u00e4"));
          }
          assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        }
      }
      // The other priorities may have workers of other clients.
      assertThat(partition.stats()).isEqualTo(new Stats(2, 0, 0));
      assertThat(queue.admin().partitions()).extracting(PartitionSummary::name).contains("p");
      assertThat(queue.admin().partition("p").tasks(TaskQuery.defaults()).items()).isEmpty();
      assertThat(queue.health()).isEqualTo(Health.up());
      assertThat(lost).hasValue(0);
    }
  }

  /** The server stores any bytes as headers, and the queue delivers them. */
  @Test
  void aThousandRandomHeadersAreDelivered() throws Exception {
    AtomicInteger lost = new AtomicInteger();
    NatsOptions options = TestQueues.options(server).withListener(losses(lost));
    Random random = new Random(7);
    try (TaskQueue queue = NatsQueues.connect(options);
        RawProducer other = new RawProducer(server.url())) {
      Partition partition = queue.partition("p");
      String subject = options.subjectPrefix() + ".p";
      for (int i = 0; i < 1_000; i++) {
        byte[] block = new byte[1 + random.nextInt(60)];
        random.nextBytes(block);
        byte[] start = "NATS/1.0\r\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(start, 0, block, 0, random.nextInt(Math.min(start.length, block.length)));
        other.publish(subject, block, new byte[] {(byte) i});
      }
      try (Puller puller = partition.puller()) {
        // A task that arrives after the wait of its pull is given back, and delivered again.
        List<Delivery> all = TestQueues.pull(puller, 1_000);
        assertThat(all).extracting(Delivery::taskId).doesNotHaveDuplicates().hasSize(1_000);
        for (Delivery delivery : all) {
          assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        }
      }
      assertThat(lost).hasValue(0);
    }
  }
}
