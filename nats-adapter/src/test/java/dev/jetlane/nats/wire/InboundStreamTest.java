// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * For any bytes of a server, divided anywhere, the filter outputs the frames that a slow parser
 * finds, changed as promised, and jnats can parse all of them.
 */
class InboundStreamTest {

  private static final String REPLY = "$JS.ACK.s.p.1.17.18.1700000000000000000.4";
  private static final String LATER = "$JS.ACK.s.@later.1.17.18.1700000000000000000.4";

  @Property(tries = 3_000)
  void theFilterAgreesWithASlowParserOnAnyBytes(
      @ForAll("streams") String stream, @ForAll("cuts") List<Integer> cuts) {
    InboundReference.check(stream, cuts);
  }

  /** The streams that the fuzzer found; each reaches other code ({@code InboundFuzz}). */
  @Example
  void theFilterAgreesWithASlowParserOnStreamsOfTheFuzzer() throws Exception {
    URL folder = InboundStreamTest.class.getResource("InboundFuzzInputs");
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      List<Path> found = files.toList();
      assertThat(found).isNotEmpty();
      for (Path file : found) {
        for (int cut : new int[] {1, 7, 100_000}) {
          InboundReference.check(Files.readString(file, ISO_8859_1), List.of(cut));
        }
      }
    }
  }

  @Provide
  Arbitrary<String> streams() {
    return Arbitraries.frequencyOf(
            Tuple.of(20, frames()),
            Tuple.of(1, Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(30)),
            Tuple.of(1, frames().map(frame -> frame.substring(0, frame.length() / 2))),
            Tuple.of(1, frames().map(frame -> frame.replace(" 3", " 4"))),
            Tuple.of(1, frames().map(frame -> frame.replace('1', 'x'))),
            Tuple.of(2, frames().map(frame -> frame.replaceFirst(" 3 ", " 3  "))),
            Tuple.of(1, frames().map(frame -> frame.replaceFirst(" ", "  "))),
            Tuple.of(1, frames().map(frame -> frame.replace("\r\n", "\n"))))
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }

  private static Arbitrary<String> frames() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            "PING\r\n",
            "PONG\r\n",
            "+OK\r\n",
            "INFO {\"a\":1}\r\n",
            "INFO {\r\n",
            "INFO  {}\r\n",
            "INFO {\"port\"::1}\r\n",
            "-ERR 'Permissions Violation for Publish to \"a\"'\r\n",
            "-ERR 'Authorization Violation'\r\n"),
        Combinators.combine(subjects(), replies(), payloads()).as(InboundStreamTest::message),
        Combinators.combine(subjects(), replies(), blocks(), payloads())
            .as(InboundStreamTest::message));
  }

  private static Arbitrary<String> subjects() {
    return Arbitraries.of(
        "jetlane.p", "_INBOX.abc.12", "_INBOX.abc.7", "_INBOX.abc.x", "a.\u00fc.\u0001", "other");
  }

  private static Arbitrary<String> replies() {
    return Arbitraries.of(REPLY, REPLY, LATER, "", "an.inbox");
  }

  private static Arbitrary<String> payloads() {
    return Arbitraries.oneOf(
        Arbitraries.of("", "a", "PING\r\n", "MSG a 1 3\r\n", "\r\n"),
        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(40),
        Arbitraries.of("x".repeat(5_000), "y".repeat(66_000)));
  }

  private static Arbitrary<String> blocks() {
    Arbitrary<String> line =
        Arbitraries.of(
            "A:b\r\n",
            "A: b\r\n",
            "Nats-Msg-Id:p/1\r\n",
            "Nats-Msg-Id: \r\n",
            "Name: w\u00c3\u00a4rt\r\n",
            "Bad: \u00ff\u00fe\r\n",
            "Nocolon\r\n",
            ":noname\r\n",
            "a b: c\r\n",
            "Tab:\tc\r\n",
            "Cut: a\rb\r\n",
            "Bell: \u0007\r\n",
            "Many:" + "v".repeat(600) + "\r\n");
    Arbitrary<String> start =
        Arbitraries.of(
            "NATS/1.0\r\n",
            "NATS/1.0\r\n",
            "NATS/1.0\r\n",
            "NATS/1.0 404\r\n",
            "NATS/1.0 409 Consumer Deleted\r\n",
            "NATS/1.0 x\r\n",
            "NATS/2.0\r\n",
            "");
    Arbitrary<String> end = Arbitraries.of("\r\n", "\r\n", "\r\n", "", "\r\n\r\n");
    return Arbitraries.oneOf(
        Combinators.combine(start, line.list().ofMaxSize(4), end)
            .as((first, lines, last) -> first + String.join("", lines) + last),
        Arbitraries.of("NATS/1.0\r\nNats-Msg-Id:p/1\r\n\r\n", "NATS/1.0\r\n\r\n", ""),
        Arbitraries.of("NATS/1.0\r\nA:" + "\u00e4".repeat(66_000) + "\r\n\r\n"),
        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(40));
  }

  @Provide
  Arbitrary<List<Integer>> cuts() {
    return Arbitraries.of(1, 2, 3, 7, 100, 4_000, 100_000).list().ofMinSize(1).ofMaxSize(8);
  }

  private static String message(String subject, String reply, String payload) {
    String to = reply.isEmpty() ? "" : reply + " ";
    return "MSG " + subject + " 3 " + to + payload.length() + "\r\n" + payload + "\r\n";
  }

  private static String message(String subject, String reply, String block, String payload) {
    String to = reply.isEmpty() ? "" : reply + " ";
    int total = block.length() + payload.length();
    String sizes = block.length() + " " + total + "\r\n";
    return "HMSG " + subject + " 3 " + to + sizes + block + payload + "\r\n";
  }
}
