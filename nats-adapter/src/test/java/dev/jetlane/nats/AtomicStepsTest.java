// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.NotSupportedException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each request of an atomic push, and what it leaves behind, without a server. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class AtomicStepsTest {

  private static final String BATCH = "Nats-Batch-Id";
  private static final String STORED = "{\"stream\":\"jetlane\",\"seq\":9}";
  private static final String CODE_DUPLICATE = AnsweringServer.error(400, 10201);

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private List<PartitionAddress> addresses;
  private PushWatch watch;
  private AtomicPusher atomic;

  /** The ids that the server knows. */
  private final Set<String> known = new TreeSet<>();

  private final List<List<String>> batches = new ArrayList<>();
  private final List<String> questions = new ArrayList<>();

  private void open(NatsOptions options) {
    server.stream("jetlane", "");
    session =
        new Session(
            TestQueues.settings(options.withMaxInFlight(1)), server.wire(), DriverEvents.none());
    addresses = session.settings.layout().addresses("p");
    watch = new PushWatch(session.pushPermits, session.monitor);
    atomic =
        new AtomicPusher(session, addresses, new DelayedTasks(session, addresses.get(0)), watch);
  }

  private void open(QueueConfig config) {
    open(NatsOptions.defaults().withQueue(config));
    server.answerMessages(this::answer);
  }

  /** Answers as a server does that knows some ids. */
  private String answer(Sent one) {
    String id = one.header(WireHeaders.MESSAGE_ID);
    boolean isKnown = known.contains(id.substring(id.indexOf('/') + 1));
    if (!one.header(WireHeaders.EXPECTED_LAST_ID).isEmpty()) {
      questions.add(one.subject() + " " + id);
      return AnsweringServer.error(400, isKnown ? 10071 : 10070);
    }
    assertThat(one.header("Nats-Batch-Commit")).isEqualTo("1");
    List<String> whole =
        server.sent().stream()
            .filter(each -> each.header(BATCH).equals(one.header(BATCH)))
            .map(each -> each.header(WireHeaders.MESSAGE_ID))
            .toList();
    batches.add(whole);
    return whole.stream().anyMatch(each -> known.contains(each.substring(2)))
        ? CODE_DUPLICATE
        : STORED;
  }

  @AfterEach
  void close() {
    assertThat(watch.isFull()).as("a permit is kept").isFalse();
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private static Task ready(String id, int priority) {
    return Task.of(id, "").withPriority(priority);
  }

  private static Task later(String id, int priority) {
    return ready(id, priority).withDelay(Duration.ofHours(1));
  }

  @Test
  void theStreamOfAnotherProgramHasNoAtomicPushes() {
    open(NatsOptions.armonik());
    assertThatThrownBy(() -> atomic.push(List.of(Task.of("a", "")), soon()))
        .isInstanceOf(NotSupportedException.class)
        .hasMessageContaining("belongs to another program");
    assertThat(server.sent()).isEmpty();
  }

  /** Each ready task goes to its priority, each delayed one to the partition. */
  @Test
  void eachTaskHasItsSubject() {
    open(QueueConfig.defaults().withPriorities(3));
    List<Task> tasks = List.of(ready("a", 2), later("b", 1), ready("c", 0));
    assertThat(atomic.push(tasks, soon()))
        .extracting(PushReceipt::taskId, PushReceipt::duplicate)
        .containsExactly(tuple("a", false), tuple("b", false), tuple("c", false));
    assertThat(server.sent())
        .extracting(Sent::subject)
        .containsExactly(
            addresses.get(2).subject, addresses.get(0).delayedSubject("b"), "jetlane.p");
    assertThat(server.sent().get(1).header(WireHeaders.PRIORITY)).isEqualTo("1");
    assertThat(server.sent().get(1).header(WireHeaders.EXPECTED_LAST_ON_SUBJECT)).isEqualTo("0");
  }

  /** The dedup window is one of the partition: a question goes to priority 0. */
  @Test
  void onlyTheDuplicatesOfARefusedBatchAreLeftOut() {
    open(QueueConfig.defaults().withPriorities(3));
    known.addAll(List.of("b", "c"));
    List<Task> tasks = List.of(ready("a", 2), later("b", 1), ready("c", 1), ready("b", 2));
    assertThat(atomic.push(tasks, soon()))
        .extracting(PushReceipt::taskId, PushReceipt::duplicate)
        .containsExactly(tuple("a", false), tuple("b", true), tuple("c", true), tuple("b", true));
    assertThat(batches).containsExactly(List.of("p/a", "p/b", "p/c"), List.of("p/a"));
    assertThat(questions)
        .containsExactly(
            "jetlane.p p/a", addresses.get(0).delayedSubject("b") + " p/b", "jetlane.p p/c");
  }

  @Test
  void aBatchOfDuplicatesStoresNothing() {
    open(QueueConfig.defaults());
    known.addAll(List.of("a", "b"));
    for (int time = 1; time <= 2; time++) {
      assertThat(atomic.push(List.of(ready("a", 0), later("b", 0)), soon()))
          .allMatch(PushReceipt::duplicate);
      assertThat(batches).hasSize(time);
    }
  }

  /** Another client stores a task between the question and the second batch. */
  @Test
  void aTaskThatBecomesKnownMeanwhileIsADuplicateToo() {
    open(QueueConfig.defaults());
    known.add("a");
    server.answerMessages(
        one -> {
          String answer = answer(one);
          if (questions.size() == 3) {
            known.add("b");
          }
          return answer;
        });
    assertThat(atomic.push(List.of(ready("a", 0), ready("b", 0), ready("c", 0)), soon()))
        .extracting(PushReceipt::duplicate)
        .containsExactly(true, true, false);
    assertThat(batches)
        .containsExactly(List.of("p/a", "p/b", "p/c"), List.of("p/b", "p/c"), List.of("p/c"));
  }

  /** Duplicates need no room, so a full partition asks for them first. */
  @Test
  void aFullPartitionTakesWhatItKnows() {
    open(QueueConfig.defaults().withMaxTasks(1));
    known.add("a");
    assertThat(atomic.push(List.of(later("a", 0), later("b", 0)), soon()))
        .extracting(PushReceipt::duplicate)
        .containsExactly(true, false);
    assertThat(batches).containsExactly(List.of("p/b"));
    assertThatThrownBy(() -> atomic.push(List.of(later("c", 0), later("d", 0)), soon()))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("no room");
    assertThat(batches).hasSize(1);
  }

  /** The room of a priority is asked for once; ready tasks need no question. */
  @Test
  void theRoomIsAskedForOnce() {
    open(QueueConfig.defaults().withPriorities(2).withMaxTasks(5_000));
    List<Task> tasks = List.of(ready("a", 1), later("b", 1), later("c", 1), ready("d", 0));
    assertThat(atomic.push(tasks, soon())).hasSize(4);
    assertThat(server.asked())
        .filteredOn(one -> one.contains("\"subjects_filter\":\"jetlane.p.@priority.1\""))
        .hasSize(1);
    assertThat(server.asked()).noneMatch(one -> one.contains("\"subjects_filter\":\"jetlane.p\""));
    server.forget();
    assertThat(atomic.push(List.of(ready("e", 0), ready("f", 1)), soon())).hasSize(2);
    assertThat(server.asked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anErrorOfTheServerGivesThePermitBack(boolean ofTheRoom) {
    open(QueueConfig.defaults().withMaxTasks(5));
    for (int time = 1; time <= 2; time++) {
      if (ofTheRoom) {
        server.answer("STREAM.INFO", body -> AnsweringServer.error(500, 10008));
      } else {
        server.answerMessages(one -> AnsweringServer.error(400, 10060));
      }
      assertThatThrownBy(() -> atomic.push(List.of(later("a", 0)), soon()))
          .isInstanceOf(TaskQueueException.class);
      assertThat(watch.isFull()).isFalse();
    }
  }

  /** The first batch may have been stored by an answer that was lost: nothing may be claimed. */
  @Test
  void aQuestionThatFailsLeavesTheOutcomeUnknown() {
    open(QueueConfig.defaults());
    known.add("a");
    server.answerMessages(
        one -> {
          if (!one.header(WireHeaders.EXPECTED_LAST_ID).isEmpty()) {
            return AnsweringServer.NO_RESPONDERS;
          }
          return answer(one);
        });
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
    assertThatThrownBy(() -> atomic.push(List.of(ready("a", 0), ready("b", 0)), deadlineNanos))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasCauseInstanceOf(QueueUnavailableException.class);
  }

  @Test
  void anEmptyListIsStoredWithoutARequest() {
    open(QueueConfig.defaults());
    assertThat(atomic.push(List.of(), soon())).isEmpty();
    assertThat(server.sent()).isEmpty();
  }
}
