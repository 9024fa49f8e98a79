// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import io.nats.client.ConnectionListener.Events;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The estimate of the server's time, without a server. */
@Timeout(60)
class ServerTimeTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.900000005Z");
  private static final String DELIVERED = ",\"delivered\":{\"last_active\":\"" + NOW + "\"}";

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Session session =
      new Session(TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
  private final AtomicLong setBy = new AtomicLong();
  private final AtomicInteger denials = new AtomicInteger();
  private final ServerClock clock =
      new ServerClock(
          session,
          "jetlane",
          () -> System.currentTimeMillis() + setBy.get(),
          denials::incrementAndGet);

  @AfterEach
  void close() {
    session.close();
  }

  private void answers(String fields) {
    server.consumer("jetlane", "@later", "jetlane.*.@later.>", fields);
  }

  private void awaitTheTime() {
    TestQueues.await("the time", () -> clock.nowNanos().isPresent());
  }

  /** Servers before 2.10 report the time of the last delivery only. */
  @ParameterizedTest
  @ValueSource(strings = {"ts", "last delivery"})
  void theTimeIsThatOfTheAnswer(String source) {
    answers(source.equals("ts") ? ",\"ts\":\"" + NOW + "\"" : DELIVERED);
    assertThat(clock.nowNanos()).as("before the first answer").isEmpty();
    awaitTheTime();
    long aheadNanos = clock.nowNanos().orElseThrow() - WireHeaders.nanos(NOW);
    assertThat(aheadNanos).isBetween(0L, TestQueues.SOON.toNanos());
  }

  /** The first requests fail: the next message asks again. */
  @Test
  void aFailedRequestIsRepeated() {
    AtomicInteger requests = new AtomicInteger();
    server.answer(
        "CONSUMER.INFO",
        body ->
            switch (requests.incrementAndGet()) {
              case 1 -> null;
              case 2 -> AnsweringServer.error(404, 10014);
              case 3 -> AnsweringServer.error(503, 10008);
              default ->
                  "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"s\",\"name\":\"c\","
                      + "\"config\":{},\"ts\":\"2026-01-01T00:00:00Z\"}";
            });
    awaitTheTime();
    assertThat(requests.get()).isEqualTo(4);
    assertThat(denials.get()).isZero();
  }

  /** A clock that is set, or a machine that was suspended. */
  @ParameterizedTest
  @ValueSource(longs = {1_000, -1_000})
  void aWallClockThatJumpsForgetsTheTime(long millis) {
    answers(",\"ts\":\"" + NOW + "\"");
    awaitTheTime();
    for (int time = 1; time <= 2; time++) {
      setBy.addAndGet(millis);
      assertThat(clock.nowNanos()).as("after jump " + time).isEmpty();
      awaitTheTime();
    }
  }

  /** The answer is from the old server, whose time may be another one. */
  @Test
  void anAnswerThatArrivesDuringAReconnectIsNotUsed() {
    server.answer(
        "CONSUMER.INFO",
        body -> {
          server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
          return "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"s\",\"name\":\"c\","
              + "\"config\":{},\"ts\":\"2026-01-01T00:00:00Z\"}";
        });
    for (int i = 1; i <= 3; i++) {
      int requests = i;
      TestQueues.await(
          "a request",
          () -> {
            assertThat(clock.nowNanos()).isEmpty();
            return server.asked().size() >= requests;
          });
    }
  }
}
