// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.Warnings;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.impl.Headers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sockets of one connection, one after the other. */
@Timeout(60)
class WireTest {

  /** From this number of unanswered bytes on, the thread of the writer writes. */
  private static final int ROOM_BYTES = 64 * 1024;

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final FrameWriter writer = wire.newSocket();
  private final StringBuilder written = new StringBuilder();

  @AfterEach
  void release() {
    wire.release();
  }

  private void write() throws IOException {
    writer.writeTo(
        (bytes, length) -> written.append(new String(bytes, 0, length, StandardCharsets.US_ASCII)));
  }

  /** The sender of a frame decides whether to send it again: a late nak would do harm. */
  @Test
  void framesOfTheOldSocketAreNotWrittenToTheNewOne() throws Exception {
    wire.bind(server.connection());
    writer.publish("old", new byte[0]);
    assertThat(wire.newSocket()).isSameAs(writer);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    writer.publish("new", new byte[0]);
    write();
    assertThat(written).asString().isEqualTo("PUB new 0\r\n\r\n");
  }

  /** The answers would arrive before the server knows their subscription. */
  @Test
  void nothingIsWrittenBeforeTheServerKnowsTheSubscriptions() throws Exception {
    wire.bind(server.connection());
    assertThat(wire.newSocket()).isSameAs(writer);
    writer.publish("early", new byte[0]);
    write();
    assertThat(written).asString().isEmpty();
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    write();
    assertThat(written).asString().isEqualTo("PUB early 0\r\n\r\n");
  }

  /** A server that refuses the credentials of many clients is not kept busy by them. */
  @Test
  void onlyTheReconnectAfterARefusalOfTheCredentialsWaitsLong() throws Exception {
    Duration second = Duration.ofSeconds(1);
    assertThat(wire.reconnectWait()).isLessThan(second);
    for (int round = 0; round < 2; round++) {
      readRefusal();
      assertThat(wire.reconnectWait()).isGreaterThanOrEqualTo(second);
      assertThat(wire.reconnectWait()).isLessThan(second);
    }
  }

  private void readRefusal() throws IOException {
    byte[] refusal = "-ERR 'Authorization Violation'\r\n".getBytes(StandardCharsets.US_ASCII);
    int read = wire.rewriterOf(new ByteArrayInputStream(refusal)::read).read(new byte[100], 0, 100);
    assertThat(read).isPositive();
  }

  @Test
  void theTimeBetweenTwoAttemptsIsSpreadOverItsDouble() throws Exception {
    for (int i = 0; i < 200; i++) {
      assertThat(wire.reconnectWait()).isBetween(Duration.ofMillis(250), Duration.ofMillis(499));
      readRefusal();
      assertThat(wire.credentialRefusals()).isEqualTo(i + 1);
      assertThat(wire.reconnectWait())
          .isBetween(Duration.ofMillis(1_000), Duration.ofMillis(1_999));
    }
  }

  /** The same refusal on a new socket would close the connection permanently. */
  @Test
  void refusalsAreCountedOverAllSockets() throws Exception {
    readRefusal();
    readRefusal();
    assertThat(wire.credentialRefusals()).isEqualTo(2);
    assertThat(new Wire().credentialRefusals()).isZero();
  }

  @Test
  void aPartOfAnUnboundWireDoesNotExist() {
    assertThatThrownBy(wire::sender).hasMessage("not connected yet");
    assertThatThrownBy(wire::flushLock).hasMessage("not connected yet");
    wire.bind(server.connection());
    assertThat(wire.sender()).isSameAs(writer);
    Wire over = new Wire();
    over.bind(server.connection());
    assertThat(over.sender()).isInstanceOf(Sender.ThroughJnats.class);
    assertThat(over.isOwn()).isFalse();
    assertThat(wire.isOwn()).isTrue();
    over.release();
  }

  /** An exception of jnats is the reason of a failed attempt only while there is no connection. */
  @Test
  void exceptionsOfAttemptsAreReasons() {
    wire.exceptionOccurred(server.connection(), new UnknownHostException("first"));
    assertThat(wire.connectFailures().text()).isEqualTo("unknown host first");
    wire.bind(server.connection());
    server.disconnect();
    wire.exceptionOccurred(server.connection(), new UnknownHostException("second"));
    server.connect();
    wire.exceptionOccurred(server.connection(), new UnknownHostException("third"));
    server.disconnect();
    assertThat(wire.connectFailures().text()).isEqualTo("unknown host first");
    assertThat(wire.monitor().whyDown()).endsWith("(unknown host second)");
  }

