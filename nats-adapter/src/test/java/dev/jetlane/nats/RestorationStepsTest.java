// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.provision.CreatingServer;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Warnings;
import io.nats.client.ConnectionListener.Events;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often a missing stream is looked for, without a server. */
@Timeout(60)
class RestorationStepsTest {

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Warnings warnings = new Warnings();
  private final CreatingServer created = new CreatingServer(server);
  private final Session session =
      new Session(TestQueues.settings(NatsOptions.defaults()), server.wire(), warnings);
  private final Provisioner provisioner =
      new Provisioner(session, new ProvisioningTerms(true, true, Drift.Response.FAIL, true, 1, -1));
  private final List<NatsPartitionDriver> partitions = new ArrayList<>();
  private final Restoration restoration = new Restoration(session, provisioner, partitions);
  private final AtomicInteger looks = new AtomicInteger();

  /** The number of calls that missed a stream. */
  private final AtomicInteger missing = new AtomicInteger();

  private void open(String... names) {
    for (String name : names) {
      partitions.add(
          new NatsPartitionDriver(
              session, provisioner, restoration, session.settings.layout().addresses(name)));
    }
  }

  @AfterEach
  void close() {
    session.close();
  }

  private String look() {
    looks.incrementAndGet();
    return AnsweringServer.error(503, 10008);
  }

  /** A failed restoration must not be the last one, and looks for each partition. */
  @Test
  void laterCallsStartAnotherRestoration() {
    open("p", "q");
    server.answer("STREAM.INFO", body -> look());
    for (int round = 1; round <= 3; round++) {
      int expected = 2 * round;
      TestQueues.await(
          "restoration " + round,
          () -> {
            if (looks.get() < expected - 1) {
              restoration.soon();
            }
            return looks.get() == expected;
          });
    }
  }

  /** Many calls miss the same stream. */
  @Test
  void twoRestorationsHaveAPauseBetweenThem() {
    open("p");
    server.answer("STREAM.INFO", body -> look());
    long beganNanos = System.nanoTime();
    TestQueues.await(
        "the second restoration",
        () -> {
          restoration.soon();
          return looks.get() > 1;
        });
    assertThat(System.nanoTime() - beganNanos).isGreaterThanOrEqualTo(100_000_000);
  }

  @Test
  void oneRestorationRunsAtATime() throws Exception {
    open("p");
    CountDownLatch end = new CountDownLatch(1);
    server.answer(
        "STREAM.INFO",
        body -> {
          looks.incrementAndGet();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return AnsweringServer.error(503, 10008);
        });
    restoration.soon();
    TestQueues.await("its request", () -> looks.get() == 1);
    // Longer than the pause between two restorations.
    long untilNanos = System.nanoTime() + 150_000_000;
    while (System.nanoTime() - untilNanos < 0) {
      restoration.soon();
    }
    assertThat(looks.get()).isEqualTo(1);
    end.countDown();
  }

  /** Makes a call that misses a stream. */
  private void around(QueueUnavailableException missed) {
    restoration.around(
        partitions.get(0),
        session.deadlineNanos(),
        () -> {
          missing.incrementAndGet();
          throw missed;
        });
  }

  /** The second error of the call itself is that of the caller. */
  @Test
  void aRestorationThatFailsIsTheErrorOfTheCall() {
    open("p");
    server.answer("STREAM.INFO", body -> look());
    QueueUnavailableException missed = new QueueUnavailableException("missed", null);
    assertThatThrownBy(() -> around(missed))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("inspect stream jetlane");
    assertThat(missing).hasValue(1);
  }

  /** The server may still load its streams; the monitor knows that only afterwards. */
  @Test
  void nothingIsCreatedBeforeTheSubscriptionsAreRestored() {
    open("p");
    server.answer("STREAM.INFO", body -> look());
    session.monitor.connectionEvent(session.monitor.connection(), Events.DISCONNECTED);
    QueueUnavailableException missed = new QueueUnavailableException("missed", null);
    assertThatThrownBy(() -> around(missed)).isSameAs(missed);
    assertThat(looks).hasValue(0);
  }

  private void permit(String... partitions) {
    created.permitStream("jetlane");
    created.permitStream("jetlane-dead");
    created.permitConsumer("jetlane", "@later");
    for (String partition : partitions) {
      created.permitConsumer("jetlane", partition);
    }
    open(partitions);
    for (NatsPartitionDriver each : partitions()) {
      var unused = provisioner.provision(each.addresses(), session.deadlineNanos());
    }
    created.asked();
  }

  private List<NatsPartitionDriver> partitions() {
    return List.copyOf(partitions);
  }

