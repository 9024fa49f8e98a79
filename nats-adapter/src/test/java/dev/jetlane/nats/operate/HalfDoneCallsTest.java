// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetterQuery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every call of several steps, each of which a server refuses in turn: only the refusal of the
 * first step means that nothing has changed.
 */
@Timeout(60)
class HalfDoneCallsTest {

  private static final long STEP = TimeUnit.MINUTES.toNanos(1);
  private static final String PAUSED = ",\"paused\":true,\"pause_remaining\":60000000000";
  private static final String TIME = ",\"ts\":\"2026-01-01T00:00:00Z\"";

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private NatsPartitionAdmin admin;
  private DeadLetterStore letters;

  @BeforeEach
  void open() {
    session =
        new Session(
            TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
    QueueLayout layout = session.settings.layout().withPriorities(3);
    admin = new NatsPartitionAdmin(session, new NatsAdmin(session), layout, "p");
    letters = new DeadLetterStore(session, layout.addresses("p"));
    server.stream("jetlane", "");
    server.stream("jetlane-dead", "");
    for (String consumer : new String[] {"p", "p@1", "p@2"}) {
      String subject = "jetlane." + consumer.replace("@", ".@priority.");
      server.consumer("jetlane", consumer, subject, PAUSED + TIME);
    }
    server.consumer("jetlane", "target", "jetlane.target", "");
    server.store(layout.address("p").deadSubject("a"), new Headers(), Instant.EPOCH);
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + STEP;
  }

  private void call(String name) {
    switch (name) {
      case "purge" -> assertThat(admin.purge(soon())).isNotNegative();
      case "delete" -> admin.delete(true, soon());
      case "pause" -> admin.pause(Duration.ofHours(1), soon());
      case "resume" -> admin.resume(soon());
      case "redrive" -> assertThat(letters.redrive("a", soon())).isTrue();
      case "move" -> assertThat(letters.move("a", "target", soon())).isTrue();
      case "redrive page" ->
          assertThat(letters.redrivePage(DeadLetterQuery.defaults(), STEP)).isPresent();
      case "move page" ->
          assertThat(letters.movePage(DeadLetterQuery.defaults(), "target", STEP)).isPresent();
      default -> throw new IllegalArgumentException(name);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "purge, STREAM.PURGE, 1, false",
    "purge, STREAM.PURGE, 2, true",
    "purge, STREAM.PURGE, 3, true",
    "delete, CONSUMER.DELETE, 1, false",
    "delete, CONSUMER.DELETE, 2, true",
    "delete, CONSUMER.DELETE, 3, true",
    "delete, STREAM.PURGE, 1, true",
    "delete, STREAM.PURGE, 2, true",
    "delete, STREAM.PURGE, 4, true",
    "pause, CONSUMER.PAUSE, 1, false",
    "pause, CONSUMER.PAUSE, 2, true",
    "pause, CONSUMER.PAUSE, 3, true",
    "resume, CONSUMER.PAUSE, 1, false",
    "resume, CONSUMER.PAUSE, 2, true",
    "resume, CONSUMER.PAUSE, 3, true",
    "redrive, jetlane.p, 1, false",
    "redrive, STREAM.MSG.DELETE, 1, true",
    "move, jetlane.target, 1, false",
    "move, STREAM.MSG.DELETE, 1, true",
    "redrive page, STREAM.MSG.DELETE, 1, true",
    "move page, STREAM.MSG.DELETE, 1, true"
  })
  void aRefusalAfterTheFirstStepIsHalfDone(String call, String step, int number, boolean half) {
    AtomicInteger steps = new AtomicInteger();
    server.answer(
        step,
        body ->
            steps.incrementAndGet() == number
                ? AnsweringServer.error(503, 10077)
                : step.startsWith("CONSUMER.PAUSE")
                    // The second try of a resume that was too late is its third exchange.
                    ? "{\"paused\":true,\"pause_remaining\":" + number % 2 + "}"
                    : "{\"success\":true,\"purged\":1}");
    assertThatThrownBy(() -> call(call))
        .as("%s after the refusal of step %d of %s", call, number, step)
        .isInstanceOf(half ? OutcomeUnknownException.class : QueueUnavailableException.class)
        .satisfies(e -> assertThat(("" + e.getMessage()).contains("done in part")).isEqualTo(half));
    assertThat(steps.get()).as("no step follows the refused one").isEqualTo(number);
  }
}