  @Test
  void aViolationOfTheProtocolIsAReasonAndAWarning() {
    Warnings told = new Warnings();
    wire.monitor().tell(told);
    wire.protocolFailed(new ProtocolException("a riddle"));
    assertThat(wire.connectFailures().text()).contains("the server sent a riddle");
    assertThat(told.texts()).singleElement().asString().startsWith("the server sent a riddle");
    wire.readerDied();
    assertThat(told.texts().get(1)).startsWith("no thread reads the connection");
    Wire over = new Wire();
    over.readerDied();
    assertThat(over.monitor().recentDeath()).contains("NatsQueues.connect");
  }

  /** The answers of the first requests would arrive at a subscription that the server lacks. */
  @Test
  void theSubscriptionToAnswersIsFlushedOnASocketOfOurs() {
    wire.bind(server.connection());
    wire.foldAnswers("in.", (number, source, from, length) -> true);
    assertThat(server.calls()).containsExactly("flush");
    Thread.currentThread().interrupt();
    wire.foldAnswers("in.", (number, source, from, length) -> true);
    assertThat(Thread.interrupted()).isTrue();
    server.forgetCalls();
    Wire over = new Wire();
    over.bind(server.connection());
    over.foldAnswers("in.", (number, source, from, length) -> true);
    assertThat(server.calls()).isEmpty();
  }

  @Test
  void anAnswerIsOfferedToTheLatestTaker() throws Exception {
    wire.bind(server.connection());
    assertThat(read("MSG in.7 1 0\r\n\r\n")).as("no taker").isEqualTo("MSG in.7 1 0\r\n\r\n");
    wire.foldAnswers("in.", (number, source, from, length) -> number == 7);
    assertThat(read("MSG in.7 1 0\r\n\r\n")).as("taken").isEmpty();
    assertThat(read("MSG in.8 1 0\r\n\r\n")).as("left").startsWith("MSG in.~ 1 16\r\n");
  }

  private String read(String frames) throws IOException {
    byte[] sent = frames.getBytes(StandardCharsets.US_ASCII);
    byte[] into = new byte[100];
    int read = wire.rewriterOf(new ByteArrayInputStream(sent)::read).read(into, 0, 100);
    return new String(into, 0, Math.max(0, read), StandardCharsets.US_ASCII);
  }

  /** On the connection of a caller all messages pass through jnats. */
  @Test
  void jnatsReceivesTheSameMessages() {
    List<String> sent = new ArrayList<>();
    ReplacedCalls calls =
        new ReplacedCalls(server.connection())
            .with(
                "publish",
                arguments -> {
                  for (int i = 0; i < arguments.length; i++) {
                    if (arguments[i] instanceof byte[] body) {
                      arguments[i] = new String(body, StandardCharsets.US_ASCII);
                    }
                  }
                  sent.add(Arrays.toString(arguments));
                  return null;
                });
    Sender sender = new Sender.ThroughJnats(calls.connection());
    sender.publish("a", new byte[] {'x'});
    sender.publish("a", "reply", new byte[] {'y'});
    record Message(String subject, List<Frame> before) implements Frame {
      @Override
      public byte[] body() {
        return new byte[] {'z'};
      }
    }
    Message first = new Message("first", List.of());
    Message second = new Message("second", List.of());
    assertThat(
            sender.send(new Message("last", List.of(first, second)), "in.", 12, Urgency.PIPELINED))
        .isFalse();
    assertThat(sent)
        .containsExactly(
            "[a, x]",
            "[a, reply, y]",
            "[first, null, z]",
            "[second, null, z]",
            "[last, in.12, null, z]");
    assertThat(sender.hasRoom()).isTrue();
  }

