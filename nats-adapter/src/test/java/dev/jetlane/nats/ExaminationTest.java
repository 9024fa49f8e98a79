package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.NotSupportedException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.Finding.Level;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** What {@link NatsQueues#examine} finds on servers that really have it. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class ExaminationTest {

  private static final QueueConfig CONFIG = QueueConfig.defaults().withMaxOutstanding(2);

  private NatsServer server;
  private NatsOptions options;
  private TaskQueue queue;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    options = NatsOptions.defaults().withUrl(server.url()).withQueue(CONFIG);
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
    assertThat(problems())
        .anySatisfy(
            finding -> {
              assertThat(finding.level()).isEqualTo(level);
              assertThat(finding.topic()).isEqualTo(topic);
              assertThat(finding.evidence()).contains(evidence);
              assertThat(finding.advice()).isNotEmpty();
            });
  }

  @Test
  void aHealthyQueueHasNoProblem() {
    queue.partition("gpu");
    assertThat(problems()).isEmpty();
  }

  @Test
  void aQueueThatIsNotThereIsAProblem() {
    expect(Level.PROBLEM, "stream jetlane", "there is none");
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
    assertThat(found.level())
        .isEqualTo(
            server.version().startsWith("2.9.")
                ? Level.PROBLEM
                : server.version().startsWith("2.10.") ? Level.WARNING : Level.OK);
  }

  @Test
  void aPartitionWithoutAPullerIsAProblem() {
    queue.partition("gpu").push(Task.of("a", ""));
    expect(Level.PROBLEM, "partition gpu", "1 tasks are ready, no pull waits");
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
  void tasksThatComeAgainAndDeadLettersAreWarnings() throws Exception {
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
    try (Connection nc = Nats.connect(server.url())) {
      nc.jetStreamManagement()
          .addOrUpdateConsumer(
              "jetlane",
              ConsumerConfiguration.builder()
                  .durable("thief")
                  .filterSubject("jetlane.cpu")
                  .ackPolicy(AckPolicy.Explicit)
                  .build());
    }
    expect(Level.PROBLEM, "consumer thief of jetlane", "it takes jetlane.cpu");
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
      Assertions.assertThatThrownBy(() -> queue.admin().partition("gpu").pause(Duration.ofHours(1)))
          .isInstanceOf(NotSupportedException.class)
          .hasMessageContaining(server.version());
    } else {
      queue.admin().partition("gpu").pause(Duration.ofHours(1));
      expect(Level.WARNING, "partition gpu", "paused for");
    }
  }
}
