// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.NotSupportedException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.Finding.Level;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The problems that {@link NatsQueues#examine} finds on servers that have them. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class NatsExaminationTest {

  private static final QueueConfig CONFIG = QueueConfig.defaults().withMaxOutstanding(2);

  private NatsServer server;
  private NatsOptions options;
  private TaskQueue queue;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    options =
        NatsOptions.defaults()
            .withUrl(server.url())
            .withQueue(CONFIG)
            .withRequestTimeout(TestQueues.REQUEST_TIMEOUT);
    queue = NatsQueues.connect(options);
  }

  @AfterEach
  void stop() {
    queue.close();
    server.close();
  }

  private List<Finding> problems() {
    return NatsQueues.examine(options).stream()
        .filter(finding -> finding.level() != Level.OK && !finding.topic().equals("server"))
        .filter(finding -> finding.level() != Level.UNSEEN)
        .toList();
  }

  private void expect(Level level, String topic, String evidence) {
    // A server counts a task shortly after it confirms the push.
    TestQueues.await(
        level + " " + topic + ": " + evidence,
        () ->
            problems().stream()
                .filter(finding -> finding.level() == level && finding.topic().equals(topic))
                .anyMatch(
                    finding ->
                        finding.evidence().contains(evidence) && !finding.advice().isEmpty()));
  }

  @Test
  void aHealthyQueueHasNoProblem() {
    queue.partition("gpu");
    assertThat(problems()).isEmpty();
    if (!server.version().startsWith("2.9.")) {
      assertThat(examined(NatsQueues.examine(options), "roles").evidence())
          .isEqualTo("this user of account $G may publish to every subject, so it has every role");
    }
  }

  @Test
  void aMissingQueueIsAProblem() {
    expect(Level.PROBLEM, "stream jetlane", "does not exist");
  }

  @Test
  void theVersionOfTheServerIsJudged() {
    queue.partition("gpu");
    Finding found =
        NatsQueues.examine(options).stream()
            .filter(finding -> finding.topic().equals("server"))
            .findFirst()
            .orElseThrow();
    assertThat(found.evidence()).contains(server.version());
    // KnownDefectsTest has the levels of all versions.
    if (server.version().startsWith("2.9.")) {
      assertThat(found.level()).isEqualTo(Level.PROBLEM);
    } else if (server.version().startsWith("2.10.")) {
      assertThat(found.level()).isIn(Level.WARNING, Level.PROBLEM);
    } else {
      assertThat(found.level()).isEqualTo(Level.OK);
    }
  }

  @Test
  void aPartitionWithoutAPullerIsAProblem() {
    queue.partition("gpu").push(Task.of("a", ""));
    expect(Level.PROBLEM, "partition gpu", "1 tasks are ready, none is outstanding");
  }

  @Test
  void aPartitionAtItsLimitOfOutstandingTasksIsAProblem() throws Exception {
    Partition gpu = queue.partition("gpu");
    for (String id : List.of("a", "b", "c")) {
      gpu.push(Task.of(id, ""));
    }
    try (Puller puller = gpu.puller()) {
      TestQueues.pull(puller, 2);
      expect(Level.PROBLEM, "partition gpu", "2 of 2 outstanding tasks");
    }
  }

  @Test
  void redeliveredTasksAndDeadLettersAreWarnings() throws Exception {
    Partition gpu = queue.partition("gpu");
    gpu.push(Task.of("a", ""));
    gpu.push(Task.of("b", ""));
    try (Puller puller = gpu.puller()) {
      for (Delivery delivery : TestQueues.pull(puller, 2)) {
        if (delivery.taskId().equals("a")) {
          delivery.deadLetter("too large");
        } else {
          delivery.nak();
        }
      }
      TestQueues.pull(puller, 1);
      expect(Level.WARNING, "partition gpu", "1 outstanding tasks were delivered more than once");
      expect(Level.WARNING, "partition gpu", "1 dead letters: 1 x too large");
    }
  }

  @Test
  void otherSettingsAreAWarning() {
    queue.partition("gpu");
    options = options.withQueue(CONFIG.withLease(Duration.ofSeconds(77)));
    expect(Level.WARNING, "partition gpu", "PT1M17S");
  }

  @Test
  void aForeignConsumerIsAProblem() throws Exception {
    queue.partition("gpu");
    try (Connection nc = Jnats.connect(server.url())) {
      nc.jetStreamManagement()
          .addOrUpdateConsumer(
              "jetlane",
              ConsumerConfiguration.builder()
                  .durable("thief")
                  .filterSubject("jetlane.cpu")
                  .ackPolicy(AckPolicy.Explicit)
                  .build());
    }
    expect(Level.PROBLEM, "consumer thief of jetlane", "it consumes jetlane.cpu");
  }

  @Test
  void manyConsumersOfAStreamAreAWarningWhereTheyCost() {
    for (int i = 0; i < 17; i++) {
      queue.partition("p" + i);
    }
    boolean costs = server.version().matches("2\\.1[3-9]\\..*");
    assertThat(problems())
        .filteredOn(f -> f.evidence().contains("18 consumers"))
        .hasSize(costs ? 1 : 0);
  }

  @Test
  void aPausedPartitionIsAWarning() {
    queue.partition("gpu");
    if (server.version().matches("2\\.(9|10)\\..*")) {
      assertThatThrownBy(() -> queue.admin().partition("gpu").pause(Duration.ofHours(1)))
          .isInstanceOf(NotSupportedException.class)
          .hasMessageContaining(server.version());
    } else {
      queue.partition("gpu").push(Task.of("waits", ""));
      queue.admin().partition("gpu").pause(Duration.ofHours(1));
      expect(Level.WARNING, "partition gpu", "paused for");
      assertThat(NatsQueues.examine(options))
          .filteredOn(finding -> finding.topic().equals("partition gpu"))
          .as("the pause explains why no pull waits")
          .noneMatch(finding -> finding.level() == Level.PROBLEM);
    }
  }

  @Test
  void anotherStreamWithTheSubjectsOfAMissingOneIsNamed() {
    queue.partition("gpu");
    options = options.withStream("typo");
    expect(Level.PROBLEM, "stream typo", "does not exist; its subjects are in [jetlane]");
  }

  /**
   * A server from 2.10 on accepts two streams with the same subjects if both are created
   * concurrently.
   */
  @Test
  void twoStreamsWithTheSameSubjectsAreAProblem() throws Exception {
    try (Connection one = Jnats.connect(server.url());
        Connection two = Jnats.connect(server.url())) {
      String prefix = "";
      boolean before210 = server.version().startsWith("2.9.");
      for (int i = 0; i < 200 && prefix.isEmpty(); i++) {
        String subjects = "twice" + i;
        CompletableFuture<?> first =
            CompletableFuture.runAsync(() -> create(one, subjects + "-a", subjects));
        create(two, subjects + "-b", subjects);
        first.get(10, TimeUnit.SECONDS);
        if (two.jetStreamManagement().getStreamNames(subjects + ".>").size() == 2) {
          prefix = subjects;
        }
      }
      assertThat(prefix.isEmpty()).as("2.9 accepts one").isEqualTo(before210);
      if (before210) {
        return;
      }
      options = options.withSubjectPrefix(prefix).withStream(prefix + "-a");
      String seen = "stream " + prefix + "-b also stores subjects of " + prefix + ".>";
      expect(Level.PROBLEM, "stream " + prefix + "-a", seen);
    }
  }

  private static void create(Connection nc, String name, String prefix) {
    try {
      nc.jetStreamManagement()
          .addStream(StreamConfiguration.builder().name(name).subjects(prefix + ".>").build());
    } catch (JetStreamApiException e) {
      assertThat(e.getApiErrorCode()).as("subjects overlap").isEqualTo(10065);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void accountLimitsThatAreNearlyReachedOrTooSmallAreWarnings() {
    try (NatsServer limited = withLimits("max_streams: 2, max_consumers: 100")) {
      options = options.withUrl(limited.url()).withUser("a", "a".toCharArray());
      try (TaskQueue other = NatsQueues.connect(options)) {
        other.partition("gpu");
      }
      expect(Level.WARNING, "limit of streams", "2 of 2");
      assertThat(problems()).hasSize(1);
    }
    try (NatsServer limited = withLimits("max_ack_pending: 20000")) {
      options = options.withUrl(limited.url());
      try (TaskQueue other = NatsQueues.connect(options)) {
        other.partition("gpu");
      }
      expect(
          Level.WARNING,
          "limit of max_ack_pending",
          "the account permits 20000, which also limits");
      options = options.withQueue(TestQueues.config().withMaxOutstanding(20_001));
      try (TaskQueue other = NatsQueues.connect(options)) {
        assertThatThrownBy(() -> other.partition("large"))
            .isInstanceOf(QueueRejectedException.class)
            .hasMessageContaining("exceeds system limit of 20000");
      }
      String seen = "the account permits 20000, the settings require 20001";
      expect(Level.PROBLEM, "limit of max_ack_pending", seen);
    }
  }

  private static NatsServer withLimits(String limits) {
    String account = "accounts { A { users: [{user: a, password: a}], jetstream { %s } } }\n";
    return NatsServer.start(
        NatsConfig.defaults().withText("jetstream {}\n" + account.formatted(limits)));
  }

  @Test
  void aSmallerMaximumOfTheServerIsAProblem() {
    NatsConfig config = NatsConfig.defaults().withText("max_payload: 65536\n");
    try (NatsServer small = NatsServer.start(config)) {
      assertThat(NatsQueues.examine(options.withUrl(small.url())))
          .filteredOn(finding -> finding.level() == Level.PROBLEM)
          .extracting(Finding::evidence)
          .anyMatch(evidence -> evidence.contains("65536 bytes (max_payload)"));
    }
  }

  @Test
  void aClockThatIsWrongIsAWarning() throws Exception {
    queue.partition("gpu");
    try (WrongClock late = WrongClock.to(server.url())) {
      options = options.withUrl(late.url());
      boolean tells = !server.version().matches("2\\.9\\..*");
      assertThat(NatsQueues.examine(options))
          .filteredOn(finding -> finding.topic().equals("clocks"))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.level()).isEqualTo(tells ? Level.WARNING : Level.UNSEEN);
                assertThat(finding.evidence())
                    .contains(tells ? "clocks of server and client differ" : "does not report");
              });
    }
  }

  @Test
  void theSyncIntervalIsReadFromTheMonitoringPort() {
    NatsConfig always = NatsConfig.defaults().withText("jetstream { sync_interval: always }\n");
    boolean shows = !server.version().matches("2\\.9\\..*");
    try (NatsServer watched = NatsServer.start(NatsConfig.defaults().withMonitoring())) {
      Finding byDefault = syncInterval(watched);
      assertThat(byDefault.level()).isEqualTo(shows ? Level.WARNING : Level.UNSEEN);
      assertThat(byDefault.evidence()).contains(shows ? "PT2M" : "does not contain sync_interval");
      watched.close();
      Finding silent =
          examined(NatsQueues.examine(options, URI.create(watched.monitoringUrl())), "sync");
      assertThat(silent.level()).isEqualTo(Level.UNSEEN);
      assertThat(silent.evidence()).contains("not readable from " + watched.monitoringUrl());
    }
    if (shows) {
      try (NatsServer durable = NatsServer.start(always.withMonitoring())) {
        assertThat(syncInterval(durable).level()).isEqualTo(Level.OK);
      }
    }
    assertThatThrownBy(() -> NatsQueues.examine(options, URI.create("localhost:8222")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("must be like http://localhost:8222");
  }

  private Finding syncInterval(NatsServer watched) {
    NatsOptions other = options.withUrl(watched.url());
    try (TaskQueue filled = NatsQueues.connect(other)) {
      filled.partition("gpu");
    }
    return examined(NatsQueues.examine(other, URI.create(watched.monitoringUrl())), "sync");
  }

  private static Finding examined(List<Finding> findings, String topic) {
    return findings.stream()
        .filter(finding -> finding.topic().startsWith(topic))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void deadLettersAreCountedByReason() throws Exception {
    Partition gpu = queue.partition("gpu");
    String[] reasons = {"bad input", "timeout", "bad input", "bad input", "timeout", "other"};
    for (int i = 0; i < reasons.length; i++) {
      gpu.push(Task.of("t" + i, ""));
      try (Puller puller = gpu.puller()) {
        TestQueues.pull(puller, 1).get(0).deadLetter(reasons[i]);
      }
    }
    expect(Level.WARNING, "partition gpu", "6 dead letters: 3 x bad input, 2 x timeout, 1 x other");
  }
}