  /** The socket is opened before the subscription to answers exists. */
  @Test
  void anOpenSocketUsesThePrefixAndTheTakerThatComeLater() throws Exception {
    wire.bind(server.connection());
    List<String> frames =
        new ArrayList<>(
            List.of("MSG in.7 1 0\r\n\r\n", "MSG in.7 1 0\r\n\r\nMSG in.8 1 0\r\n\r\n"));
    InboundRewriter socket =
        wire.rewriterOf(
            (target, from, length) -> {
              byte[] sent = frames.remove(0).getBytes(StandardCharsets.US_ASCII);
              System.arraycopy(sent, 0, target, from, sent.length);
              return sent.length;
            });
    byte[] into = new byte[100];
    int read = socket.read(into, 0, 100);
    assertThat(new String(into, 0, read, StandardCharsets.US_ASCII)).startsWith("MSG in.7 1 0");
    List<Long> taken = new ArrayList<>();
    wire.foldAnswers("in.", (number, source, from, length) -> number == 7 && taken.add(number));
    read = socket.read(into, 0, 100);
    assertThat(new String(into, 0, read, StandardCharsets.US_ASCII)).startsWith("MSG in.~ 1 16");
    assertThat(taken).containsExactly(7L);
  }

  /**
   * jnats reads nothing of a taken answer. If the answer did not count, the thread of the writer
   * would write each blocking push, which costs two thread switches.
   */
  @Test
  void aTakenAnswerShowsThatTheServerReads() throws Exception {
    List<String> threads = new CopyOnWriteArrayList<>();
    ReplacedCalls calls =
        new ReplacedCalls(server.connection())
            .with(
                "flushBuffer",
                none -> {
                  writer.writeTo((bytes, length) -> threads.add(Thread.currentThread().getName()));
                  return null;
                })
            .with("getMaxPayload", none -> 1L << 20);
    wire.bind(calls.connection());
    wire.foldAnswers("in.", (number, source, from, length) -> true);
    byte[] answer = "MSG in.7 1 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    int[] reads = {0};
    InboundRewriter socket =
        wire.rewriterOf(
            (target, from, length) -> {
              if (reads[0]++ > 0) {
                threads.clear();
                writer.publish("next", "reply", new byte[0]);
                TestQueues.await("the next push", () -> !threads.isEmpty());
              }
              if (reads[0] > 10 || threads.contains(Thread.currentThread().getName())) {
                return -1;
              }
              int before = threads.size();
              writer.publish("large", "reply", new byte[ROOM_BYTES]);
              TestQueues.await("the large push", () -> threads.size() > before);
              System.arraycopy(answer, 0, target, from, answer.length);
              return answer.length;
            });
    assertThat(socket.read(new byte[100], 0, 100)).isEqualTo(-1);
    assertThat(threads)
        .as("a caller after an answer")
        .containsExactly(Thread.currentThread().getName());
  }

  /** A look before the report of jnats would report the refusal twice. */
  @Test
  void onlyOnAConnectionOfTheCallerALookFindsARefusal() {
    String[] lastError = {null};
    ReplacedCalls calls =
        new ReplacedCalls(server.connection()).with("getLastError", none -> lastError[0]);
    Wire over = new Wire();
    List<String> found = new ArrayList<>();
    for (Wire each : List.of(wire, over)) {
      lastError[0] = null;
      each.bind(calls.connection());
      each.monitor()
          .observe(
              new ConnectionMonitor.Observer() {
                @Override
                public void denied(String subject) {
                  found.add(subject + (each.isOwn() ? " ours" : " theirs"));
                }
              });
      lastError[0] = "Permissions Violation for Publish to \"a\"";
      each.refusals().look();
      each.refusals().look();
    }
    assertThat(found).containsExactly("a theirs");
  }

  /** The messages of an atomic push differ in their headers only. */
  @Test
  void jnatsReceivesTheHeadersAndTheBodyOfEachMessage() {
    record Message(String name, List<Frame> before) implements Frame {
      @Override
      public String subject() {
        return "to " + name;
      }

      @Override
      public byte[] body() {
        return name.getBytes(StandardCharsets.US_ASCII);
      }

      @Override
      public Headers headers() {
        return new Headers().add("name", name);
      }
    }
    Message last =
        new Message("c", List.of(new Message("a", List.of()), new Message("b", List.of())));
    new Sender.ThroughJnats(server.connection()).send(last, "in.", 7, Urgency.DEFERRED);
    assertThat(server.published())
        .extracting(
            sent ->
                String.join(
                    "|",
                    sent.subject(),
                    sent.replyTo(),
                    Objects.requireNonNull(sent.headers()).getFirst("name"),
                    sent.body()))
        .containsExactly("to a||a|a", "to b||b|b", "to c|in.7|c|c");
  }
}
