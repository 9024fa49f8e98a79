// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each limit of the filter at its bound, and its reads at the end and after an error. */
class InboundLimitsTest {

  private static final String REPLY = "$JS.ACK.s.p.1.17.18.1700000000000000000.4";

  private final List<String> taken = new ArrayList<>();
  private boolean takes;
  private final AtomicInteger refusals = new AtomicInteger(7);

  private InboundRewriter rewriter(String... reads) {
    List<String> left = new ArrayList<>(List.of(reads));
    return new InboundRewriter(
        (target, from, length) -> {
          if (left.isEmpty()) {
            return -1;
          }
          byte[] bytes = left.remove(0).getBytes(StandardCharsets.ISO_8859_1);
          int count = Math.min(bytes.length, length);
          System.arraycopy(bytes, 0, target, from, count);
          if (count < bytes.length) {
            left.add(
                0, new String(bytes, count, bytes.length - count, StandardCharsets.ISO_8859_1));
          }
          return count;
        },
        () -> "_INBOX.abc.".getBytes(StandardCharsets.US_ASCII),
        (number, source, from, length) ->
            taken.add(number + "=" + new String(source, from, length, StandardCharsets.US_ASCII))
                && takes,
        refusals::incrementAndGet);
  }

  private static String readAll(InboundRewriter rewriter, int piece) throws IOException {
    StringBuilder all = new StringBuilder();
    byte[] target = new byte[piece + 2];
    for (int n = rewriter.read(target, 1, piece); n > 0; n = rewriter.read(target, 1, piece)) {
      assertThat(n).isLessThanOrEqualTo(piece);
      all.append(new String(target, 1, n, StandardCharsets.ISO_8859_1));
    }
    assertThat(target[0]).as("outside of the range").isZero();
    assertThat(target[piece + 1]).as("outside of the range").isZero();
    return all.toString();
  }

  private static String message(String subject, int size) {
    return "MSG " + subject + " 1 " + size + "\r\n" + "x".repeat(size) + "\r\n";
  }

  @ParameterizedTest
  @CsvSource({
    "_INBOX.abc.12, 4096, true",
    "_INBOX.abc.12, 4097, false",
    "_INBOX.abc.12, 0, true",
    "_INBOX.abc.999999999999999999, 1, true",
    "_INBOX.abc.1000000000000000000, 1, false",
    "_INBOX.abc., 1, false",
    "_INBOX.abc.0, 1, true",
    "_INBOX.abc.9, 1, true",
    "_INBOX.abc.1:, 1, false",
    "_INBOX.abc./1, 1, false",
    "_INBOX.abd.1, 1, false",
    "_INBOX.abc, 1, false",
  })
  void onlyAnAnswerIsOfferedToItsWaiter(String subject, int size, boolean answer)
      throws IOException {
    takes = true;
    String frame = message(subject, size);
    assertThat(readAll(rewriter(frame, "PING\r\n"), 100))
        .isEqualTo(answer ? "PING\r\n" : frame + "PING\r\n");
    String number = subject.substring(subject.lastIndexOf('.') + 1);
    assertThat(taken).isEqualTo(answer ? List.of(number + "=" + "x".repeat(size)) : List.of());
  }

  private static String delivery(String header, String body) {
    int total = header.length() + body.length();
    String sizes = " " + header.length() + " " + total + "\r\n";
    return "HMSG jetlane.p 7 " + REPLY + sizes + header + body + "\r\n";
  }

  private static String header(int size) {
    String start = "NATS/1.0\r\nNats-Msg-Id:";
    return start + "i".repeat(size - start.length() - 4) + "\r\n\r\n";
  }

  @Test
  void aMessageIdReplacesASubjectIfItsHeadersHaveAtMost512Bytes() throws IOException {
    assertThat(readAll(rewriter(delivery(header(512), "b")), 100)).startsWith("MSG iii");
    assertThat(readAll(rewriter(delivery(header(513), "b")), 100))
        .isEqualTo(delivery(header(513), "b"));
  }

  /** Nats-server accepts a max_payload of 64 MB. */
  @Test
  void aMessageHasAtMost128Megabytes() throws IOException {
    int most = 128 * 1024 * 1024;
    assertThat(readAll(rewriter("MSG a 1 " + most + "\r\n"), 100)).contains("" + most);
    assertThatThrownBy(() -> readAll(rewriter("MSG a 1 " + (most + 1) + "\r\n"), 100))
        .isInstanceOf(ProtocolException.class)
        .hasMessage(
            "the server sent a message of more than 134217728 bytes: MSG a 1 " + (most + 1));
  }

  @Test
  void theLongestLineHasSixtyFourKilobytes() throws IOException {
    int most = 64 * 1024;
    String line = "+OK " + "x".repeat(most - "+OK \r\n".length()) + "\r\n";
    assertThat(readAll(rewriter(line, "PING\r\n"), 10_000)).isEqualTo(line + "PING\r\n");
    assertThatThrownBy(() -> readAll(rewriter("x" + line), 10_000))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("the server sent a line of more than 65536 bytes");
  }

  /** The large array of one message must not stay for the life of the connection, nor be in use. */
  @Test
  void smallFramesFollowALargeOne() throws IOException {
    String large = delivery("NATS/1.0\r\nA:" + "b".repeat(200_000) + "\r\n\r\n", "body");
    String text = readAll(rewriter(large, "PING\r\n" + message("a", 3), "PONG\r\n", large), 70_000);
    assertThat(text).isEqualTo(large + "PING\r\n" + message("a", 3) + "PONG\r\n" + large);
  }

