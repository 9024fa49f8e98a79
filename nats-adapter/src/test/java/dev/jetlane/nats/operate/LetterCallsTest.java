// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Page;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The calls for dead letters, without a server: ids, headers, pages, groups. */
@Timeout(60)
class LetterCallsTest {

  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final long STEP = TimeUnit.MINUTES.toNanos(1);

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private QueueLayout layout;
  private DeadLetterStore letters;

  @BeforeEach
  void open() {
    NatsOptions options = NatsOptions.defaults().withQueue(TestQueues.config().withPriorities(2));
    session = new Session(TestQueues.settings(options), server.wire(), DriverEvents.none());
    layout = session.settings.layout();
    letters = new DeadLetterStore(session, layout.addresses("p"));
    server.stream("jetlane", "");
    server.stream("jetlane-dead", "");
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + STEP;
  }

  private void letter(String partition, String id, String... headers) {
    letter(partition, id, new byte[1], headers);
  }

  private void letter(String partition, String id, byte[] payload, String... headers) {
    Headers all = new Headers();
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    server.store(layout.address(partition).deadSubject(id), all, payload, TIME);
  }

  private List<String> ids() {
    return letters.list(100, soon()).stream().map(DeadLetter::id).toList();
  }

  /** A wildcard would find the letter of another id. */
  @ParameterizedTest
  @ValueSource(strings = {"", "*", ">", "a*", "a.>", "a b", "<", "\u00e9", "257"})
  void aMalformedIdFindsNothingAndAsksForNothing(String text) {
    String id = text.equals("257") ? "x".repeat(257) : text;
    letter("p", "a");
    assertThat(letters.find(id, soon())).isEmpty();
    assertThat(letters.remove(id, soon())).isFalse();
    assertThat(letters.redrive(id, soon())).isFalse();
    assertThat(server.asked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "~", "a.b", "7-1", "256"})
  void eachOtherIdIsFound(String text) {
    String id = text.equals("256") ? "x".repeat(256) : text;
    letter("p", id);
    assertThat(letters.find(id, soon())).map(DeadLetter::id).contains(id);
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "999999999, 999999999", "1000000000, 1", "'', 1", "-2, 1", "x, 1"})
  void attemptsThatCannotBeReadAreOne(String text, int attempts) {
    letter("p", "a", WireHeaders.ATTEMPTS, text);
    assertThat(letters.find("a", soon()).orElseThrow().attempts()).isEqualTo(attempts);
  }

  /** Such as one of another program. */
  @Test
  void aLetterWithoutHeadersHasDefaults() {
    letter("p", "a");
    DeadLetter letter = letters.find("a", soon()).orElseThrow();
    assertThat(letter.taskId()).isEqualTo("a");
    assertThat(letter.reason()).isEqualTo("unknown");
    assertThat(letter.attempts()).isEqualTo(1);
    assertThat(letter.priority()).isZero();
    assertThat(letter.time()).isEqualTo(TIME);
  }

  @Test
  void aRedrivenTaskHasItsIdItsHeadersAndItsPriority() {
    letter("p", "7-1", WireHeaders.TASK_ID, "t", "Color", "blue", WireHeaders.PRIORITY, "1");
    assertThat(letters.redrive("7-1", soon())).isTrue();
    Sent task = server.sent().get(0);
    assertThat(task.subject()).isEqualTo("jetlane.p.@priority.1");
    assertThat(task.header(WireHeaders.TASK_ID)).isEqualTo("t");
    assertThat(task.header(WireHeaders.MESSAGE_ID)).isEqualTo("p!7-1");
    assertThat(task.header("Color")).isEqualTo("blue");
    assertThat(task.header(WireHeaders.PRIORITY)).as("that of a delayed task").isEmpty();
    assertThat(ids()).isEmpty();
    assertThat(letters.redrive("7-1", soon())).as("the second time").isFalse();
    assertThat(server.sent()).hasSize(1);
  }

  /** Another client removed it first, so its call reports the redrive. */
  @Test
  void ofTwoClientsTheOneThatRemovesTheLetterReportsIt() {
    letter("p", "a");
    server.answer("STREAM.MSG.DELETE", body -> AnsweringServer.error(404, 10043));
    assertThat(letters.redrive("a", soon())).isFalse();
    assertThat(letters.remove("a", soon())).isFalse();
  }

  /** The ids are places in streams, so letters of two partitions may have the same one. */
  @Test
  void theSameIdOfTwoPartitionsMovesTwoTasks() {
    DeadLetterStore other = new DeadLetterStore(session, layout.addresses("q"));
    letter("p", "7-1", WireHeaders.TASK_ID, "of-p", WireHeaders.PRIORITY, "1");
    letter("q", "7-1", WireHeaders.TASK_ID, "of-q");
    server.consumer("jetlane", "target", "jetlane.target", "");
    server.mark("jetlane.target", 2);
    assertThat(letters.move("7-1", "target", soon())).isTrue();
    assertThat(other.move("7-1", "target", soon())).isTrue();
    assertThat(server.sent())
        .extracting(Sent::subject)
        .containsExactly("jetlane.target.@priority.1", "jetlane.target");
    assertThat(server.sent())
        .extracting(task -> task.header(WireHeaders.MESSAGE_ID))
        .containsExactly("target!p.7-1", "target!q.7-1");
    assertThat(server.subjects()).noneMatch(subject -> subject.contains("-dead."));
  }

  @Test
  void aTaskGetsTheHighestPriorityOfATargetWithFewer() {
    server.consumer("jetlane", "narrow", "jetlane.narrow", "");
    letter("p", "a", WireHeaders.PRIORITY, "1");
    letter("p", "b", WireHeaders.PRIORITY, "1");
    assertThat(letters.move("a", "narrow", soon())).isTrue();
    assertThat(letters.movePage(DeadLetterQuery.defaults(), "narrow", STEP)).isPresent();
    assertThat(server.sent())
        .extracting(Sent::subject)
        .containsExactly("jetlane.narrow", "jetlane.narrow");
  }

  @Test
  void aMoveToAPartitionThatDoesNotExistNamesItAndChangesNothing() {
    letter("p", "a");
    for (String target : new String[] {"nowhere", "foreign"}) {
      server.consumer("jetlane", "foreign", "another.subject", "");
      assertThatThrownBy(() -> letters.move("a", target, soon()))
          .isInstanceOf(QueueRejectedException.class)
          .hasMessageContaining(target);
      assertThatThrownBy(() -> letters.movePage(DeadLetterQuery.defaults(), target, STEP))
          .isInstanceOf(QueueRejectedException.class);
      assertThatThrownBy(() -> letters.requireTarget(target, soon()))
          .isInstanceOf(QueueRejectedException.class)
          .hasMessageContaining(target);
    }
    assertThat(server.sent()).isEmpty();
    assertThat(ids()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1x", "0:1", "1234567890123456789"})
  void aMalformedStartOfAPageIsRefused(String start) {
    DeadLetterQuery query = DeadLetterQuery.defaults().withStart(start);
    assertThatThrownBy(() -> letters.page(query, soon()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("start of a page");
  }

  @Test
  void pagesShowEachLetterOnce() {
    for (int i = 0; i < 5; i++) {
      letter("p", "a" + i);
      letter("q", "other" + i);
    }
    List<String> seen = new ArrayList<>();
    DeadLetterQuery query = DeadLetterQuery.defaults().withMax(2);
    Page<DeadLetter> page = letters.page(query, soon());
    int pages = 1;
    page.items().forEach(each -> seen.add(each.id()));
    while (page.next().isPresent()) {
      page = letters.page(query.withStart(page.next().get()), soon());
      page.items().forEach(each -> seen.add(each.id()));
      pages++;
    }
    assertThat(seen).containsExactly("a0", "a1", "a2", "a3", "a4");
    assertThat(pages).isEqualTo(3);
    assertThat(letters.list(2, soon())).extracting(DeadLetter::id).containsExactly("a0", "a1");
    assertThat(letters.count(soon())).isEqualTo(5);
    assertThat(letters.purge(soon())).isEqualTo(5);
    assertThat(server.subjects()).hasSize(5).allMatch(subject -> subject.contains(".q."));
  }

  /**
   * Up to a mebibyte is stored together; the letters of a group are removed before the next group
   * is stored.
   */
  @Test
  void aGroupHasAMebibyteAtMost() {
    int half = 1 << 19;
    letter("p", "a", new byte[half]);
    letter("p", "b", new byte[half]);
    letter("p", "c", new byte[half + 1]);
    letter("p", "d", new byte[half]);
    List<Long> removedBefore = new ArrayList<>();
    server.answer(
        "jetlane.p",
        body -> {
          removedBefore.add(asked("STREAM.MSG.DELETE"));
          return "{\"stream\":\"jetlane\",\"seq\":9}";
        });
    Page<String> page = letters.redrivePage(DeadLetterQuery.defaults(), STEP).orElseThrow();
    assertThat(page.items()).containsExactly("a", "b", "c", "d");
    assertThat(page.next()).isEmpty();
    assertThat(removedBefore).containsExactly(0L, 0L, 2L, 3L);
    assertThat(ids()).isEmpty();
  }

  private long asked(String request) {
    return server.asked().stream().filter(one -> one.startsWith(request)).count();
  }

  /**
   * The first failure is thrown, the letters of the stored tasks are removed, and no group follows.
   */
  @Test
  void theFirstFailureOfAGroupEndsThePage() {
    byte[] payload = new byte[200_000];
    for (int i = 0; i < 8; i++) {
      letter("p", "a" + i, payload);
    }
    AtomicInteger stored = new AtomicInteger();
    server.answer(
        "jetlane.p",
        body ->
            switch (stored.incrementAndGet()) {
              case 2 -> "{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"maximum\"}}";
              case 4 -> AnsweringServer.error(400, 10060);
              default -> "{\"stream\":\"jetlane\",\"seq\":9}";
            });
    assertThatThrownBy(() -> letters.redrivePage(DeadLetterQuery.defaults(), STEP))
        .isInstanceOf(QueueFullException.class);
    assertThat(stored.get()).as("tasks of one group").isEqualTo(5);
    assertThat(ids()).containsExactly("a1", "a3", "a5", "a6", "a7");
  }

  /** The letter that another client removed is not reported. */
  @Test
  void aPageReportsTheLettersThatItRemoved() {
    letter("p", "a");
    letter("p", "b");
    letter("p", "c");
    server.answer(
        "STREAM.MSG.DELETE",
        body ->
            body.contains("\"seq\":2,") ? AnsweringServer.error(404, 10043) : "{\"success\":true}");
    assertThat(letters.removePage(DeadLetterQuery.defaults(), STEP).orElseThrow().items())
        .containsExactly("a", "c");
    assertThat(letters.redrivePage(DeadLetterQuery.defaults(), STEP).orElseThrow().items())
        .containsExactly("a", "c");
    server.consumer("jetlane", "target", "jetlane.target", "");
    server.mark("jetlane.target", 2);
    assertThat(letters.movePage(DeadLetterQuery.defaults(), "target", STEP).orElseThrow().items())
        .containsExactly("a", "c");
  }

  @Test
  void aPageWithoutLettersSendsNoChange() {
    assertThat(letters.removePage(DeadLetterQuery.defaults(), STEP).orElseThrow().items())
        .isEmpty();
    assertThat(letters.redrivePage(DeadLetterQuery.defaults(), STEP).orElseThrow().items())
        .isEmpty();
    assertThat(asked("STREAM.MSG.DELETE")).isZero();
    assertThat(server.sent()).isEmpty();
  }

  /** As the next page of a long stream. */
  @Test
  void aStartHasUpTo18Digits() {
    letter("p", "a");
    DeadLetterQuery query = DeadLetterQuery.defaults().withStart("999999999999999999");
    assertThat(letters.page(query, soon()).items()).isEmpty();
  }

  /** The tasks that were sent before the close may be stored. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aCloseAmongTheTasksOfAGroupIsHalfDone(int sentBefore) {
    List<LetterMessage> group = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      DeadLetter letter = new DeadLetter("a" + i, "t" + i, new byte[1], Map.of(), 0, 1, "no", TIME);
      TaskHeaders none = TaskHeaders.of((byte[]) null);
      group.add(new LetterMessage(letter, new StoredMessage("s", i + 1, TIME, none, new byte[1])));
    }
    AtomicInteger made = new AtomicInteger();
    LettersTogether together = new LettersTogether(session, layout.address("p"), STEP);
    assertThatThrownBy(
            () ->
                together.store(
                    group,
                    letter -> {
                      if (made.getAndIncrement() == sentBefore) {
                        session.monitor.markClosed();
                      }
                      return new StoreRequest(
                          letter.taskId(), "redrive of ", "jetlane.p", Map.of(), letter.payload());
                    }))
        .isInstanceOf(sentBefore == 0 ? QueueClosedException.class : OutcomeUnknownException.class);
    assertThat(server.sent()).hasSize(sentBefore);
    assertThat(asked("STREAM.MSG.DELETE")).as("no letter is removed").isZero();
  }

  /**
   * Of each group, whatever its sizes: no task waits for a group that is larger than a mebibyte.
   */
  @ParameterizedTest
  @CsvSource({"1048576, 1, 1", "1048576, 0, 2", "1048575, 1, 2", "2000000, 0, 1", "0, 1048577, 1"})
  void aGroupEndsBeforeAMebibyte(int first, int second, int together) {
    letter("p", "a", new byte[first]);
    letter("p", "b", new byte[second]);
    List<Long> removedBefore = new ArrayList<>();
    server.answer(
        "jetlane.p",
        body -> {
          removedBefore.add(asked("STREAM.MSG.DELETE"));
          return "{\"stream\":\"jetlane\",\"seq\":9}";
        });
    assertThat(letters.redrivePage(DeadLetterQuery.defaults(), STEP).orElseThrow().items())
        .containsExactly("a", "b");
    assertThat(removedBefore).containsExactly(0L, together == 2 ? 0L : 1L);
  }

  /** As of a single letter: each id is that of one letter of one partition. */
  @Test
  void theTasksOfAPageHaveTheIdsOfTheirLetters() {
    DeadLetterStore other = new DeadLetterStore(session, layout.addresses("q"));
    server.consumer("jetlane", "target", "jetlane.target", "");
    server.mark("jetlane.target", 2);
    letter("p", "7-1", WireHeaders.TASK_ID, "of-p", WireHeaders.PRIORITY, "1");
    letter("q", "7-1", WireHeaders.TASK_ID, "of-q");
    DeadLetterQuery all = DeadLetterQuery.defaults();
    assertThat(letters.movePage(all, "target", STEP).orElseThrow().items()).containsExactly("7-1");
    assertThat(other.movePage(all, "target", STEP).orElseThrow().items()).containsExactly("7-1");
    letter("p", "8-1", WireHeaders.TASK_ID, "here", WireHeaders.PRIORITY, "1");
    assertThat(letters.redrivePage(all, STEP).orElseThrow().items()).containsExactly("8-1");
    assertThat(server.sent())
        .extracting(
            Sent::subject,
            task -> task.header(WireHeaders.MESSAGE_ID),
            task -> task.header(WireHeaders.TASK_ID))
        .containsExactly(
            tuple("jetlane.target.@priority.1", "target!p.7-1", "of-p"),
            tuple("jetlane.target", "target!q.7-1", "of-q"),
            tuple("jetlane.p.@priority.1", "p!8-1", "here"));
  }
}
