// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskState;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Settings;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tasks of a partition as an operator sees them, without a server. */
@Timeout(60)
class TaskPlacesTest {

  private static final long STEP = TimeUnit.MINUTES.toNanos(1);

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Instant now = Instant.now();
  private Session session;
  private QueueLayout layout;
  private TaskPages pages;

  /** Two priorities with an outstanding task, a gap and a ready task each, and a delayed task. */
  @BeforeEach
  void open() {
    session =
        new Session(
            TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
    layout = session.settings.layout().withPriorities(2);
    pages = new TaskPages(session, layout, layout.addresses("p"));
    server.stream("jetlane", "");
    store("jetlane.p", "low-held", now.minusSeconds(60));
    store("jetlane.p.@priority.1", "high-held", now.minusSeconds(50));
    store("jetlane.q", "other", now);
    store("jetlane.p", "low", now.minusSeconds(40));
    store("jetlane.p.@priority.1", "high", now.plusSeconds(3_600));
    server.store(
        layout.address("p").delayedSubject("later"),
        headers("later")
            .put(WireHeaders.DELAY, "PT1H")
            .put(WireHeaders.PRIORITY, "1")
            .put("Color", "blue"),
        now.minusSeconds(600));
    server.consumer("jetlane", "p", "jetlane.p", ",\"delivered\":{\"stream_seq\":1}");
    server.consumer("jetlane", "p@1", "jetlane.p.@priority.1", ",\"delivered\":{\"stream_seq\":2}");
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static Headers headers(String id) {
    return new Headers().put(WireHeaders.MESSAGE_ID, "p/" + id);
  }

  private void store(String subject, String id, Instant time) {
    server.store(subject, headers(id), time);
  }

  private static long soon() {
    return System.nanoTime() + STEP;
  }

  private List<String> ids(TaskQuery query) {
    List<String> all = new ArrayList<>();
    Page<TaskInfo> page = pages.page(query, soon());
    page.items().forEach(each -> all.add(each.id()));
    while (page.next().isPresent()) {
      assertThat(page.items()).as("a page before the last one").hasSize(query.max());
      page = pages.page(query.withStart(page.next().get()), soon());
      page.items().forEach(each -> all.add(each.id()));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 100})
  void pagesOfEachSizeShowEachTaskOnce(int max) {
    server.store(
        layout.address("p").delayedSubject("last"),
        headers("last").put(WireHeaders.DELAY, "PT1H"),
        now);
    TaskQuery query = TaskQuery.defaults().withMax(max);
    assertThat(ids(query)).containsExactly("high-held", "high", "low-held", "low", "later", "last");
    assertThat(ids(query.withState(TaskState.READY))).containsExactly("high", "low");
    assertThat(ids(query.withState(TaskState.OUTSTANDING)))
        .containsExactly("high-held", "low-held");
    assertThat(ids(query.withState(TaskState.DELAYED))).containsExactly("later", "last");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1:", ":1", "-1:1", "1:x", "100:1", "1:1234567890123456789"})
  void aMalformedStartIsRefused(String start) {
    TaskQuery query = TaskQuery.defaults().withStart(start);
    assertThatThrownBy(() -> pages.page(query, soon()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("start of a page");
  }

  @Test
  void aStartBehindTheLastGroupIsAnEmptyPage() {
    Page<TaskInfo> page = pages.page(TaskQuery.defaults().withStart("99:1"), soon());
    assertThat(page.items()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  @Test
  void eachFieldIsThatOfTheTask() {
    assertThat(pages.page(TaskQuery.defaults(), soon()).items())
        .extracting(
            TaskInfo::id,
            TaskInfo::state,
            each -> each.attempts().isPresent(),
            TaskInfo::priority,
            each -> each.dueIn().isPresent(),
            TaskInfo::payloadBytes)
        .containsExactly(
            tuple("high-held", TaskState.OUTSTANDING, false, 1, false, 1),
            tuple("high", TaskState.READY, true, 1, false, 1),
            tuple("low-held", TaskState.OUTSTANDING, false, 0, false, 1),
            tuple("low", TaskState.READY, true, 0, false, 1),
            tuple("later", TaskState.DELAYED, true, 1, true, 1));
    TaskInfo later = pages.find("later", STEP).orElseThrow();
    assertThat(later.headers()).containsOnlyKeys("Color");
    assertThat(later.dueIn().orElseThrow())
        .isBetween(Duration.ofSeconds(2_000), Duration.ofSeconds(3_000));
    assertThat(later.age()).isBetween(Duration.ofSeconds(600), Duration.ofSeconds(1_600));
    assertThat(later.payload().orElseThrow()).containsExactly('b');
  }

  /** The clock of the server may be ahead. */
  @Test
  void noTimeIsNegative() {
    assertThat(pages.find("high", STEP).orElseThrow().age()).isZero();
    server.store(
        layout.address("p").delayedSubject("over"),
        headers("over").put(WireHeaders.DELAY, "PT1S"),
        now.minusSeconds(5));
    assertThat(pages.find("over", STEP).orElseThrow().dueIn()).contains(Duration.ZERO);
  }

  @Test
  void payloadsAreShownOnRequest() {
    assertThat(pages.page(TaskQuery.defaults(), soon()).items())
        .allMatch(each -> each.payload().isEmpty());
    assertThat(pages.page(TaskQuery.defaults().withPayloads(), soon()).items())
        .allMatch(each -> each.payload().isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "high, REMOVED",
    "low, REMOVED",
    "later, REMOVED",
    "high-held, OUTSTANDING",
    "low-held, OUTSTANDING",
    "other, NOT_FOUND"
  })
  void aTaskIsRemovedUnlessAWorkerHoldsIt(String id, Removal removal) {
    int before = server.subjects().size();
    assertThat(pages.remove(id, STEP)).isEqualTo(removal);
    boolean removed = removal == Removal.REMOVED;
    assertThat(pages.find(id, STEP))
        .matches(one -> one.isPresent() == (removal == Removal.OUTSTANDING));
    // The note of a cancelled task stays for a mover.
    assertThat(server.subjects()).hasSize(before - (removed && !id.equals("later") ? 1 : 0));
    assertThat(pages.remove(id, STEP))
        .as("the second time")
        .isEqualTo(removed ? Removal.NOT_FOUND : removal);
  }

  /** A search can be long, and the consumer goes on meanwhile. */
  @Test
  void aTaskThatAWorkerTakesDuringTheSearchIsNotRemoved() {
    AtomicInteger looks = new AtomicInteger();
    server.answer(
        "CONSUMER.INFO.jetlane.p",
        body ->
            "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"jetlane\",\"name\":\"p\","
                + "\"config\":{\"filter_subject\":\"jetlane.p\"},\"delivered\":{\"stream_seq\":%d}}"
                    .formatted(looks.incrementAndGet() == 1 ? 1 : 4));
    server.answer("CONSUMER.INFO.jetlane.p@1", body -> AnsweringServer.error(404, 10014));
    assertThat(pages.remove("low", STEP)).isEqualTo(Removal.OUTSTANDING);
    assertThat(server.asked()).noneMatch(one -> one.startsWith("STREAM.MSG.DELETE"));
    looks.set(0);
    assertThat(pages.find("low", STEP).orElseThrow().state()).isEqualTo(TaskState.OUTSTANDING);
  }

  /** Stores the copy of the delayed task, as its mover does before it removes the task. */
  private void copyOfLater() {
    server.store(
        "jetlane.p",
        new Headers().put(WireHeaders.MESSAGE_ID, "p~6").put(WireHeaders.TASK_ID, "later"),
        now);
  }

  /** For a moment the task is in both places. */
  @Test
  void aTaskThatItsMoverHasStoredIsRemoved() {
    copyOfLater();
    assertThat(pages.remove("later", STEP)).isEqualTo(Removal.REMOVED);
    assertThat(server.subjects()).as("neither place has it").hasSize(5);
  }

  @Test
  void aTaskThatItsMoverHasStoredAndAWorkerHoldsStays() {
    copyOfLater();
    server.consumer("jetlane", "p", "jetlane.p", ",\"delivered\":{\"stream_seq\":7}");
    assertThat(pages.remove("later", STEP)).isEqualTo(Removal.OUTSTANDING);
    assertThat(server.subjects()).as("without its delayed message").hasSize(6);
  }

  /** Its note is stored, and the task not yet removed. */
  @Test
  void aTaskThatAnotherClientCancelsIsNotFound() {
    server.store(
        layout.address("p").cancelledSubject("later"),
        new Headers().put(WireHeaders.MESSAGE_ID, "p~6").put(WireHeaders.CANCELLED, "later"),
        now);
    assertThat(pages.remove("later", STEP)).isEqualTo(Removal.NOT_FOUND);
  }

  /** A delayed task is the one that a search returns, then the oldest of the highest priority. */
  @Test
  void ofSeveralTasksWithOneIdTheFirstOneIsRemoved() {
    store("jetlane.p", "high", now);
    store("jetlane.p", "later", now);
    assertThat(pages.find("later", STEP).orElseThrow().state()).isEqualTo(TaskState.DELAYED);
    assertThat(pages.remove("later", STEP)).isEqualTo(Removal.REMOVED);
    assertThat(pages.find("later", STEP).orElseThrow().state()).isEqualTo(TaskState.READY);
    assertThat(pages.find("high", STEP).orElseThrow().priority()).isEqualTo(1);
    assertThat(pages.remove("high", STEP)).isEqualTo(Removal.REMOVED);
    assertThat(pages.find("high", STEP).orElseThrow().priority()).isZero();
  }

  /** As the next page of a long stream. */
  @Test
  void aStartHasUpTo18Digits() {
    TaskQuery query = TaskQuery.defaults().withStart("0:999999999999999999");
    assertThat(ids(query)).containsExactly("low-held", "low", "later");
  }

  @Test
  void theSizeIsThatOfThePayload() {
    server.store("jetlane.p", headers("large"), new byte[300], now);
    TaskInfo large = pages.find("large", STEP).orElseThrow();
    assertThat(large.payloadBytes()).isEqualTo(300);
    assertThat(large.payload().orElseThrow()).hasSize(300);
  }

  /** A worker took and finished it meanwhile. */
  @Test
  void aTaskThatIsGoneBeforeItsRemovalIsNotFound() {
    server.answer("STREAM.MSG.DELETE", body -> AnsweringServer.error(404, 10043));
    assertThat(pages.remove("low", STEP)).isEqualTo(Removal.NOT_FOUND);
  }

  /** A missing consumer has delivered nothing. */
  @Test
  void withoutAConsumerEachTaskIsReady() {
    server.answer("CONSUMER.INFO", body -> AnsweringServer.error(404, 10014));
    assertThat(ids(TaskQuery.defaults().withState(TaskState.READY)))
        .containsExactly("high-held", "high", "low-held", "low");
  }

  @Test
  void anInterruptEndsASearchAndStaysSet() {
    Settings own = session.settings;
    Dialect interrupting =
        new Dialect() {
          @Override
          public @Nullable String taskId(byte[] payload) {
            Thread.currentThread().interrupt();
            return null;
          }
        };
    Settings settings = TestQueues.withDialect(own, interrupting);
    Session other = new Session(settings, server.wire(), DriverEvents.none());
    TaskPages search = new TaskPages(other, layout, layout.addresses("p"));
    // The interrupt comes between two exchanges.
    assertThatThrownBy(() -> search.find("low", STEP))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("interrupted while searching for task low");
    assertThat(Thread.interrupted()).isTrue();
    other.close();
  }
}
