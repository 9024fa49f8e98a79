// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Settings;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The count of the delayed tasks, and their cancellation, without a server. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class DelayedRoomTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int LIMIT = 5_000;

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private List<PartitionAddress> addresses;
  private DelayedTasks delayed;

  private void open(QueueConfig config) {
    session =
        new Session(
            TestQueues.settings(NatsOptions.defaults().withQueue(config)),
            server.wire(),
            DriverEvents.none());
    addresses = session.settings.layout().addresses("p");
    delayed = new DelayedTasks(session, addresses.get(0));
    server.stream("jetlane", "");
  }

  private void open(int maxTasks) {
    open(TestQueues.config().withPriorities(3).withMaxTasks(maxTasks));
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private void storeDelayed(int count) {
    for (int i = 0; i < count; i++) {
      server.store(addresses.get(0).delayedSubject("t" + i), new Headers(), NOW);
    }
  }

  private void consumer(int pending, int ackPending) {
    server.consumer(
        "jetlane",
        "@later",
        "jetlane.*.@later.>",
        ",\"num_pending\":" + pending + ",\"num_ack_pending\":" + ackPending);
  }

  private long asked(String request) {
    return server.asked().stream().filter(one -> one.startsWith(request)).count();
  }

  private static Task delayed(String id, int priority) {
    return Task.of(id, "").withPriority(priority).withDelay(Duration.ofHours(1));
  }

  /** A mover holds most delayed tasks, so they are outstanding for their consumer. */
  @Test
  void farFromTheLimitTheCountOfTheStreamIsEnough() {
    open(LIMIT);
    storeDelayed(3);
    server.store(addresses.get(1).subject, new Headers(), NOW);
    consumer(10, 2_000);
    assertThat(delayed.room(addresses.get(1), soon())).isEqualTo(LIMIT - 1 - 2_010);
  }

  /** The count of the consumer lags, so near the limit the partition itself is counted. */
  @Test
  void nearTheLimitTheDelayedTasksOfThePartitionAreCounted() {
    open(LIMIT);
    storeDelayed(3);
    consumer(2_000, 2_000);
    assertThat(delayed.room(addresses.get(0), soon())).isEqualTo(LIMIT - 3);
  }

  @Test
  void withoutTheConsumerTheDelayedTasksOfThePartitionAreCounted() {
    open(LIMIT);
    storeDelayed(3);
    assertThat(delayed.room(addresses.get(0), soon())).isEqualTo(LIMIT - 3);
  }

  @Test
  void aClientThatMayNotAskForTheConsumerAsksOnce() {
    open(LIMIT);
    storeDelayed(3);
    server.answer(
        "CONSUMER.INFO",
        body -> {
          server
              .wire()
              .errorOccurred(
                  server.connection(),
                  "Permissions Violation for Publish to"
                      + " \"$JS.API.CONSUMER.INFO.jetlane.@later\"");
          return null;
        });
    for (int time = 1; time <= 2; time++) {
      assertThat(delayed.room(addresses.get(0), soon())).isEqualTo(LIMIT - 3);
    }
    assertThat(asked("CONSUMER.INFO")).isEqualTo(1);
  }

  @Test
  void anUnlimitedPartitionAsksForNothing() {
    open(TestQueues.config());
    assertThat(delayed.isLimited()).isFalse();
    assertThat(delayed.room(addresses.get(0), soon())).isEqualTo(Long.MAX_VALUE);
    assertThat(server.asked()).isEmpty();
  }

  /**
   * The delayed tasks of all priorities share the room, the ready ones have a room of their own.
   */
  @Test
  void aBatchCountsDownTheRoomOfEachPriority() {
    open(3);
    List<Task> batch =
        List.of(
            delayed("a", 0), Task.of("b", "").withPriority(1), delayed("c", 1), delayed("d", 0));
    DelayedCapacity capacity =
        new DelayedCapacity(delayed, addresses, batch, TimeUnit.MINUTES.toNanos(1));
    assertThat(capacity.of(batch.get(0), DelayedRoomTest::unexpected)).isEqualTo(3);
    capacity.took(batch.get(0));
    assertThat(capacity.of(batch.get(1), DelayedRoomTest::unexpected)).isZero();
    capacity.took(batch.get(1));
    assertThat(capacity.of(batch.get(2), DelayedRoomTest::unexpected)).isEqualTo(1);
    capacity.took(batch.get(2));
    assertThat(capacity.of(batch.get(3), DelayedRoomTest::unexpected)).isEqualTo(1);
  }

  private static void unexpected() {
    throw new AssertionError("the room is known");
  }

  /**
   * After the last place the server is asked again, each time after the earlier tasks are known.
   */
  @Test
  void afterTheLastPlaceTheServerIsAskedAgain() {
    open(1);
    List<Task> batch = List.of(delayed("a", 0), delayed("b", 0), delayed("c", 0));
    DelayedCapacity capacity =
        new DelayedCapacity(delayed, addresses, batch, TimeUnit.MINUTES.toNanos(1));
    StringBuilder waits = new StringBuilder();
    for (Task task : batch) {
      assertThat(capacity.of(task, () -> waits.append(task.id()))).isEqualTo(1);
      capacity.took(task);
    }
    assertThat(waits.toString()).isEqualTo("bc");
    storeDelayed(1);
    assertThat(capacity.of(batch.get(2), () -> waits.append("!"))).isZero();
    assertThat(capacity.of(batch.get(2), () -> waits.append("?"))).isZero();
    assertThat(waits.toString()).as("a full partition is not asked again").isEqualTo("bc!");
  }

  /** The error of one priority is that of each of its tasks, and of no other one. */
  @Test
  void anErrorIsThatOfItsPriorityAlone() {
    open(3);
    server.answer(
        "STREAM.INFO",
        body ->
            body.contains("@priority.2")
                ? AnsweringServer.error(503, 10008)
                : "{\"state\":{\"messages\":0}}");
    List<Task> batch = List.of(delayed("a", 2), delayed("b", 0), delayed("c", 2));
    DelayedCapacity capacity =
        new DelayedCapacity(delayed, addresses, batch, TimeUnit.MINUTES.toNanos(1));
    long before = asked("STREAM.INFO");
    for (Task task : List.of(batch.get(0), batch.get(2))) {
      assertThatThrownBy(() -> capacity.of(task, DelayedRoomTest::unexpected))
          .isInstanceOf(QueueUnavailableException.class);
    }
    assertThat(capacity.of(batch.get(1), DelayedRoomTest::unexpected)).isEqualTo(3);
    assertThat(asked("STREAM.INFO")).isEqualTo(before);
  }

  @Test
  void aCancelledTaskIsRemovedAndTheNoteStays() {
    open(LIMIT);
    storeDelayed(2);
    assertThat(delayed.cancel("t1", soon())).isTrue();
    assertThat(server.subjects())
        .containsExactly(
            addresses.get(0).delayedSubject("t0"), addresses.get(0).cancelledSubject("t1"));
    assertThat(server.sent()).hasSize(1);
    assertThat(server.sent().get(0).header(WireHeaders.MESSAGE_ID)).isEqualTo("p~2");
    assertThat(delayed.cancel("t1", soon())).as("the second time").isFalse();
    assertThat(delayed.cancel("t9", soon())).as("an unknown task").isFalse();
    assertThat(server.sent()).hasSize(1);
  }

  /** Its mover has stored the task under the same id. */
  @Test
  void aTaskThatIsMovedMeanwhileIsNotCancelled() {
    open(LIMIT);
    storeDelayed(1);
    server.store("jetlane.p", new Headers().put(WireHeaders.MESSAGE_ID, "p~1"), NOW);
    assertThat(delayed.cancel("t0", soon())).isFalse();
    assertThat(server.subjects()).as("the ready task stays").containsExactly("jetlane.p");
  }

  /** Its note is stored and the task not removed: after the dedup window it would become ready. */
  @Test
  void aRepeatedCancellationRemovesTheTask() {
    open(LIMIT);
    storeDelayed(1);
    String note = addresses.get(0).cancelledSubject("t0");
    server.store(note, new Headers().put(WireHeaders.MESSAGE_ID, "p~1"), NOW);
    assertThat(delayed.cancel("t0", soon())).isFalse();
    assertThat(server.subjects()).containsExactly(note);
  }

  /** The mover removes it when it reads the note. */
  @Test
  void theTaskIsCancelledAlthoughAnotherClientRemovedItsMessage() {
    open(LIMIT);
    storeDelayed(1);
    server.answer("STREAM.MSG.DELETE", body -> AnsweringServer.error(404, 10043));
    assertThat(delayed.cancel("t0", soon())).isTrue();
  }

  /** The note is stored, so the error must not promise that nothing has changed. */
  @Test
  void aCancellationThatLosesItsSecondStepIsHalfDone() {
    open(LIMIT);
    storeDelayed(1);
    server.answer("STREAM.MSG.DELETE", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(() -> delayed.cancel("t0", soon()))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("done in part");
  }

  /** The count of the consumer may lag by as many tasks as the margin has. */
  @ParameterizedTest
  @CsvSource({"3999, 1001", "4000, 4997", "4001, 4997", "6000, 4997"})
  void theMarginDecidesWhatIsCounted(int inStream, long room) {
    open(LIMIT);
    storeDelayed(3);
    consumer(inStream, 0);
    assertThat(delayed.room(addresses.get(0), soon())).isEqualTo(room);
  }

  /** A partition with more tasks than its limit, which was lowered. */
  @Test
  void anOverfullPartitionHasNoRoom() {
    open(1);
    storeDelayed(3);
    assertThat(delayed.room(addresses.get(0), soon())).isNegative();
    Task task = delayed("a", 0);
    DelayedCapacity capacity =
        new DelayedCapacity(delayed, addresses, List.of(task), TimeUnit.MINUTES.toNanos(1));
    assertThat(capacity.of(task, DelayedRoomTest::unexpected)).isNegative();
  }

  @Test
  void aBatchWithoutDelayedTasksAsksForNothing() {
    open(3);
    List<Task> batch = List.of(Task.of("a", ""), Task.of("b", "").withPriority(2));
    DelayedCapacity capacity =
        new DelayedCapacity(delayed, addresses, batch, TimeUnit.MINUTES.toNanos(1));
    for (Task task : batch) {
      assertThat(capacity.of(task, DelayedRoomTest::unexpected)).isZero();
      capacity.took(task);
    }
    assertThat(server.asked()).isEmpty();
  }

  /** Its tasks fail, although the server has answered before. */
  @Test
  void aLaterQuestionThatFailsIsTheErrorOfTheTask() {
    open(1);
    List<Task> batch = List.of(delayed("a", 0), delayed("b", 0), delayed("c", 0));
    DelayedCapacity capacity =
        new DelayedCapacity(delayed, addresses, batch, TimeUnit.MINUTES.toNanos(1));
    assertThat(capacity.of(batch.get(0), DelayedRoomTest::unexpected)).isEqualTo(1);
    capacity.took(batch.get(0));
    server.answer("STREAM.INFO", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(() -> capacity.of(batch.get(1), () -> {}))
        .isInstanceOf(QueueUnavailableException.class);
    long asked = asked("STREAM.INFO");
    assertThatThrownBy(() -> capacity.of(batch.get(2), DelayedRoomTest::unexpected))
        .as("the next task")
        .isInstanceOf(QueueUnavailableException.class);
    assertThat(asked("STREAM.INFO")).as("a failed question is not repeated").isEqualTo(asked);
  }

  /** The earlier tasks of the batch may have taken all of the time of the first question. */
  @Test
  void aLaterQuestionHasItsOwnTime() {
    open(1);
    List<Task> batch = List.of(delayed("a", 0), delayed("b", 0));
    long timeoutNanos = TimeUnit.MILLISECONDS.toNanos(500);
    DelayedCapacity capacity = new DelayedCapacity(delayed, addresses, batch, timeoutNanos);
    long overNanos = System.nanoTime() + timeoutNanos;
    assertThat(capacity.of(batch.get(0), DelayedRoomTest::unexpected)).isEqualTo(1);
    capacity.took(batch.get(0));
    Runnable sent =
        () -> TestQueues.await("the end of that time", () -> System.nanoTime() - overNanos > 0);
    assertThat(capacity.of(batch.get(1), sent)).isEqualTo(1);
  }

  /** Armonik's queue has none: no consumer would answer. */
  @Test
  void aFormatWithoutDelaysHasNoDelayedTasks() {
    open(3);
    Settings own = session.settings;
    Dialect without =
        new Dialect() {
          @Override
          public boolean hasDelays() {
            return false;
          }
        };
    Settings settings = TestQueues.withDialect(own, without);
    Session other = new Session(settings, server.wire(), DriverEvents.none());
    DelayedTasks none = new DelayedTasks(other, addresses.get(0));
    storeDelayed(1);
    assertThat(none.count(soon())).isZero();
    assertThat(none.cancel("t0", soon())).isFalse();
    assertThat(server.asked()).isEmpty();
    server.store(addresses.get(1).subject, new Headers(), NOW);
    assertThat(none.room(addresses.get(1), soon())).isEqualTo(2);
    assertThat(asked("CONSUMER.INFO")).isZero();
    other.close();
  }

  /** Delayed tasks of other partitions and notes are not those of the partition. */
  @Test
  void theCountIsThatOfThePartition() {
    open(LIMIT);
    storeDelayed(2);
    server.store(addresses.get(0).cancelledSubject("t9"), new Headers(), NOW);
    server.store(session.settings.layout().address("q").delayedSubject("t"), new Headers(), NOW);
    assertThat(delayed.count(soon())).isEqualTo(2);
  }

  /** The note is the decision, so a cancellation without an answer to it says so. */
  @Test
  void aCancellationWhoseNoteHasNoAnswerIsUnknown() {
    open(LIMIT);
    storeDelayed(1);
    server.answer(
        addresses.get(0).cancelledSubject("t0"), body -> AnsweringServer.error(400, 10060));
    assertThatThrownBy(() -> delayed.cancel("t0", soon()))
        .hasMessageContaining("cancellation of delayed task t0");
    assertThat(asked("STREAM.MSG.DELETE")).isZero();
    assertThat(server.subjects()).hasSize(1);
  }

  /** A repetition finds the note of the first try, or the task that a mover has stored. */
  @Test
  void aCancellationThatIsRepeatedDoesNotKnowItsOutcome() {
    open(LIMIT);
    storeDelayed(1);
    AtomicBoolean lost = new AtomicBoolean();
    server.silence(one -> lost.compareAndSet(false, true));
    server.answer(
        addresses.get(0).cancelledSubject("t0"),
        body -> "{\"stream\":\"jetlane\",\"seq\":1,\"duplicate\":true}");
    CompletableFuture<Boolean> cancellation =
        CompletableFuture.supplyAsync(() -> delayed.cancel("t0", soon()));
    TestQueues.await("the note", lost::get);
    server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThatThrownBy(() -> cancellation.get(1, TimeUnit.MINUTES))
        .hasCauseInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("cancellation of delayed task t0: an answer was lost");
    assertThat(asked("STREAM.MSG.DELETE")).as("either way the message is of no use").isOne();
  }
}
