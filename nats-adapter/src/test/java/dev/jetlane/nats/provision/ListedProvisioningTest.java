// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Warnings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each request of a client of ArmoniK's queue, whose stream lists its subjects. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class ListedProvisioningTest {

  private final AnsweringServer server = new AnsweringServer("S");
  private final CreatingServer created = new CreatingServer(server);
  private final Warnings warnings = new Warnings();
  private Session session;
  private Provisioner provisioner;

  private void open(NatsOptions options) {
    NatsOptions named = options.withStream("S");
    session = new Session(TestQueues.settings(named), server.wire(), warnings);
    provisioner = new Provisioner(session, TestQueues.terms(named));
    created.permitStream("S");
    created.permitStream("S-dead");
    created.permitConsumer("S", "p");
    created.permitConsumer("S", "q");
    server.forget();
  }

  @AfterEach
  void close() {
    session.close();
  }

  private void provision(String partition) {
    var unused = provisioner.provision(addresses(partition), soon());
  }

  private List<PartitionAddress> addresses(String partition) {
    return session.settings.layout().addresses(partition);
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private String bodyOf(String request) {
    return server.asked().stream()
        .filter(one -> one.startsWith(request + " "))
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  /** Its stream has the subject, and there are no delayed tasks. */
  @Test
  void eachPartitionAddsItsSubject() {
    open(NatsOptions.armonik());
    provision("p");
    assertThat(bodyOf("STREAM.CREATE.S"))
        .contains("\"subjects\":[\"p\"]")
        .doesNotContain("\"allow_atomic\":true");
    assertThat(created.exist()).containsExactly("S", "S-dead", "S.p");
    provision("q");
    assertThat(bodyOf("STREAM.UPDATE.S")).contains("\"subjects\":[\"p\",\"q\"]");
    created.asked();
    provision("q");
    assertThat(created.asked()).containsExactly("STREAM.INFO.S", "CONSUMER.INFO.S.q");
    assertThat(warnings.texts()).isEmpty();
  }

  @Test
  void aClientThatCreatesNothingAddsNoSubject() {
    open(NatsOptions.armonik());
    provision("p");
    session.close();
    open(NatsOptions.armonik().withProvisioning(NatsOptions.Provisioning.VERIFY));
    provision("p");
    assertThatThrownBy(() -> provision("q"))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("stream S or its subject q does not exist");
    assertThat(created.asked()).noneMatch(one -> one.contains("UPDATE") || one.contains("CREATE"));
  }

  /** Another client removes the subject repeatedly; 2.9 then refuses the consumer. */
  @ParameterizedTest
  @CsvSource({"1, true", "9, true", "10, false"})
  void aSubjectThatIsLostIsAddedUpToTenTimes(int losses, boolean opens) {
    open(NatsOptions.armonik());
    AtomicInteger creations = new AtomicInteger();
    AtomicInteger stored = new AtomicInteger();
    String info =
        "{\"stream_name\":\"S\",\"name\":\"p\",\"config\":{\"durable_name\":\"p\","
            + "\"filter_subject\":\"p\",\"ack_policy\":\"explicit\"}}";
    server.answer(
        "CONSUMER.CREATE.S.p",
        body -> {
          if (creations.incrementAndGet() <= losses) {
            return AnsweringServer.error(400, 10093);
          }
          stored.incrementAndGet();
          return info;
        });
    server.answer(
        "CONSUMER.INFO.S.p", body -> stored.get() == 0 ? AnsweringServer.error(404, 10014) : info);
    if (opens) {
      provision("p");
      assertThat(creations.get()).isEqualTo(losses + 1);
    } else {
      assertThatThrownBy(() -> provision("p"))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessage("create partition p: the stream has no subject p (10093)");
      assertThat(creations.get()).isEqualTo(losses);
    }
    assertThat(provisioner.created()).as("a refused consumer is none").isEqualTo(opens ? 2 : 1);
  }

  /** The list of subjects is no difference, and a change keeps it. */
  @Test
  void aChangeKeepsTheListOfSubjects() {
    open(NatsOptions.armonik());
    provision("p");
    provision("q");
    session.close();
    NatsOptions other =
        NatsOptions.armonik()
            .withQueue(QueueConfig.defaults().withDedupWindow(Duration.ofSeconds(7)))
            .withDriftPolicy(NatsOptions.DriftPolicy.UPDATE);
    open(other);
    provision("p");
    assertThat(bodyOf("STREAM.UPDATE.S"))
        .contains("\"subjects\":[\"p\",\"q\"]", "\"duplicate_window\":7000000000");
    session.close();
    open(other);
    server.answer("STREAM.UPDATE.S", body -> created.describe("S"));
    created.edit("S", "\"duplicate_window\":7000000000", "\"duplicate_window\":8000000000");
    assertThatThrownBy(() -> provision("p"))
        .as("a change without an effect")
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContaining("dedup window: wanted PT7S, is PT8S");
  }

  /** Every consumer of ArmoniK's stream belongs to a partition. */
  @Test
  void theSeventeenthPartitionIsReported() {
    open(NatsOptions.armonik());
    for (int i = 1; i <= 16; i++) {
      created.permitConsumer("S", "n" + i);
      provision("n" + i);
    }
    provision("p");
    assertThat(warnings.texts()).singleElement().asString().contains("17 partitions");
    session.close();
    open(NatsOptions.armonik());
    provision("p");
    assertThat(provisioner.warnings()).singleElement().asString().contains("17 partitions");
  }
}
