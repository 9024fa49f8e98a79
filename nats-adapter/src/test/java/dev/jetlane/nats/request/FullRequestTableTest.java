// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests on a socket of ours: with all slots taken, without room, and who writes them. */
@Timeout(60)
class FullRequestTableTest {

  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final Wire wire = new Wire();
  private final FrameWriter writer = wire.newSocket();
  private final List<String> threads = new CopyOnWriteArrayList<>();
  private Session session;

  @BeforeEach
  void open() {
    calls.with("flushBuffer", none -> write());
    wire.bind(calls.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
  }

  @AfterEach
  void close() {
    session.close();
  }

  private @Nullable Object write() throws IOException {
    writer.writeTo((bytes, length) -> threads.add(Thread.currentThread().getName()));
    return null;
  }

  private SentRecord send(Urgency urgency, long allowedNanos) {
    SentRecord request = SentRecord.always();
    long deadlineNanos = System.nanoTime() + allowedNanos;
    var unused = session.requests.send(request, urgency, deadlineNanos);
    return request;
  }

  /** Its caller may send it again: nothing was sent. */
  @Test
  void aRequestWithoutASlotFailsAsNotDone() throws Exception {
    List<SentRecord> all = new ArrayList<>();
    for (int i = 0; i < RequestSlots.COUNT; i++) {
      all.add(send(Urgency.PIPELINED, MINUTE));
    }
    SentRecord late = send(Urgency.PIPELINED, -1);
    assertThat(late)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(QueueUnavailableException.class)
        .withMessage("record: 65536 requests are waiting for answers");
    assertThat(late.released).containsExactly("QueueUnavailableException");
    assertThat(late.doneAtRelease).isFalse();
    assertThat(late.tries).isZero();
    session.requests.close();
    assertThat(all).allMatch(SentRecord::isDone);
    session.requests.awaitIdle(System.nanoTime() + 10 * MINUTE); // Nothing is counted twice.
  }

  /** A wait for room would delay the deadlines of all other requests. */
  @Test
  void withoutRoomNothingIsRepeatedAndEachRequestEndsByItsDeadline() {
    SentRecord request = send(Urgency.PIPELINED, TimeUnit.MILLISECONDS.toNanos(200));
    calls.with("flushBuffer", none -> null);
    writer.publish("a", new byte[1 << 20]);
    assertThat(writer.hasRoom()).isFalse();
    int before = request.tries;
    session.requests.reconnected();
    assertThat(request)
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknownException.class);
    assertThat(request.tries).isEqualTo(before);
  }

  /** Leases are extended on the timer's thread, which also ends all other requests. */
  @ParameterizedTest
  @ValueSource(ints = {70_000, 1 << 20})
  void aRequestOfTheTimerDoesNotDelayADeadline(int waitingBytes) {
    SentRecord other = send(Urgency.PIPELINED, TimeUnit.MILLISECONDS.toNanos(200));
    calls.with("flushBuffer", none -> null);
    writer.publish("a", new byte[waitingBytes]);
    List<SentRecord> extensions = new CopyOnWriteArrayList<>();
    session.timer.after(
        "extensions",
        0,
        () -> {
          for (int i = 0; i < 10; i++) {
            extensions.add(send(Urgency.PIPELINED, MINUTE));
          }
        });
    assertThat(other)
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknownException.class);
    calls.with("flushBuffer", none -> write());
    writer.flush();
    TestQueues.await("10 requests", () -> extensions.size() == 10);
    TestQueues.await("sent", () -> extensions.stream().allMatch(each -> each.tries > 0));
  }

  /** The caller is about to wait, so its thread has time to write. */
  @Test
  void onlyAnAwaitedRequestIsWrittenByItsCaller() {
    String me = Thread.currentThread().getName();
    for (int i = 0; i < 10; i++) {
      var unused = send(Urgency.AWAITED, MINUTE);
      writer.heard();
    }
    assertThat(threads).contains(me);
    threads.clear();
    try (RequestTable.Batch batch = session.requests.batch()) {
      for (int i = 0; i < 10; i++) {
        var unused = batch.send(SentRecord.always(), System.nanoTime() + MINUTE);
        batch.flush();
      }
    }
    assertThat(threads).contains(me);
    threads.clear();
    for (Urgency urgency : List.of(Urgency.PIPELINED, Urgency.DEFERRED)) {
      SentRecord request = send(urgency, MINUTE);
      TestQueues.await("written", () -> !threads.isEmpty());
      assertThat(threads).as("%s", urgency).doesNotContain(me);
      assertThat(request).isNotDone();
      threads.clear();
    }
  }

  /** Without this the close of the queue would write nothing. */
  @Test
  void theCloseOfABatchWritesIt() {
    for (int i = 0; i < 5; i++) {
      threads.clear();
      RequestTable.Batch batch = session.requests.batch();
      var unused = batch.send(SentRecord.always(), System.nanoTime() + MINUTE);
      batch.close();
      assertThat(threads).as("written when the close returns").isNotEmpty();
    }
  }

  @Test
  void aReconnectSendsAllRequestsAgain() {
    SentRecord first = send(Urgency.PIPELINED, MINUTE);
    SentRecord second = send(Urgency.AWAITED, MINUTE);
    int before = first.tries;
    int secondBefore = second.tries;
    wire.monitor().connectionEvent(calls.connection(), Events.RESUBSCRIBED);
    TestQueues.await("first", () -> first.tries > before);
    TestQueues.await("second", () -> second.tries > secondBefore);
    assertThat(first.unanswered).isEqualTo(2);
  }

  /** Otherwise a slow server would not slow its senders down. */
  @Test
  void manyBytesAreWrittenByTheirSenderBeforeTheCallReturns() {
    requireWrittenByItsCaller(
        "a deferred request",
        () -> {
          var unused = session.requests.send(large(), Urgency.DEFERRED, System.nanoTime() + MINUTE);
        });
    try (RequestTable.Batch batch = session.requests.batch()) {
      requireWrittenByItsCaller(
          "before the end of the batch",
          () -> {
            var unused = batch.send(large(), System.nanoTime() + MINUTE);
          });
    }
  }

  /** The thread of the writer may be faster now and then. */
  private void requireWrittenByItsCaller(String what, Runnable send) {
    String me = Thread.currentThread().getName();
    threads.clear();
    for (int i = 0; i < 20 && !threads.contains(me); i++) {
      int before = threads.size();
      writer.heard();
      send.run();
      TestQueues.await("written", () -> threads.size() > before);
    }
    assertThat(threads).as(what).contains(me);
  }

  private static SentRecord large() {
    SentRecord request = SentRecord.always();
    request.content = new byte[40_000];
    return request;
  }
}
