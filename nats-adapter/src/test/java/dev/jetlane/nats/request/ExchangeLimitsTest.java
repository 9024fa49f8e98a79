// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The time and the threads of exchanges with the server's API, and their answers of odd forms. */
@Timeout(30)
class ExchangeLimitsTest {

  private static final Duration TIMEOUT = Duration.ofMillis(40);

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final Wire wire = new Wire();
  private final long later = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
  private JetStreamApi api;

  @BeforeEach
  void open() {
    wire.bind(calls.connection());
    api = new JetStreamApi(wire, "$JS.hub.API.", "_MINE", TIMEOUT, "limits-under-test");
  }

  @AfterEach
  void close() {
    api.close();
  }

  /** The deadline of its caller is that of several exchanges. */
  @Test
  void aMissingAnswerEndsAnExchangeAfterTheLimitOfASingleOne() {
    calls.with("requestWithTimeout", none -> ReplacedCalls.result(new CompletableFuture<>()));
    StoredMessages stored = new StoredMessages(api);
    assertThatThrownBy(() -> stored.next("read", "s", 1, "a", later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("read: JetStream does not answer");
    assertThatThrownBy(() -> stored.remove("remove", "s", List.of(1L, 2L), later))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("remove: JetStream does not answer");
    assertThatThrownBy(() -> api.userInfo(later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("inspect the rights of this user: JetStream does not answer");
    assertThatThrownBy(() -> api.messages("s", "a", later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("count the messages of s: JetStream does not answer");
    assertThatThrownBy(() -> api.consumers("s", later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("list the consumers of s: JetStream does not answer");
  }

  /** Its call began a timeout before its deadline. */
  @Test
  void anErrorOfTheServerFromBeforeTheCallIsNotItsReason() {
    calls.with("requestWithTimeout", none -> ReplacedCalls.result(new CompletableFuture<>()));
    long before = System.nanoTime();
    wire.errorOccurred(calls.connection(), "an earlier error");
    long began = System.nanoTime() + 1;
    assertThatThrownBy(() -> api.messages("s", "a", began + TIMEOUT.toNanos()))
        .hasMessage("count the messages of s: JetStream does not answer");
    assertThatThrownBy(() -> api.messages("s", "a", before + TIMEOUT.toNanos()))
        .as("from the time of the call, in an earlier exchange")
        .hasMessageEndingWith("(the server says: an earlier error)");
  }

  /** A purge may take long, and health must not wait for it. */
  @Test
  void exchangesDoNotWaitForEachOther() throws Exception {
    CountDownLatch started = new CountDownLatch(3);
    CompletableFuture<String> answer = new CompletableFuture<>();
    for (int i = 0; i < 3; i++) {
      var unused =
          api.runAsync(
              () -> {
                started.countDown();
                answer.join();
              });
    }
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    String second =
        api.ask("look", "A", System.nanoTime() + TimeUnit.SECONDS.toNanos(20), each -> "done");
    assertThat(second).isEqualTo("done");
    answer.complete("late");
  }

  @Test
  void theCloseInterruptsWhatIsUnderWay() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<Void> task =
        api.runAsync(
            () -> {
              started.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
              }
            });
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    api.close();
    assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    task.get(20, TimeUnit.SECONDS);
  }

  private void answers(String body) {
    calls.with(
        "requestWithTimeout",
        none ->
            ReplacedCalls.result(
                CompletableFuture.completedFuture(
                    ScriptedConnection.message(
                        "a", "", body.getBytes(StandardCharsets.UTF_8), null))));
  }

  @Test
  void theSubjectsOfAnAnswerWithoutAnyAreNone() {
    for (String body : List.of("{}", "{\"state\":{}}", "{\"state\":{\"subjects\":{}}}")) {
      answers(body);
      assertThat(api.subjects("s", "a", later)).as(body).isEmpty();
      assertThat(api.messages("s", "a", later)).as(body).isZero();
    }
    answers("{\"state\":{\"subjects\":{\"a\":\"x\",\"b\":3}}}");
    assertThat(api.subjects("s", "a", later)).isEqualTo(Map.of("a", 0L, "b", 3L));
  }

  @Test
  void anAnswerThatCannotBeReadIsNone() {
    answers("{\"state\":");
    assertThatThrownBy(() -> api.subjects("s", "a", later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageStartingWith("count the messages of s: ");
    answers("{\"state\":" + " ".repeat(70_000)); // Too large for an error.
    assertThatThrownBy(() -> api.subjects("s", "a", later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("count the messages of s: JetStream does not answer");
    answers("{\"message\":7}");
    StoredMessages stored = new StoredMessages(api);
    assertThatThrownBy(() -> stored.last("read", "s", "a", later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("read: JetStream does not answer");
  }

  /** The rights of the user are outside of JetStream, so no prefix applies. */
  @Test
  void theRightsOfTheUserAreTheAnswerOfTheServer() {
    List<String> questions = new CopyOnWriteArrayList<>();
    calls.with(
        "requestWithTimeout",
        arguments -> {
          questions.add(arguments[0] + "|" + ((byte[]) arguments[1]).length);
          byte[] body = "{\"data\":{}}".getBytes(StandardCharsets.UTF_8);
          return ReplacedCalls.result(
              CompletableFuture.completedFuture(ScriptedConnection.message("a", "", body, null)));
        });
    assertThat(api.userInfo(later)).asString().isEqualTo("{\"data\":{}}");
    assertThat(questions).containsExactly("$SYS.REQ.USER.INFO|0");
  }

  /** The close of a queue also interrupts the threads that wait for an answer. */
  @Test
  void aChangeThatTheCloseInterruptedMayHaveBeenMade() {
    calls.with(
        "requestWithTimeout",
        none -> {
          wire.monitor().markClosed();
          return ReplacedCalls.result(CompletableFuture.failedFuture(new IOException("closed")));
        });
    StoredMessages stored = new StoredMessages(api);
    assertThatThrownBy(() -> stored.remove("remove", "s", 1, later))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("remove: the queue was closed before an answer arrived");
    assertThatThrownBy(() -> stored.remove("remove", "s", 1, later))
        .as("nothing is sent")
        .isInstanceOf(QueueClosedException.class);
  }

  @Test
  void requestsOfJnatsHaveTheSamePrefixAndLimit() {
    assertThat(api.options().getPrefix()).isEqualTo("$JS.hub.API.");
    assertThat(api.options().getRequestTimeout()).isEqualTo(TIMEOUT);
  }

  /** All of them were sent, so a refusal of one says nothing about the others. */
  @Test
  void aRefusalOfOneOfSeveralRemovalsDoesNotMeanThatNothingWasRemoved() {
    String refusal = "{\"error\":{\"code\":503,\"err_code\":10008,\"description\":\"later\"}}";
    StoredMessages stored = new StoredMessages(api);
    for (int refused = 0; refused < 3; refused++) {
      List<String> left = new ArrayList<>(Collections.nCopies(3, "{\"success\":true}"));
      left.set(refused, refusal);
      calls.with(
          "requestWithTimeout",
          none ->
              ReplacedCalls.result(
                  CompletableFuture.completedFuture(
                      ScriptedConnection.message(
                          "a", "", left.remove(0).getBytes(StandardCharsets.UTF_8), null))));
      assertThatThrownBy(() -> stored.remove("remove", "s", List.of(1L, 2L, 3L), later))
          .as("removal %d", refused)
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessage("done in part: remove: later (10008)");
    }
    answers(refusal);
    assertThatThrownBy(() -> stored.remove("remove", "s", List.of(1L), later))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("remove: later (10008)");
    server.disconnect();
    assertThatThrownBy(() -> stored.remove("remove", "s", List.of(1L, 2L), later))
        .as("nothing was sent")
        .isInstanceOf(QueueUnavailableException.class);
  }
}
