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
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
          System::nanoTime,
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

  /** Returns a clock whose two clocks the test moves. */
  private ServerClock still(AtomicLong nanos) {
    answers(",\"ts\":\"" + NOW + "\"");
    ServerClock made =
        new ServerClock(
            session,
            "jetlane",
            nanos::get,
            () -> nanos.get() / 1_000_000 + setBy.get(),
            denials::incrementAndGet);
    TestQueues.await("the time", () -> made.nowNanos().isPresent());
    return made;
  }

  private static long fromNow(long nanos) {
    return WireHeaders.nanos(NOW) + nanos;
  }

  /** The estimate is used until the next answer, because a message waits for it. */
  @Test
  void theTimeGoesOnAndIsAskedForAgainAfterTwentySeconds() {
    AtomicLong nanos = new AtomicLong(-7);
    ServerClock made = still(nanos);
    long asked = server.asked().size();
    assertThat(made.nowNanos()).hasValue(fromNow(0));
    long twenty = Duration.ofSeconds(20).toNanos();
    nanos.addAndGet(twenty);
    assertThat(made.nowNanos()).hasValue(fromNow(twenty));
    assertThat(server.asked()).as("after exactly 20 s").hasSize((int) asked);
    nanos.addAndGet(1);
    assertThat(made.nowNanos()).hasValue(fromNow(twenty + 1));
    TestQueues.await("another question", () -> server.asked().size() == asked + 1);
    TestQueues.await("its answer", () -> made.nowNanos().orElseThrow() == fromNow(0));
    assertThat(server.asked()).hasSize((int) asked + 1);
  }

  /** The answer to the question of another message may come while a message looks at the time. */
  @Test
  void aQuestionThatWasAnsweredMeanwhileIsNotAskedAgain() {
    AtomicLong nanos = new AtomicLong();
    AtomicBoolean asksMeanwhile = new AtomicBoolean();
    ServerClock[] made = new ServerClock[1];
    answers(",\"ts\":\"" + NOW + "\"");
    made[0] =
        new ServerClock(
            session,
            "jetlane",
            nanos::get,
            () -> {
              if (asksMeanwhile.compareAndSet(true, false)) {
                setBy.addAndGet(1_000);
                TestQueues.await("the answer", () -> made[0].nowNanos().isPresent());
              }
              return setBy.get();
            },
            denials::incrementAndGet);
    TestQueues.await("the time", () -> made[0].nowNanos().isPresent());
    int asked = server.asked().size();
    asksMeanwhile.set(true);
    assertThat(made[0].nowNanos()).isEmpty();
    TestQueues.await("the time", () -> made[0].nowNanos().isPresent());
    assertThat(server.asked()).hasSize(asked + 1);
  }

  /**
   * A message that arrives soon after another one must not wait for a clock that is a little off.
   */
  @ParameterizedTest
  @CsvSource({"500, true", "-500, true", "501, false", "-501, false"})
  void aWallClockThatIsALittleOffIsNoJump(long millis, boolean known) {
    ServerClock made = still(new AtomicLong());
    setBy.addAndGet(millis);
    assertThat(made.nowNanos().isPresent()).isEqualTo(known);
  }

  /** Otherwise each message of a batch would send a request. */
  @Test
  void oneQuestionIsOpenAtATime() {
    CountDownLatch answered = new CountDownLatch(1);
    server.answer(
        "CONSUMER.INFO",
        body -> {
          TestQueues.await("the other messages", () -> answered.getCount() == 0);
          return AnsweringServer.error(503, 10008);
        });
    for (int i = 0; i < 20; i++) {
      assertThat(clock.nowNanos()).isEmpty();
    }
    TestQueues.await("the question", () -> server.asked().size() == 1);
    assertThat(clock.nowNanos()).isEmpty();
    answered.countDown();
    assertThat(server.asked()).hasSize(1);
    TestQueues.await(
        "the next question", () -> clock.nowNanos().isEmpty() && server.asked().size() > 1);
  }

  /** A server before 2.10 whose consumer has sent no message reports no time. */
  @Test
  void anAnswerWithoutATimeIsNoTime() {
    answers("");
    TestQueues.await(
        "two questions", () -> clock.nowNanos().isEmpty() && server.asked().size() >= 2);
    answers(DELIVERED);
    awaitTheTime();
  }

  /** The time of a reading is that of its arrival, so a slow answer makes no task early. */
  @Test
  void theTimeCountsFromTheArrivalOfTheAnswer() {
    AtomicLong nanos = new AtomicLong();
    ServerClock made = still(nanos);
    String answer =
        "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"s\",\"name\":\"c\",\"config\":{},"
            + "\"ts\":\""
            + NOW
            + "\"}";
    server.answer(
        "CONSUMER.INFO",
        body -> {
          nanos.addAndGet(Duration.ofSeconds(3).toNanos());
          return answer;
        });
    nanos.addAndGet(Duration.ofSeconds(21).toNanos());
    assertThat(made.nowNanos()).isPresent();
    TestQueues.await("the answer", () -> made.nowNanos().orElseThrow() == fromNow(0));
  }
}
