// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Dispatcher;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The subscription of a request table, its first tries, and its close. */
@Timeout(60)
class RequestTableLifeTest {

  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final Wire wire = new Wire();
  private final List<String> made = new CopyOnWriteArrayList<>();
  private @Nullable Session opened;

  private Session open() {
    wire.bind(calls.connection());
    Session session =
        new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
    opened = session;
    return session;
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  private static SentRecord send(Session session, SentRecord request) {
    long deadlineNanos = System.nanoTime() + MINUTE;
    var unused = session.requests.send(request, Urgency.PIPELINED, deadlineNanos);
    return request;
  }

  /** The subscription to the answers is refused before its call returns. */
  private Object refusingDispatcher() {
    return Proxy.newProxyInstance(
        Dispatcher.class.getClassLoader(),
        new Class<?>[] {Dispatcher.class},
        (proxy, method, arguments) -> {
          if (method.getName().equals("setPendingLimits")) {
            made.add("limits " + Arrays.toString(arguments));
          } else if (method.getName().equals("subscribe")) {
            made.add("subscribe");
            wire.errorOccurred(
                calls.connection(),
                "Permissions Violation for Subscription to \"" + arguments[0] + "\"");
          }
          return null;
        });
  }

  @Test
  void aRefusedSubscriptionToTheAnswersIsNoticedHoweverSoon() {
    calls.with("createDispatcher", none -> ReplacedCalls.result(refusingDispatcher()));
    Session session = open();
    SentRecord request = send(session, SentRecord.always());
    assertThat(request)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(PermissionDeniedException.class)
        .withMessageContaining("_INBOX.scripted1.*");
    assertThat(request.tries).as("nothing is sent without an answer").isZero();
  }

  /** A dropped answer would turn a success into an unknown outcome. */
  @Test
  void jnatsDropsNoAnswer() {
    calls.with("createDispatcher", none -> ReplacedCalls.result(refusingDispatcher()));
    var unused = open();
    assertThat(made).containsExactly("limits [0, 0]", "subscribe");
  }

  /** The answer may be faster than its sender. */
  @Test
  void aRefusalDuringTheCallThatSendsMeansThatNothingWasDone() {
    Session session = open();
    server.onPublish((replyTo, body) -> server.refuse(replyTo));
    SentRecord request = SentRecord.always();
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
    assertThatThrownBy(() -> session.requests.call(request, deadlineNanos))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("record: no responders on recorder");
  }

  /** A late refusal of a request that has ended. */
  @Test
  void aRefusalForNobodyIsIgnored() {
    Session session = open();
    SentRecord request = send(session, SentRecord.always());
    String inbox = server.lastReplyTo().substring(0, server.lastReplyTo().lastIndexOf('.') + 1);
    server.refuse(inbox + "65535");
    server.refuse(inbox + "99999999999");
    assertThat(request).isNotDone();
    assertThat(request.unanswered).isEqualTo(1);
  }

  /** Its error says that nothing was sent: the deadline or a close came before the first try. */
  @Test
  void aRequestThatEndedBeforeItsFirstTryIsNotSent() {
    Session session = open();
    SentRecord request = SentRecord.always();
    synchronized (request) {
      request.done = true;
    }
    var unused = send(session, request);
    assertThat(request.tries).isZero();
    assertThat(server.published()).isEmpty();
  }

  /** Nothing else would end it. */
  @Test
  void aRequestThatTheEndOfAnotherOneSendsDuringTheCloseEndsToo() {
    Session session = open();
    SentRecord next = SentRecord.always();
    var unused =
        send(session, SentRecord.always())
            .whenComplete(
                (value, error) -> {
                  long deadlineNanos = System.nanoTime() + MINUTE;
                  var unusedToo =
                      session.requests.sendWhileClosing(next, Urgency.PIPELINED, deadlineNanos);
                });
    session.timer.close();
    session.requests.close();
    assertThat(next).isCompletedExceptionally();
    assertThat(next.released).hasSize(1);
  }

  /** The connection, or its owner, may have closed the dispatcher first. */
  @Test
  void aDispatcherThatHasEndedIsNoErrorOfTheClose() {
    for (RuntimeException ended :
        List.of(new IllegalStateException("closed"), new IllegalArgumentException("inactive"))) {
      calls.with(
          "closeDispatcher",
          none -> {
            throw ended;
          });
      Session session = open();
      SentRecord request = send(session, SentRecord.always());
      session.close();
      assertThat(request).isCompletedExceptionally();
      assertThat(session.timer.after("late", 0, () -> {})).as("the close goes on").isFalse();
    }
  }

  private static byte[] joined(long token, long length, String text) {
    return ByteBuffer.allocate(2 * Long.BYTES + text.length())
        .putLong(token)
        .putLong(length)
        .put(text.getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  /** On a connection of the caller no filter renames such messages of other clients. */
  @Test
  void aMessageThatIsNotOneOfJoinedAnswersEndsItsReading() throws Exception {
    Session session = open();
    SentRecord request = send(session, SentRecord.always());
    String inbox = server.lastReplyTo().substring(0, server.lastReplyTo().lastIndexOf('.') + 1);
    List<byte[]> bodies =
        List.of(
            joined(77, -16, "text"),
            joined(77, -8, "text"),
            joined(request.token, 5, "text"),
            joined(request.token, Long.MAX_VALUE, "text"),
            joined(request.token, 1L << 32, "text"),
            new byte[15]);
    CompletableFuture<Void> read = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                for (byte[] body : bodies) {
                  server.handle(
                      inbox + "*", ScriptedConnection.message(inbox + "~", "", body, null));
                }
                read.complete(null);
              } catch (InterruptedException | RuntimeException e) {
                read.completeExceptionally(e);
              }
            });
    reader.setDaemon(true);
    reader.start();
    read.get(20, TimeUnit.SECONDS);
    assertThat(request).isNotDone();
    byte[] whole = joined(request.token, 4, "done");
    server.handle(inbox + "*", ScriptedConnection.message(inbox + "~", "", whole, null));
    assertThat(request).isCompletedWithValue("done");
  }

  /** A program that tries it repeatedly must not collect threads. */
  @Test
  void aQueueThatCannotBeOpenedLeavesNoThread() {
    server.close();
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    assertThatThrownBy(this::open).isInstanceOf(IllegalStateException.class);
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> thread.getName().startsWith("jetlane-nats"))
        .isSubsetOf(before);
  }
}
