// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Removal;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.testing.Pauses;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The time of the calls that read or change many tasks, without a server: it grows with their
 * number, and a part that is slow takes no time of the next one.
 */
@Timeout(60)
class OperatorTimesTest {

  private static final int LETTERS = 20;
  private static final Duration STEP = Duration.ofMillis(500);

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private QueueLayout layout;
  private DeadLetterStore letters;

  @BeforeEach
  void open() {
    NatsOptions options = NatsOptions.defaults().withRequestTimeout(TestQueues.REQUEST_TIMEOUT);
    session = new Session(TestQueues.settings(options), server.wire(), DriverEvents.none());
    layout = session.settings.layout().withPriorities(2);
    letters = new DeadLetterStore(session, layout.addresses("p"));
    server.stream("jetlane", "");
    server.stream("jetlane-dead", "");
  }

  @AfterEach
  void close() {
    session.close();
  }

  private void letters(int count, int bytes) {
    for (int i = 0; i < count; i++) {
      server.store(
          layout.address("p").deadSubject("a" + i), new Headers(), new byte[bytes], Instant.EPOCH);
    }
  }

  /** A page has the time for its letters, which may be as many as a page can have. */
  @Test
  void theReadingOfAPageMayTakeLongerThanALetter() {
    server.answer(
        "STREAM.MSG.GET",
        body -> {
          Pauses.work(Duration.ofMillis(30));
          return AnsweringServer.error(404, 10037);
        });
    DeadLetterQuery all = DeadLetterQuery.defaults().withMax(1);
    long stepNanos = Duration.ofMillis(1).toNanos();
    assertThat(letters.removePage(all, stepNanos).orElseThrow().items()).isEmpty();
    assertThat(letters.redrivePage(all, stepNanos).orElseThrow().items()).isEmpty();
  }

  /** Twenty removals take two steps, and have twenty. */
  @Test
  void theRemovalOfAPageHasTheTimeOfItsLetters() {
    letters(LETTERS, 1);
    slowRemovals(10);
    long stepNanos = Duration.ofMillis(100).toNanos();
    assertThat(letters.removePage(DeadLetterQuery.defaults(), stepNanos).orElseThrow().items())
        .hasSize(LETTERS);
  }

  private void slowRemovals(long millis) {
    server.answer(
        "STREAM.MSG.DELETE",
        body -> {
          Pauses.work(Duration.ofMillis(millis));
          return "{\"success\":true}";
        });
  }

  /** The removal of the first ten letters takes longer than the time of a group. */
  @Test
  void eachGroupOfTasksHasItsOwnTime() {
    letters(11, 100_000);
    slowRemovals(60);
    // The confirmation of its repetition needs a deadline that is not over.
    AtomicInteger tasks = new AtomicInteger();
    server.silence(one -> one.subject().equals("jetlane.p") && tasks.incrementAndGet() == 11);
    assertThat(
            letters.redrivePage(DeadLetterQuery.defaults(), STEP.toNanos()).orElseThrow().items())
        .hasSize(11);
    assertThat(tasks.get()).as("with the repetition").isGreaterThan(11);
  }

  /** The tasks of the higher priority are many, and the task is in the next one. */
  @Test
  void aSearchHasTheTimeOfTheTasksThatItReads() {
    TaskPages pages = new TaskPages(session, layout, layout.addresses("p"));
    Headers id = new Headers().put(WireHeaders.MESSAGE_ID, "p/low");
    server.store("jetlane.p", id, Instant.EPOCH);
    AtomicInteger read = new AtomicInteger();
    server.answer(
        "STREAM.MSG.GET.jetlane",
        body -> {
          if (body.contains("last_by_subj")) {
            return AnsweringServer.error(404, 10037);
          }
          if (body.contains("@priority.1")) {
            if (read.getAndIncrement() == 0) {
              Pauses.work(STEP.plusMillis(200));
            }
            return AnsweringServer.error(404, 10037);
          }
          return "{\"message\":{\"subject\":\"jetlane.p\",\"seq\":1,\"hdrs\":\"%s\",\"time\":\"%s\"}}"
              .formatted(
                  java.util.Base64.getEncoder().encodeToString(id.getSerialized()), Instant.EPOCH);
        });
    assertThat(pages.remove("low", STEP.toNanos())).isEqualTo(Removal.REMOVED);
  }
}
