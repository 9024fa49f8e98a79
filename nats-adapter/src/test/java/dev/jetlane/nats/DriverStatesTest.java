// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Health;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Warnings;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client and its partitions, without a server: health, counts, close. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class DriverStatesTest {

  private static final ProvisioningTerms NOTHING_IS_CHECKED =
      new ProvisioningTerms(false, false, Drift.Response.FAIL, false, 1, -1);

  /** A payload of 1,000 bytes and the room for headers and names. */
  private static final int NEEDED = 1_000 + 28 * 1024;

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Warnings warnings = new Warnings();
  private Session session;
  private NatsDriver driver;

  private void open(int priorities, boolean owns) {
    NatsOptions options =
        NatsOptions.defaults()
            .withQueue(TestQueues.config().withPriorities(priorities).withMaxPayloadBytes(1_000));
    server.stream("jetlane", "");
    server.stream("jetlane-dead", "");
    session = new Session(TestQueues.settings(options), server.wire(), warnings);
    driver = new NatsDriver(session, NOTHING_IS_CHECKED, owns);
  }

  @AfterEach
  void end() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private void consumer(String name, String fields) {
    server.consumer("jetlane", name, "jetlane." + name, fields);
  }

  private void serverAccepts(int bytes) {
    server.script().information("\"version\":\"2.15.0\",\"max_payload\":" + bytes);
  }

  @Test
  void aPartitionIsOpenedOnce() {
    open(1, false);
    PartitionDriver first = driver.openPartition("p", soon());
    assertThat(driver.openPartition("p", soon())).isSameAs(first);
    assertThat(driver.openPartition("q", soon())).isNotSameAs(first);
    assertThat(server.script().calls())
        .as("the answers to requests, and one mover for the stream")
        .filteredOn(call -> call.startsWith("subscribe"))
        .hasSize(2);
  }

  @Test
  void withoutAConnectionTheQueueIsNeitherLiveNorReady() {
    open(1, false);
    server.script().disconnect();
    Health health = driver.health(soon());
    assertThat(health.live()).isFalse();
    assertThat(health.ready()).isFalse();
    assertThat(health.problems()).singleElement().asString().contains("connection is down");
    server.script().connect();
    assertThat(driver.health(soon())).isEqualTo(Health.up());
  }

  @Test
  void aServerThatRefusesTheLargestPayloadIsAProblem() {
    open(1, false);
    serverAccepts(NEEDED);
    assertThat(driver.health(soon())).isEqualTo(Health.up());
    serverAccepts(NEEDED - 1);
    Health health = driver.health(soon());
    assertThat(health.live()).isTrue();
    assertThat(health.ready()).isFalse();
    assertThat(health.problems())
        .singleElement()
        .asString()
        .contains(
            "messages of up to " + (NEEDED - 1) + " bytes",
            "payloads of up to 1000 bytes",
            "need " + NEEDED);
  }

  /** Each reconnect may lead to another server. */
  @Test
  void aServerWithASmallerLimitIsReportedAtEachReconnect() {
    open(1, false);
    ConnectionMonitor monitor = server.wire().monitor();
    serverAccepts(NEEDED);
    monitor.connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(warnings.texts()).isEmpty();
    serverAccepts(NEEDED - 1);
    for (int round = 1; round <= 2; round++) {
      monitor.connectionEvent(server.connection(), Events.RESUBSCRIBED);
      assertThat(warnings.texts()).hasSize(round).last().asString().contains("need " + NEEDED);
    }
    driver.close(soon());
    monitor.connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(warnings.texts()).as("after the close").hasSize(2);
  }

  /** Warnings leave the queue ready, and follow the problems. */
  @Test
  void aFullPartitionIsAWarningAndAMissingOneAProblem() {
    open(3, false);
    driver.openPartition("p", soon());
    consumer("p", "");
    consumer("p@1", ",\"paused\":true");
    consumer("p@2", ",\"paused\":true");
    Health warned = driver.health(soon());
    assertThat(warned.ready()).isTrue();
    assertThat(warned.problems())
        .as("the first warning of the partition")
        .singleElement()
        .asString()
        .startsWith("partition p@1 is paused");
    assertThat(warnings.texts()).hasSize(1);
    serverAccepts(1);
    Health both = driver.health(soon());
    assertThat(both.ready()).isFalse();
    assertThat(both.problems()).hasSize(2);
    assertThat(both.problems().get(0)).contains("max_payload");
    assertThat(both.problems().get(1)).contains("is paused");
    serverAccepts(NEEDED);
    server.answer("CONSUMER.INFO.jetlane.p@2", body -> AnsweringServer.error(404, 10014));
    assertThat(driver.health(soon()).problems().get(0)).isEqualTo("partition p@2 no longer exists");
  }

  /** A pause that begins again is reported again. */
  @Test
  void eachBeginningOfAWarningIsReportedOnce() {
    open(1, false);
    driver.openPartition("p", soon());
    for (int round = 1; round <= 2; round++) {
      consumer("p", ",\"paused\":true");
      assertThat(driver.health(soon()).problems()).hasSize(1);
      assertThat(driver.health(soon()).problems()).hasSize(1);
      assertThat(warnings.texts()).hasSize(round);
      consumer("p", "");
      assertThat(driver.health(soon())).isEqualTo(Health.up());
    }
  }

  @Test
  void aMissingConsumerIsReportedToTheOthers() {
    open(1, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    AtomicInteger missed = TestQueues.missed(session.monitor);
    for (int time = 1; time <= 2; time++) {
      assertThatThrownBy(() -> partition.stats(soon()))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessage("partition p no longer exists");
      assertThat(missed.get()).isEqualTo(time);
    }
  }

  private void store(String... subjects) {
    for (String subject : subjects) {
      server.store(subject, new Headers(), Instant.EPOCH);
    }
  }

  @Test
  void theCountsAreThoseOfAllPriorities() {
    open(3, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    String one = ",\"num_ack_pending\":1,\"num_redelivered\":2";
    consumer("p", one);
    consumer("p@1", one);
    consumer("p@2", one);
    store("jetlane.p", "jetlane.p", "jetlane.p.@priority.1", "jetlane.p.@priority.2");
    store("jetlane.p.@later.dA", "jetlane.q", "jetlane-dead.p.1", "jetlane-dead.p.2");
    assertThat(partition.stats(soon())).isEqualTo(new Stats(1, 3, 6, 1, 2));
    consumer("p", ",\"num_ack_pending\":7");
    assertThat(partition.stats(soon())).isEqualTo(new Stats(0, 9, 4, 1, 2));
    assertThat(partition.purgeDeadLetters(soon())).isEqualTo(2);
  }

  @Test
  void withoutPrioritiesTheirSubjectsAreNotCounted() {
    open(1, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    consumer("p", "");
    store("jetlane.p", "jetlane.p.@priority.1");
    assertThat(partition.stats(soon())).isEqualTo(new Stats(1, 0, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 100, -1, 100",
    "3, 100, -1, 100",
    "3, -1, 100, 100",
    "3, 100, 200, 200",
    "3, 200, 100, 200",
    "1, -1, -1, -1",
    "1, -1, 100, -1",
    "3, -3600, -1, 0"
  })
  void theOldestTaskOfAllPrioritiesCounts(int priorities, int low, int high, int oldest) {
    open(priorities, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    Instant now = Instant.now();
    server.store("jetlane.q", new Headers(), now.minusSeconds(5_000));
    if (high != -1) {
      server.store("jetlane.p.@priority.2", new Headers(), now.minusSeconds(high));
    }
    if (low != -1) {
      server.store("jetlane.p", new Headers(), now.minusSeconds(low));
    }
    Optional<Duration> age = partition.oldestAge(soon());
    if (oldest < 0) {
      assertThat(age).isEmpty();
    } else if (oldest == 0) {
      assertThat(age).contains(Duration.ZERO);
    } else {
      assertThat(age.orElseThrow().toSeconds()).isBetween((long) oldest, oldest + 60L);
    }
  }

  /** Short with priorities, whose pulls notice a lost connection only at their end. */
  @Test
  void aWorkerWaitsAsLongAsARequest() {
    open(1, false);
    assertThat(driver.openPartition("p", soon()).workerWait()).isEqualTo(Duration.ofSeconds(19));
    session.close();
    open(2, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    assertThat(partition.workerWait()).isEqualTo(Duration.ofSeconds(4));
    assertThat(partition.lease()).isEqualTo(TestQueues.config().lease());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseReleasesTheConnection(boolean owns) {
    open(1, owns);
    driver.openPartition("p", soon());
    driver.close(soon());
    assertThat(server.joins()).containsExactly(owns ? "close" : "removeConnectionListener");
    assertThat(driver.health(soon()))
        .isEqualTo(new Health(false, false, List.of("the queue is closed")));
    assertThatThrownBy(() -> driver.openPartition("p", soon()))
        .isInstanceOf(QueueClosedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptedCloseReleasesTheConnectionAndKeepsTheInterrupt(boolean owns) {
    open(1, owns);
    driver.openPartition("p", soon());
    Thread.currentThread().interrupt();
    driver.close(soon());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(server.joins()).containsExactly(owns ? "close" : "removeConnectionListener");
    if (!owns) {
      assertThat(server.script().calls())
          .as("the dispatcher of the mover")
          .contains("closeDispatcher");
    }
  }

  /** The interrupt comes while the last messages are sent. */
  @Test
  void anInterruptedFlushReleasesTheConnectionAndKeepsTheInterrupt() {
    open(1, true);
    driver.openPartition("p", soon());
    server
        .script()
        .onExchange(() -> DriverStatesTest.<RuntimeException>fail(new InterruptedException()));
    driver.close(soon());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(server.joins()).containsExactly("close");
  }

  /** Throws an exception that the interface of the script does not declare. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> void fail(Exception e) throws E {
    throw (E) e;
  }

  /** Otherwise the tasks that it gets would wait for the end of their leases. */
  @Test
  void aPullerThatIsOpenedDuringTheCloseIsClosedAgain() {
    open(1, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    Status none = new Status(Status.NOT_FOUND_CODE, "No Messages");
    server
        .script()
        .onPublish(
            (replyTo, body) -> {
              server.script().bring(replyTo, "", none);
              session.monitor.markClosed();
            });
    server.script().forgetCalls();
    assertThatThrownBy(() -> openPull(partition)).isInstanceOf(QueueClosedException.class);
    assertThat(server.script().calls()).contains("drain");
  }

  private static PullDriver openPull(PartitionDriver partition) {
    return partition.openPull(
        PullOptions.defaults(),
        lease -> {
          throw new IllegalStateException("no task");
        },
        soon());
  }

  /** A connection that is lost cannot be flushed. */
  @Test
  void aCloseWithoutAConnectionEnds() {
    open(1, true);
    driver.openPartition("p", soon());
    server.script().disconnect();
    driver.close(soon());
    assertThat(server.joins()).containsExactly("close");
  }

  @Test
  void aPullerOfAClosedQueueIsRefused() {
    open(1, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    driver.close(soon());
    assertThatThrownBy(() -> openPull(partition)).isInstanceOf(QueueClosedException.class);
  }

  /** Otherwise its subscription would stay until the queue is closed. */
  @Test
  void aPullThatCannotBeOpenedIsClosed() {
    open(1, false);
    PartitionDriver partition = driver.openPartition("p", soon());
    String next = session.settings.layout().address("p").nextSubject;
    server
        .script()
        .onPublish(
            (replyTo, body) ->
                server
                    .wire()
                    .errorOccurred(
                        server.connection(),
                        "Permissions Violation for Publish to \"" + next + "\""));
    for (int time = 1; time <= 2; time++) {
      server.script().forgetCalls();
      assertThatThrownBy(() -> openPull(partition)).isInstanceOf(PermissionDeniedException.class);
      assertThat(server.script().calls()).contains("drain");
    }
  }

  @Test
  void aQueueThatCannotBeOpenedLeavesTheConnectionOfItsCaller() {
    NatsOptions large =
        NatsOptions.defaults().withQueue(TestQueues.config().withMaxPayloadBytes(1_048_577));
    open(1, false);
    assertThatThrownBy(() -> NatsQueues.over(server.connection(), large))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("max_payload");
    server.script().close();
    assertThatThrownBy(() -> NatsQueues.over(server.connection(), NatsOptions.defaults()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("the connection is closed");
    assertThat(server.joins())
        .containsExactly(
            "addConnectionListener",
            "removeConnectionListener",
            "addConnectionListener",
            "removeConnectionListener");
  }

  /** A client that checks nothing asks for nothing. */
  @ParameterizedTest
  @CsvSource({"$JS.API, CREATE, 0", "X, NONE, 0", "X, VERIFY, 1", "X, CREATE, 1"})
  void aPrefixWithoutJetStreamIsNoticedAtTheConnect(
      String prefix, NatsOptions.Provisioning provisioning, int looks) {
    open(1, false);
    server.answer("STREAM.INFO", body -> null);
    NatsOptions options =
        NatsOptions.defaults().withApiPrefix(prefix).withProvisioning(provisioning);
    if (looks == 0) {
      NatsQueues.over(server.connection(), options).close();
    } else {
      assertThatThrownBy(() -> NatsQueues.over(server.connection(), options))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("no JetStream answers to X.STREAM.INFO.jetlane");
    }
    assertThat(server.asked()).filteredOn(one -> one.startsWith("STREAM.INFO")).hasSize(looks);
    assertThat(server.joins()).containsExactly("addConnectionListener", "removeConnectionListener");
  }
}