  /** A reader that reads again must not go on behind the broken frame. */
  @Test
  void anErrorComesAfterTheValidFramesAndAgainAtEachRead() throws IOException {
    takes = false;
    InboundRewriter rewriter =
        rewriter("PING\r\n" + message("_INBOX.abc.1", 1) + "BLA BLA\r\nPING\r\n", "PONG\r\n");
    byte[] target = new byte[100];
    int read = rewriter.read(target, 0, 100);
    assertThat(new String(target, 0, read, StandardCharsets.ISO_8859_1))
        .startsWith("PING\r\nMSG _INBOX.abc.~ 1 17\r\n");
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> rewriter.read(target, 0, 100))
          .isInstanceOf(ProtocolException.class)
          .hasMessage("the server sent an unknown operation: BLA BLA");
    }
  }

  @Test
  void theShownPartOfABrokenLineIsShort() {
    assertThatThrownBy(() -> readAll(rewriter("B".repeat(300) + "\r\n"), 100))
        .hasMessage("the server sent an unknown operation: " + "B".repeat(60));
  }

  @Test
  void theEndOfTheStreamIsReportedAtEachRead() throws IOException {
    InboundRewriter rewriter = rewriter("PIN");
    byte[] target = new byte[10];
    assertThat(rewriter.read(target, 0, 10)).isEqualTo(-1);
    assertThat(rewriter.read(target, 0, 10)).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "-ERR 'Authorization Violation', -ERR 'Authorization Violation (8)'",
        "-ERR 'User Authentication Expired', -ERR 'User Authentication Expired (8)'",
        "-ERR 'account AUTHENTICATION expired', -ERR 'account AUTHENTICATION expired (8)'",
        "-ERR 'Stale Connection', -ERR 'Stale Connection'",
        "-ERR authorization, -ERR authorization",
        "-ERR, -ERR",
      })
  void onlyARefusalOfCredentialsGetsANumber(String sent, String read) throws IOException {
    assertThat(readAll(rewriter(sent + "\r\n"), 100)).isEqualTo(read + "\r\n");
    assertThat(refusals).hasValue(sent.equals(read) ? 7 : 8);
  }

  /** One large message must not cost its memory for the life of the connection. */
  @Test
  void theArrayOfALargeFrameIsNotKept() throws IOException {
    String large = delivery("NATS/1.0\r\nA:" + "b".repeat(200_000) + "\r\n\r\n", "body");
    List<Integer> sizes = new ArrayList<>();
    byte[] all = (large + "PING\r\n").getBytes(StandardCharsets.ISO_8859_1);
    int[] at = {0};
    InboundRewriter rewriter =
        new InboundRewriter(
            (target, from, length) -> {
              sizes.add(target.length);
              int count = Math.min(length, all.length - at[0]);
              System.arraycopy(all, at[0], target, from, count);
              at[0] += count;
              return count == 0 ? -1 : count;
            },
            () -> null,
            (number, source, from, length) -> false,
            refusals::incrementAndGet);
    assertThat(readAll(rewriter, 50_000)).isEqualTo(large + "PING\r\n");
    assertThat(sizes).first().isEqualTo(64 * 1024);
    assertThat(sizes).as("while the large frame arrives").anyMatch(size -> size > 200_000);
    assertThat(sizes).last().isEqualTo(64 * 1024);
  }

  /** A reader that reads again must not go on behind the answer. */
  @Test
  void anExceptionOfTheTakerComesAfterTheValidFramesAndAgainAtEachRead() throws IOException {
    byte[] sent =
        ("PING\r\n" + message("_INBOX.abc.1", 1) + "PONG\r\n").getBytes(StandardCharsets.US_ASCII);
    InboundRewriter rewriter =
        new InboundRewriter(
            new ByteArrayInputStream(sent)::read,
            () -> "_INBOX.abc.".getBytes(StandardCharsets.US_ASCII),
            (number, source, from, length) -> {
              throw new IllegalStateException("planted");
            },
            refusals::incrementAndGet);
    byte[] target = new byte[100];
    assertThat(rewriter.read(target, 0, 100)).isEqualTo("PING\r\n".length());
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> rewriter.read(target, 0, 100))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("planted")
          .hasRootCauseInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void eachViolationIsNamed() {
    Map<String, String> violations =
        Map.of(
            "MSG a 1 x\r\n", "a size that is not a number: MSG a 1 x",
            "HMSG a 1 x 12\r\n", "a size that is not a number: HMSG a 1 x 12",
            "HMSG a 1 13 12\r\n", "headers that are longer than their message: HMSG a 1 13 12",
            "MSG a  b 1 0\r\n", "a message with an empty argument: MSG a  b 1 0",
            "MSG a 1 b c 0\r\n", "a message with a wrong number of arguments: MSG a 1 b c 0",
            "HMSG a 1 0\r\n", "a message with a wrong number of arguments: HMSG a 1 0",
            "INFO {\r\n", "server information that cannot be parsed: INFO {",
            "PING\n", "a line that does not end with CR LF: PING",
            "MSG _INBOX.abc.1 1 2\r\nabc\r\n",
                "a message with a wrong length: MSG _INBOX.abc.1 1 2",
            "MSG a 1 2\r\nabc\r\n", "a message with a wrong length");
    violations.forEach(
        (frame, text) ->
            assertThatThrownBy(() -> readAll(rewriter(frame), 100))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("the server sent " + text));
  }
}
