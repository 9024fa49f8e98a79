// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.api.SuccessApiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each end of an exchange with the server's API: one that changes something must not claim that
 * nothing was changed.
 */
@Timeout(60)
class ExchangesTest {

  private static final long LONG = TimeUnit.SECONDS.toNanos(10);
  private static final String PREFIX = "$JS.hub.API.";

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final Wire wire = new Wire();
  private final FrameWriter writer = wire.newSocket();
  private final CompletableFuture<String> answer = new CompletableFuture<>();
  private final List<String> questions = new CopyOnWriteArrayList<>();
  private JetStreamApi api;

  @BeforeEach
  void open() {
    wire.bind(calls.connection());
    api = new JetStreamApi(wire, PREFIX, "_MINE", Duration.ofSeconds(20), "exchanges-under-test");
  }

  @AfterEach
  void close() {
    answer.complete("late");
    api.close();
    wire.release();
  }

  private interface Meanwhile {
    void run();
  }

  /** An exchange that waits for an answer, during which something happens. */
  private @Nullable String exchange(boolean changes, long allowedNanos, Meanwhile meanwhile) {
    long deadlineNanos = System.nanoTime() + allowedNanos;
    JetStreamApi.Call<String> call =
        management -> {
          meanwhile.run();
          return answer.join();
        };
    return changes
        ? api.change("purge p", "STREAM.PURGE.s", deadlineNanos, call)
        : api.ask("inspect p", "STREAM.PURGE.s", deadlineNanos, call);
  }

