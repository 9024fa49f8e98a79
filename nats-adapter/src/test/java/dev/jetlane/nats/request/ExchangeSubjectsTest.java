// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The subject of each call of the API, by which its refusal is recognised, and whether the call
 * changes something.
 */
@Timeout(60)
class ExchangeSubjectsTest {

  private static final String PREFIX = "$JS.hub.API.";

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final Wire wire = new Wire();
  private final long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  private JetStreamApi api;
  private StoredMessages stored;
  private volatile String denied = "nothing";

  @BeforeEach
  void open() {
    server.onCall(this::refuse);
    calls.with(
        "requestWithTimeout",
        arguments -> {
          refuse();
          return ReplacedCalls.result(CompletableFuture.failedFuture(new IOException("no answer")));
        });
    wire.bind(calls.connection());
    api = new JetStreamApi(wire, PREFIX, "_INBOX", Duration.ofSeconds(20), "test");
    stored = new StoredMessages(api);
  }

  @AfterEach
  void close() {
    api.close();
  }

  private void refuse() {
    wire.errorOccurred(
        calls.connection(), "Permissions Violation for Publish to \"" + denied + "\"");
  }

  private interface Call {
    @Nullable Object run();
  }

  private Map<String, Call> reads() {
    return Map.of(
        PREFIX + "STREAM.INFO.s",
        () -> api.streamInfo("s", deadlineNanos),
        PREFIX + "CONSUMER.INFO.s.c",
        () -> api.consumerInfo("s", "c", deadlineNanos),
        PREFIX + "CONSUMER.LIST.s",
        () -> api.consumers("s", deadlineNanos),
        PREFIX + "STREAM.INFO.t",
        () -> api.messages("t", "a", deadlineNanos),
        PREFIX + "STREAM.INFO.u",
        () -> api.subjects("u", "a", deadlineNanos),
        "$SYS.REQ.USER.INFO",
        () -> api.userInfo(deadlineNanos),
        PREFIX + "STREAM.MSG.GET.s",
        () -> stored.last("read", "s", "a", deadlineNanos),
        PREFIX + "STREAM.MSG.GET.t",
        () -> stored.next("read", "t", 1, "a", deadlineNanos));
  }

  private Map<String, Call> changes() {
    return Map.of(
        PREFIX + "STREAM.PURGE.s", () -> api.purge("purge", "s", "a", deadlineNanos),
        PREFIX + "STREAM.MSG.DELETE.s", () -> stored.remove("remove", "s", 1, deadlineNanos));
  }

  @Test
  void theRefusalOfEachCallIsRecognised() {
    Stream.of(reads(), changes())
        .flatMap(each -> each.entrySet().stream())
        .forEach(
            each -> {
              denied = each.getKey();
              assertThatThrownBy(() -> each.getValue().run())
                  .isInstanceOf(PermissionDeniedException.class)
                  .hasMessageEndingWith("the subject " + each.getKey());
            });
  }

  @Test
  void aMissingAnswerIsUnknownOnlyForAChange() {
    reads()
        .forEach(
            (subject, call) ->
                assertThatThrownBy(call::run)
                    .as(subject)
                    .isInstanceOf(QueueUnavailableException.class));
    changes()
        .forEach(
            (subject, call) ->
                assertThatThrownBy(call::run)
                    .as(subject)
                    .isInstanceOf(OutcomeUnknownException.class));
  }

  @Test
  void theThreadsOfExchangesDoNotKeepTheProcess() throws Exception {
    List<Boolean> daemon = new CopyOnWriteArrayList<>();
    api.runAsync(() -> daemon.add(Thread.currentThread().isDaemon())).get(30, TimeUnit.SECONDS);
    assertThat(daemon).containsExactly(true);
  }
}
