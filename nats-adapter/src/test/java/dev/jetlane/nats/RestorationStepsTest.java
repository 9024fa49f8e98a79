// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
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
  private final Session session =
      new Session(TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
  private final Provisioner provisioner =
      new Provisioner(session, new ProvisioningTerms(true, true, Drift.Response.FAIL, true, 1, -1));
  private final List<NatsPartitionDriver> partitions = new ArrayList<>();
  private final Restoration restoration = new Restoration(session, provisioner, partitions);
  private final AtomicInteger looks = new AtomicInteger();

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

  /** The second error of the call itself is that of the caller. */
  @Test
  void aRestorationThatFailsIsTheErrorOfTheCall() {
    open("p");
    server.answer("STREAM.INFO", body -> look());
    AtomicInteger calls = new AtomicInteger();
    assertThatThrownBy(
            () ->
                restoration.around(
                    partitions.get(0),
                    session.deadlineNanos(),
                    () -> {
                      calls.incrementAndGet();
                      throw new QueueUnavailableException("missed", null);
                    }))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("inspect stream jetlane");
    assertThat(calls.get()).isEqualTo(1);
  }
}
