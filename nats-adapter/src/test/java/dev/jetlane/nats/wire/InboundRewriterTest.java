// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboundRewriterTest {

  private static final String ANSWERS = "_INBOX.abc.";
  private static final String REPLY = "$JS.ACK.s.p.1.17.18.1700000000000000000.4";
  private static final InboundRewriter.Taker NONE_TAKEN = (number, bytes, from, length) -> false;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INFO {\"server_id\":\"MSG\"}\r\n",
        "PING\r\nPONG\r\n+OK\r\n-ERR 'Permissions Violation'\r\n",
        "MSG other.subject 1 5\r\nhello\r\n",
        "MSG other.subject 1 reply.to 0\r\n\r\n",
        "MSG _INBOX.abc.x12 1 0\r\n\r\n",
        "MSG _INBOX.abc. 1 0\r\n\r\n",
        "MSG _INBOX.abc.12 1 a.reply 0\r\n\r\n",
        "HMSG _INBOX.abc.12 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
      })
  void foreignFramesPass(String frames) throws IOException {
    assertThat(translate(frames, frames.length())).isEqualTo(frames);
    assertThat(translate(frames, 1)).isEqualTo(frames);
  }

  @Test
  void aTaskWithOnlyAnIdLosesItsHeaders() throws IOException {
    assertThat(translate(delivery("Nats-Msg-Id:p/task-1\r\n", "abc"), 1))
        .isEqualTo("MSG p/task-1 7 " + REPLY + " 3\r\nabc\r\n");
    assertThat(translate(delivery("Nats-Msg-Id: p/task-1\r\n", ""), 7))
        .isEqualTo("MSG p/task-1 7 " + REPLY + " 0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Nats-Msg-Id:p/t\r\nTrace: 1\r\n",
        "Trace: 1\r\nNats-Msg-Id:p/t\r\n",
        "Nats-Msg-Id:p/with space\r\n",
        "Nats-Msg-Id:\r\n",
        "Nats-Msg-Id: \r\n",
        "Nats-Msg-Idx:p/t\r\n",
        "",
      })
  void allOtherTasksPass(String headers) throws IOException {
    String frame = delivery(headers, "abc");
    assertThat(translate(frame, 1)).isEqualTo(frame);
    assertThat(translate(frame, frame.length())).isEqualTo(frame);
  }

  @Test
  void headersThatJnatsCannotParseAreWrapped() throws IOException {
    String frame = delivery("Nats-Msg-Id:p/\u00e4\r\n", "abc");
    for (int piece : new int[] {1, 7, frame.length()}) {
      assertThat(translate(frame, piece))
          .isEqualTo(
              "HMSG jetlane.p 7 "
                  + REPLY
                  + " 78 81\r\n"
                  + "NATS/1.0\r\n"
                  + "Jetlane-Foreign-Headers:TkFUUy8xLjANCk5hdHMtTXNnLUlkOnAv5A0KDQo=\r\n\r\n"
                  + "abc\r\n");
    }
  }

  @Test
  void anExceptionOfTheAnswerHandlerEndsTheConnectionAndNotItsReader() {
    InboundRewriter.Taker broken =
        (number, bytes, from, length) -> {
          throw new IllegalArgumentException("answer " + number);
        };
    assertThatThrownBy(() -> translate("MSG _INBOX.abc.12 1 0\r\n\r\n", 1, broken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("answer 12");
  }

  /** jnats would take the task for the end of a pull, and no worker would receive it. */
  @Test
  void aTaskIsNoStatus() throws IOException {
    String frame = "HMSG jetlane.p 7 " + REPLY + " 16 16\r\nNATS/1.0 404\r\n\r\n\r\n";
    assertThat(translate(frame, 5)).contains("Jetlane-Foreign-Headers:");
  }

  /** jnats closes a connection permanently when it reads the same refusal twice. */
  @Test
  void noRefusalOfCredentialsIsTheSameTwice() throws IOException {
    String frame = "-ERR 'Authorization Violation'\r\n";
    assertThat(translate(frame + frame, 5))
        .isEqualTo("-ERR 'Authorization Violation (1)'\r\n-ERR 'Authorization Violation (2)'\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MSG a 1 x\r\n",
        "MSG _INBOX.abc.12 1 2\r\nokayPING\r\n",
        "MSG a 1 -1\r\n",
        "MSG a 1 9999999999\r\n",
        "MSG a 1 999999999\r\n",
        "MSG  1 0\r\n",
        "MSG a 1 b c 0\r\n",
        "MSG  a 1 0\r\n",
        "MSG a  1 0\r\n",
        "MSG a 1   0\r\n",
        "MSG a 1 b  0\r\n",
        "MSG a 1  b 0\r\n",
        "MSG a 1 0 \r\n",
        "HMSG a 1  b 12 12\r\n",
        "HMSG a 1 12  12\r\n",
        "HMSG a 1 13 12\r\n",
        "HMSG a 1 0\r\n",
        "MSG a 1 0\n",
        "INFO {\r\n",
        "BLA\r\n",
        "\r\n",
        "MSG _INBOX.abc.12 1 2\r\nabc\r\n",
      })
  void aProtocolViolationIsReported(String frame) {
    assertThatThrownBy(() -> translate("PING\r\n" + frame, 3))
        .isInstanceOf(ProtocolException.class)
        .hasMessageStartingWith("the server sent ");
  }

  /** Also if a read begins with the wrong byte. */
  @ParameterizedTest
  @ValueSource(strings = {"X\n", "\rX"})
  void aMessageOfAWrongLengthIsReportedAtItsEnd(String end) {
    String frame = "MSG some.subject 1 3\r\nabc" + end;
    for (int size = 1; size <= frame.length(); size++) {
      int bytes = size;
      assertThatThrownBy(() -> translate(frame, bytes))
          .as("reads of %d bytes", size)
          .isInstanceOf(ProtocolException.class)
          .hasMessage("the server sent a message with a wrong length");
    }
  }

  @Test
  void onlyDeliveriesLoseTheirHeaders() throws IOException {
    String frame = delivery("Nats-Msg-Id:p/t\r\n", "abc").replace(REPLY, "some.inbox");
    assertThat(translate(frame, 3)).isEqualTo(frame);
  }

  @Test
  void delayedTasksKeepTheirSubjects() throws IOException {
    String frame = delivery("Nats-Msg-Id:p/t\r\n", "abc").replace("$JS.ACK.s.p.", "$JS.ACK.s.@l.");
    assertThat(translate(frame, 3)).isEqualTo(frame);
  }

  @Test
  void consecutiveAnswersAreOneMessage() throws IOException {
    String frames = "MSG _INBOX.abc.12 3 0\r\n\r\nMSG _INBOX.abc.1003 3 2\r\nok\r\n";
    ByteSink body = new ByteSink(64);
    body.putLong(12).putLong(0).putLong(1003).putLong(2).put("ok");
    assertThat(translate(frames, frames.length())).isEqualTo(folded(body));
  }

  @Test
  void answersOfTwoSubscriptionsAreTwoMessages() throws IOException {
    String frames = "MSG _INBOX.abc.1 3 0\r\n\r\nMSG _INBOX.abc.2 4 0\r\n\r\n";
    String first = folded(new ByteSink(64).putLong(1).putLong(0));
    String second = folded(new ByteSink(64).putLong(2).putLong(0));
    assertThat(translate(frames, frames.length()))
        .isEqualTo(first + second.replace(".~ 3 ", ".~ 4 "));
  }

  /** nats-server 2.9 writes its answers like this: between two spaces. */
  @Test
  void aReplySubjectMayBeEmpty() throws IOException {
    String frames = "MSG _INBOX.abc.12 3  2\r\nok\r\nMSG _INBOX.abc. 1  0\r\n\r\n";
    ByteSink body = new ByteSink(64).putLong(12).putLong(2).put("ok");
    assertThat(translate(frames, frames.length()))
        .isEqualTo(folded(body) + "MSG _INBOX.abc. 1  0\r\n\r\n");
  }

  @Test
  void answersKeepTheirPlaceAmongTheOthers() throws IOException {
    String frames = "PING\r\nMSG _INBOX.abc.1 3 0\r\n\r\nPONG\r\nMSG _INBOX.abc.2 3 0\r\n\r\n";
    String first = folded(new ByteSink(64).putLong(1).putLong(0));
    String second = folded(new ByteSink(64).putLong(2).putLong(0));
    assertThat(translate(frames, frames.length()))
        .isEqualTo("PING\r\n" + first + "PONG\r\n" + second);
  }

  @Test
  void anAwaitedAnswerDoesNotReachJnats() throws IOException {
    String frames =
        "MSG _INBOX.abc.12 3 0\r\n\r\nMSG _INBOX.abc.7 3 2\r\nok\r\nMSG _INBOX.abc.8 3 0\r\n\r\n";
    List<String> taken = new ArrayList<>();
    InboundRewriter.Taker seven =
        (number, bytes, from, length) ->
            number == 7 && taken.add(new String(bytes, from, length, StandardCharsets.US_ASCII));
    byte[] prefix = ANSWERS.getBytes(StandardCharsets.US_ASCII);
    String read =
        readAll(
            new InboundRewriter(source(frames, frames.length()), () -> prefix, seven, () -> 1),
            1_000);
    assertThat(taken).containsExactly("ok");
    assertThat(read)
        .isEqualTo(folded(new ByteSink(64).putLong(12).putLong(0).putLong(8).putLong(0)));
  }

  @Test
  void answersBeforeTheFirstRequestPass() throws IOException {
    String frame = "MSG _INBOX.abc.12 3 0\r\n\r\n";
    InboundRewriter inlet = new InboundRewriter(source(frame, 5), () -> null, NONE_TAKEN, () -> 1);
    assertThat(readAll(inlet, 10)).isEqualTo(frame);
  }

  @Test
  void anEndlessLineIsAnError() {
    assertThatThrownBy(() -> translate("MSG " + "x".repeat(100_000), 8_000))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aLineThatIsNoMessageIsAnError() {
    assertThatThrownBy(() -> translate("MSG\r\n", 5)).isInstanceOf(IOException.class);
  }

  /** The filter produces the same messages for any division of the bytes. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void piecesOfAnySizeGiveTheSameMessages(long seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder frames = new StringBuilder();
    for (int i = 0; i < 2_000; i++) {
      frames.append(randomFrame(random));
    }
    String all = frames.toString();
    List<String> expected = unfold(translate(all, all.length()));
    assertThat(expected).hasSize(2_000);
    for (int piece : new int[] {1, 13, 700, 64_000}) {
      assertThat(unfold(translate(all, piece))).isEqualTo(expected);
    }
  }

  private static String randomFrame(Random random) {
    String payload = "\rM\n".repeat(random.nextInt(random.nextInt(20) == 0 ? 4_000 : 40));
    return switch (random.nextInt(6)) {
      case 0 -> "PING\r\n";
      case 1 -> "MSG _INBOX.abc." + random.nextInt(1_000_000) + " 3 5\r\nhello\r\n";
      case 2 -> "MSG _INBOX.abc." + random.nextInt(1_000_000) + " 3 0\r\n\r\n";
      case 3 -> "MSG foo 3 " + payload.length() + "\r\n" + payload + "\r\n";
      case 4 -> delivery("Nats-Msg-Id:p/" + random.nextInt(100) + "\r\n", payload);
      default -> delivery("Nats-Msg-Id:p/1\r\nTrace:a\r\n", payload);
    };
  }

  private static String delivery(String headers, String payload) {
    String block = "NATS/1.0\r\n" + headers + "\r\n";
    int header = block.getBytes(StandardCharsets.ISO_8859_1).length;
    int total = header + payload.length();
    return "HMSG jetlane.p 7 "
        + REPLY
        + " "
        + header
        + " "
        + total
        + "\r\n"
        + block
        + payload
        + "\r\n";
  }

  private static String folded(ByteSink body) {
    String text = new String(body.array(), 0, body.size(), StandardCharsets.ISO_8859_1);
    return "MSG _INBOX.abc.~ 3 " + body.size() + "\r\n" + text + "\r\n";
  }

  /** Returns the frames of the stream, joined ones one by one. */
  private static List<String> unfold(String stream) {
    List<String> frames = new ArrayList<>();
    for (int at = 0; at < stream.length(); ) {
      int eol = stream.indexOf("\r\n", at);
      String line = stream.substring(at, eol);
      at = eol + 2;
      if (!line.startsWith("MSG") && !line.startsWith("HMSG")) {
        frames.add(line);
        continue;
      }
      int size = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
      String body = stream.substring(at, at + size);
      at += size + 2;
      if (!line.startsWith("MSG _INBOX.abc.~ ")) {
        frames.add(line + "|" + body);
        continue;
      }
      byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
      for (int i = 0; i < bytes.length; ) {
        int length = (int) ByteSink.longAt(bytes, i + 8);
        frames.add(ByteSink.longAt(bytes, i) + "=" + body.substring(i + 16, i + 16 + length));
        i += 16 + length;
      }
    }
    return frames;
  }

  private static String translate(String frames, int piece) throws IOException {
    return translate(frames, piece, NONE_TAKEN);
  }

  private static String translate(String frames, int piece, InboundRewriter.Taker taker)
      throws IOException {
    return readAll(
        new InboundRewriter(
            source(frames, piece),
            () -> ANSWERS.getBytes(StandardCharsets.US_ASCII),
            taker,
            new AtomicInteger()::incrementAndGet),
        1_000);
  }

  private static InboundRewriter.Source source(String frames, int piece) {
    byte[] bytes = frames.getBytes(StandardCharsets.ISO_8859_1);
    int[] at = {0};
    return (target, from, length) -> {
      int count = Math.min(Math.min(piece, length), bytes.length - at[0]);
      System.arraycopy(bytes, at[0], target, from, count);
      at[0] += count;
      return count == 0 ? -1 : count;
    };
  }

  private static String readAll(InboundRewriter inlet, int piece) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[piece];
    for (int n = inlet.read(buffer, 0, piece); n > 0; n = inlet.read(buffer, 0, piece)) {
      all.write(buffer, 0, n);
    }
    return all.toString(StandardCharsets.ISO_8859_1);
  }
}