  /** Makes a call that fails a number of times; returns how often it ran. */
  private int call(int failures) {
    AtomicInteger calls = new AtomicInteger();
    restoration.around(
        partitions.get(0),
        session.deadlineNanos(),
        () -> {
          if (calls.incrementAndGet() <= failures) {
            throw new QueueUnavailableException("missed " + calls.get(), null);
          }
        });
    return calls.get();
  }

  @Test
  void aCallThatMissesNothingAsksForNothing() {
    permit("p");
    assertThat(call(0)).isEqualTo(1);
    assertThat(created.asked()).isEmpty();
  }

  /** Each deletion is repaired, reported, and told to the waiting pulls. */
  @Test
  void aDeletedPartitionIsCreatedAgainAndReported() {
    permit("p", "q");
    List<String> all = created.exist();
    for (int time = 1; time <= 2; time++) {
      created.deleteStream("jetlane");
      int changes = session.monitor.changes();
      assertThat(call(1)).isEqualTo(2);
      assertThat(created.exist()).containsAll(List.of("jetlane", "jetlane.p"));
      assertThat(session.monitor.changes()).as("pulls are woken").isGreaterThan(changes);
      assertThat(warnings.texts())
          .hasSize(time)
          .last()
          .isEqualTo(
              "partition p or its stream was deleted and has been created again: the attempts of"
                  + " tasks that are still stored restart at 1");
    }
    restoration.soon();
    TestQueues.await("the other partition", () -> created.exist().equals(all));
    TestQueues.await("its warning", () -> warnings.texts().size() == 3);
    assertThat(warnings.texts().get(2)).startsWith("partition q or its stream was deleted");
  }

  /** The call failed for another reason, so nothing was created. */
  @Test
  void whatExistsIsNotReportedAsCreated() {
    permit("p");
    int changes = session.monitor.changes();
    assertThat(call(1)).isEqualTo(2);
    assertThat(created.asked()).contains("STREAM.INFO.jetlane", "STREAM.INFO.jetlane-dead");
    assertThat(warnings.texts()).isEmpty();
    assertThat(session.monitor.changes()).isEqualTo(changes);
  }

  @Test
  void theSecondErrorOfACallIsThatOfItsCaller() {
    permit("p");
    assertThatThrownBy(() -> call(9)).hasMessage("missed 2");
  }

  @Test
  void anotherErrorIsNotRestored() {
    permit("p");
    RuntimeException full = new QueueFullException("full", null);
    assertThatThrownBy(
            () ->
                restoration.around(
                    partitions.get(0),
                    session.deadlineNanos(),
                    () -> {
                      throw full;
                    }))
        .isSameAs(full);
    assertThat(created.asked()).isEmpty();
  }

  /** Further partitions would be denied too. */
  @Test
  void aDenialEndsTheRestorationOfAllPartitions() {
    open("p", "q");
    server.answer(
        "STREAM.INFO",
        body -> {
          looks.incrementAndGet();
          server
              .wire()
              .errorOccurred(
                  server.connection(),
                  "Permissions Violation for Publish to \"$JS.API.STREAM.INFO.jetlane\"");
          return null;
        });
    restoration.soon();
    TestQueues.await("a denial", () -> looks.get() == 1);
    // The next partition would be looked at immediately, and each later call is useless.
    long untilNanos = System.nanoTime() + 150_000_000;
    while (System.nanoTime() - untilNanos < 0) {
      restoration.soon();
    }
    assertThat(looks.get()).isEqualTo(1);
  }

  /** The settings of the new consumer count. */
  @Test
  void theLeaseIsThatOfTheNewConsumer() {
    permit("p");
    created.edit("jetlane.p", "\"ack_wait\":120000000000", "\"ack_wait\":7000000000");
    Provisioner accepting =
        new Provisioner(
            session, new ProvisioningTerms(true, true, Drift.Response.ACCEPT, true, 1, -1));
    Restoration again = new Restoration(session, accepting, partitions);
    NatsPartitionDriver partition = partitions.get(0);
    partition.opened(accepting.provision(partition.addresses(), session.deadlineNanos()));
    assertThat(partition.lease()).isEqualTo(Duration.ofSeconds(7));
    created.deleteConsumer("jetlane", "p");
    AtomicInteger calls = new AtomicInteger();
    again.around(
        partition,
        session.deadlineNanos(),
        () -> {
          if (calls.incrementAndGet() == 1) {
            throw new QueueUnavailableException("missed", null);
          }
        });
    assertThat(partition.lease()).isEqualTo(session.settings.queue().lease());
    assertThat(created.exist()).contains("jetlane.p");
  }
}