  private void expectNoAnswer(
      boolean changes, long allowedNanos, Meanwhile meanwhile, String reason) {
    assertThatThrownBy(() -> exchange(changes, allowedNanos, meanwhile))
        .isInstanceOf(changes ? OutcomeUnknownException.class : QueueUnavailableException.class)
        .hasMessage((changes ? "purge p: " : "inspect p: ") + reason);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerEndsIt(boolean changes) {
    assertThat(exchange(changes, LONG, () -> answer.complete("done"))).isEqualTo("done");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theDeadlineEndsIt(boolean changes) {
    expectNoAnswer(changes, 1_000_000, () -> {}, "JetStream does not answer");
    expectNoAnswer(changes, -1, () -> {}, "JetStream does not answer");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theErrorOfTheServerIsTheReason(boolean changes) {
    expectNoAnswer(
        changes,
        TimeUnit.SECONDS.toNanos(1),
        () -> wire.errorOccurred(calls.connection(), "no JetStream here"),
        "JetStream does not answer (the server says: no JetStream here)");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLostConnectionEndsItImmediately(boolean changes) {
    expectNoAnswer(
        changes, LONG, server::disconnect, "the connection broke before an answer arrived");
  }

  /** The connection may be back before the next look. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aReconnectEndsItImmediately(boolean changes) {
    expectNoAnswer(
        changes,
        LONG,
        () -> wire.monitor().connectionEvent(calls.connection(), Events.RESUBSCRIBED),
        "the connection broke before an answer arrived");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFailureOfJnatsIsAMissingAnswer(boolean changes) {
    RuntimeException planted = new IllegalStateException("planted");
    assertThatThrownBy(() -> exchange(changes, LONG, () -> answer.obtrudeException(planted)))
        .isInstanceOf(changes ? OutcomeUnknownException.class : QueueUnavailableException.class)
        .hasMessageContaining("JetStream does not answer")
        .hasRootCause(planted);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptEndsItAndStaysSet(boolean changes) {
    Thread caller = Thread.currentThread();
    expectNoAnswer(changes, LONG, caller::interrupt, "interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCloseOfTheQueueEndsIt(boolean changes) {
    assertThatThrownBy(() -> exchange(changes, LONG, () -> wire.monitor().markClosed()))
        .as("it was sent")
        .isInstanceOf(changes ? OutcomeUnknownException.class : QueueClosedException.class)
        .hasMessageEndingWith("p: the queue was closed before an answer arrived");
    answer.complete("done");
    assertThatThrownBy(() -> exchange(changes, LONG, () -> {}))
        .as("it was not sent")
        .isInstanceOf(QueueClosedException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRefusalOfTheSubjectEndsItImmediately(boolean changes) {
    assertThatThrownBy(() -> exchange(changes, LONG, () -> denied(PREFIX + "STREAM.PURGE.s")))
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageEndingWith("the subject " + PREFIX + "STREAM.PURGE.s");
    // The permission may have been granted since.
    assertThat(exchange(changes, LONG, () -> answer.complete("done"))).isEqualTo("done");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRefusalOfTheInboxIsTheReasonOfAMissingAnswer(boolean changes) {
    denied("_MINEX.1");
    expectNoAnswer(
        changes,
        1_000_000,
        () -> {},
        "JetStream does not answer (the server says: Permissions Violation for Subscription to"
            + " \"_MINEX.1\")");
    denied("_MINE.7.*");
    assertThatThrownBy(() -> exchange(changes, 1_000_000, () -> {}))
        .as("a change may have been made")
        .isInstanceOf(changes ? OutcomeUnknownException.class : PermissionDeniedException.class)
        .hasMessageEndingWith("the subject _MINE.7.*");
  }

  private void denied(String subject) {
    wire.errorOccurred(
        calls.connection(), "Permissions Violation for Subscription to \"" + subject + "\"");
  }

  /** Nothing was sent, so nothing was changed. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutAConnectionNothingIsSent(boolean changes) {
    server.disconnect();
    assertThatThrownBy(() -> exchange(changes, LONG, () -> questions.add("sent")))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("the connection is down");
    assertThat(questions).isEmpty();
  }

  private @Nullable String refused(boolean changes, int code, int errCode, int... absent) {
    String error =
        "{\"error\":{\"code\":%d,\"err_code\":%d,\"description\":\"as said\"}}"
            .formatted(code, errCode);
    byte[] body = error.getBytes(StandardCharsets.UTF_8);
    JetStreamApi.Call<String> call =
        management -> {
          var unused =
              new SuccessApiResponse(ScriptedConnection.message("a", "", body, null))
                  .throwOnHasError();
          return "done";
        };
    long deadlineNanos = System.nanoTime() + LONG;
    return changes
        ? api.change("purge p", "A", deadlineNanos, call, absent)
        : api.ask("purge p", "A", deadlineNanos, call, absent);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eachOfTheExpectedErrorsIsNull(boolean changes) {
    assertThat(refused(changes, 404, 10059, 10059)).isNull();
    assertThat(refused(changes, 404, 10059, 10014, 10059)).isNull();
    assertThat(refused(changes, 404, 10014, 10014, 10059)).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anyOtherErrorIsThatOfTheServer(boolean changes) {
    assertThatThrownBy(() -> refused(changes, 400, 10054, 10059))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessage("purge p: as said (10054)")
        .extracting(error -> ((TaskQueueException) error).code().orElse(0))
        .isEqualTo(10054);
    assertThatThrownBy(() -> refused(changes, 404, 10059))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("purge p: as said (10059)");
  }

  /** A stats call after a push without confirmation counts its task. */
  @Test
  void earlierFramesReachTheServerBeforeAnExchange() throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    calls.with(
        "flushBuffer",
        none -> {
          writer.writeTo((bytes, length) -> order.add("frames"));
          return null;
        });
    writer.publish("a", new byte[0]);
    JetStreamApi.Call<String> call = management -> order.isEmpty() ? "too early" : "in order";
    assertThat(api.ask("look", "INFO", System.nanoTime() + LONG, call)).isEqualTo("in order");
  }

  @Test
  void aPrefixWithoutAnAnswerIsNamed() {
    server.onCall(() -> {});
    assertThatThrownBy(() -> api.requireAnswer("s", System.nanoTime() + LONG))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("no JetStream answers to $JS.hub.API.STREAM.INFO.s")
        .hasMessageContaining("JetStream does not answer");
    server.onCall(() -> denied(PREFIX + "STREAM.INFO.s"));
    api.requireAnswer("s", System.nanoTime() + LONG);
  }

  private void answers(String... bodies) {
    List<String> left = new ArrayList<>(List.of(bodies));
    calls.with(
        "requestWithTimeout",
        arguments -> {
          questions.add(
              arguments[0] + " " + new String((byte[]) arguments[1], StandardCharsets.UTF_8));
          byte[] body = left.remove(0).getBytes(StandardCharsets.UTF_8);
          return ReplacedCalls.result(
              CompletableFuture.completedFuture(ScriptedConnection.message("a", "", body, null)));
        });
  }

  private static String page(int total, String subjects) {
    return "{\"total\":" + total + ",\"state\":{\"messages\":99,\"subjects\":{" + subjects + "}}}";
  }

  private static String question(int offset) {
    return PREFIX + "STREAM.INFO.s {\"subjects_filter\":\"a.\\\">\",\"offset\":" + offset + "}";
  }

  @Test
  void theMessagesOfAllPagesAreCounted() {
    answers(page(5, "\"a\":1,\"b\":20"), page(5, "\"c\":300,\"d\":4000"), page(5, "\"e\":50000"));
    assertThat(api.messages("s", "a.\">", System.nanoTime() + LONG)).isEqualTo(54_321);
    assertThat(questions).containsExactly(question(0), question(2), question(4));
  }

  @Test
  void theCountEndsWithTheLastPage() {
    answers(page(2, "\"a\":1,\"b\":20"));
    assertThat(api.messages("s", "a.\">", System.nanoTime() + LONG)).isEqualTo(21);
    answers(page(3, "\"a\":1,\"b\":20"), page(3, ""));
    assertThat(api.messages("s", "a.\">", System.nanoTime() + LONG))
        .as("subjects disappear between two pages")
        .isEqualTo(21);
    answers(page(0, ""));
    assertThat(api.messages("s", "a.\">", System.nanoTime() + LONG)).isZero();
  }

  @Test
  void aStreamThatIsGoneHasNoMoreMessages() {
    String gone = "{\"error\":{\"code\":404,\"err_code\":10059,\"description\":\"gone\"}}";
    answers(gone);
    assertThat(api.messages("s", "a", System.nanoTime() + LONG)).isZero();
    answers(page(4, "\"a\":1,\"b\":20"), gone);
    assertThat(api.messages("s", "a", System.nanoTime() + LONG)).isEqualTo(21);
    answers(page(4, "\"a\":1,\"b\":20"), gone);
    assertThat(api.subjects("s", "a", System.nanoTime() + LONG)).hasSize(2);
  }

  @Test
  void theSubjectsOfAllPagesAreListed() {
    answers(page(3, "\"a\":1,\"b\":20"), page(3, "\"c\":300"), page(3, ""));
    assertThat(api.subjects("s", "a.\">", System.nanoTime() + LONG))
        .containsOnly(Map.entry("a", 1L), Map.entry("b", 20L), Map.entry("c", 300L));
    assertThat(questions).containsExactly(question(0), question(2), question(3));
  }

  /** Each of them has the whole time of an exchange, and the answers may come in any order. */
  @Test
  void theAnswersOfRequestsThatAreSentTogetherKeepTheirOrder() {
    List<CompletableFuture<Object>> pending = new CopyOnWriteArrayList<>();
    List<Object> limits = new CopyOnWriteArrayList<>();
    calls.with(
        "requestWithTimeout",
        arguments -> {
          questions.add(
              arguments[0] + " " + new String((byte[]) arguments[1], StandardCharsets.UTF_8));
          limits.add(arguments[2]);
          pending.add(new CompletableFuture<>());
          if (pending.size() == 3) {
            complete(pending.get(2), "{\"n\":3}");
            complete(pending.get(1), "{\"error\":{\"code\":404,\"err_code\":10043}}");
            complete(pending.get(0), "{\"n\":1}");
          }
          return ReplacedCalls.result(pending.get(pending.size() - 1));
        });
    List<@Nullable String> read =
        api.together(
            "remove",
            "STREAM.MSG.DELETE.s",
            true,
            List.of("one", "two", "three"),
            System.nanoTime() + LONG,
            message -> new String(message.getData(), StandardCharsets.UTF_8),
            10043);
    assertThat(read)
        .containsExactly("{\"n\":1}", "{\"error\":{\"code\":404,\"err_code\":10043}}", "{\"n\":3}");
    assertThat(questions)
        .containsExactly(
            PREFIX + "STREAM.MSG.DELETE.s one",
            PREFIX + "STREAM.MSG.DELETE.s two",
            PREFIX + "STREAM.MSG.DELETE.s three");
    assertThat(limits).containsOnly(Duration.ofSeconds(60));
  }

  private static void complete(CompletableFuture<Object> pending, String body) {
    pending.complete(
        ScriptedConnection.message("a", "", body.getBytes(StandardCharsets.UTF_8), null));
  }

  @Test
  void removedMessagesAreReportedOneByOne() {
    StoredMessages stored = new StoredMessages(api);
    answers(
        "{\"success\":true}",
        "{\"error\":{\"code\":404,\"err_code\":10043,\"description\":\"gone\"}}",
        "{\"error\":{\"code\":404,\"err_code\":10037,\"description\":\"gone\"}}",
        "{\"success\":true}");
    assertThat(stored.remove("remove", "s", List.of(7L, 8L, 9L, 10L), System.nanoTime() + LONG))
        .containsExactly(true, false, false, true);
    assertThat(questions.get(1))
        .isEqualTo(PREFIX + "STREAM.MSG.DELETE.s {\"seq\":8,\"no_erase\":true}");
    answers("{\"error\":{\"code\":503,\"err_code\":10008,\"description\":\"later\"}}");
    assertThatThrownBy(() -> stored.remove("remove", "s", 7, System.nanoTime() + LONG))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("remove: later (10008)");
    answers("{}");
    server.disconnect();
    assertThatThrownBy(() -> stored.remove("remove", "s", 7, System.nanoTime() + LONG))
        .isInstanceOf(QueueUnavailableException.class);
  }

  @Test
  void storedMessagesAreReadByPlaceOrBySubject() {
    StoredMessages stored = new StoredMessages(api);
    String found = "{\"message\":{\"seq\":%d,\"time\":\"2026-01-02T03:04:05Z\"}}";
    String gone = "{\"error\":{\"code\":404,\"err_code\":10037,\"description\":\"gone\"}}";
    answers(found.formatted(7), gone, found.formatted(9));
    long deadlineNanos = System.nanoTime() + LONG;
    List<@Nullable StoredMessage> read =
        stored.next("read", "s", List.of(5L, 6L, 8L), "a.\">", deadlineNanos);
    assertThat(read).hasSize(3);
    assertThat(read.get(0)).extracting(StoredMessage::sequence).isEqualTo(7L);
    assertThat(read.get(1)).isNull();
    assertThat(read.get(2)).extracting(StoredMessage::sequence).isEqualTo(9L);
    assertThat(questions.get(2))
        .isEqualTo(PREFIX + "STREAM.MSG.GET.s {\"seq\":8,\"next_by_subj\":\"a.\\\">\"}");
    answers(found.formatted(3), gone);
    assertThat(stored.last("read", "s", "a", deadlineNanos)).isNotNull();
    assertThat(stored.last("read", "s", "a", deadlineNanos)).isNull();
    assertThat(questions.get(3)).isEqualTo(PREFIX + "STREAM.MSG.GET.s {\"last_by_subj\":\"a\"}");
  }

  /** A removal whose answer is lost may have been made. */
  @Test
  void anUnansweredRemovalIsUnknownAndAnUnansweredReadIsNot() {
    calls.with(
        "requestWithTimeout",
        none -> ReplacedCalls.result(CompletableFuture.failedFuture(new IOException("planted"))));
    StoredMessages stored = new StoredMessages(api);
    assertThatThrownBy(() -> stored.remove("remove", "s", 7, System.nanoTime() + LONG))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("remove: JetStream does not answer");
    assertThatThrownBy(() -> stored.last("read", "s", "a", System.nanoTime() + LONG))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("read: JetStream does not answer");
  }

  @Test
  void aTaskOnAnotherThreadReportsItsEnd() throws Exception {
    assertThat(
            api.runAsync(() -> questions.add(Thread.currentThread().getName()))
                .get(30, TimeUnit.SECONDS))
        .isNull();
    assertThat(questions).containsExactly("exchanges-under-test");
  }
}
