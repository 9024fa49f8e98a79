// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import io.nats.client.api.ServerInfo;
import io.nats.client.support.IncomingHeadersProcessor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A slow parser of the server's bytes, written independently of {@link InboundRewriter}, which must
 * find the same frames, changed as promised.
 */
final class InboundReference {

  private static final String ANSWERS = "_INBOX.abc.";

  private static final Pattern LINE = Pattern.compile("(?s)^([^\n]*)\n");
  private static final Pattern MESSAGE =
      Pattern.compile(
          "(?s)^MSG[ \t]([^ \t]+)[ \t]([^ \t]+)(?:[ \t]([^ \t]*))?[ \t]([0-9]{1,9})\r$");
  private static final Pattern WITH_HEADERS =
      Pattern.compile(
          "(?s)^HMSG[ \t]([^ \t]+)[ \t]([^ \t]+)(?:[ \t]([^ \t]*))?"
              + "[ \t]([0-9]{1,9})[ \t]([0-9]{1,9})\r$");
  private static final Pattern OTHER =
      Pattern.compile("(?s)^(?:PING|PONG|\\+OK|-ERR|INFO)(?:[ \t].*)?\r$");

  /** The number of a request. A server returns it unchanged; leading zeros do not change it. */
  private static final Pattern ANSWER =
      Pattern.compile("^(" + Pattern.quote(ANSWERS) + ")0*([0-9]{1,18})$");

  private static final Pattern PLAIN =
      Pattern.compile("NATS/1\\.0\r\n(?:[!-9;-~]+:[ -~]*\r\n)*\r\n");
  private static final Pattern STATUS =
      Pattern.compile("NATS/1\\.0(?: [0-9]{3}(?: [!-~][ -~]*)?)?\r\n(?:[!-9;-~]+:[ -~]*\r\n)*\r\n");
  private static final Pattern BARE =
      Pattern.compile("NATS/1\\.0\r\nNats-Msg-Id: ?([!-~]+)\r\n\r\n");

  /** The result of a parser: an event for each whole frame, and whether it ends with an error. */
  private record Read(List<String> events, boolean failed) {}

  private InboundReference() {}

  /** Fails unless the output of the filter is that of the slow parser. */
  static void check(String stream, List<Integer> cuts) {
    List<byte[]> blocks = new ArrayList<>();
    Read expected = parse(stream, true, new ArrayList<>());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean failed = filter(stream, cuts, out);
    Read actual = parse(out.toString(ISO_8859_1), false, blocks);
    assertThat(actual.events()).isEqualTo(expected.events());
    assertThat(failed || actual.failed()).isEqualTo(expected.failed());
    blocks.forEach(IncomingHeadersProcessor::new);
  }

  /** Sends the stream through the filter, piece by piece; returns whether that failed. */
  private static boolean filter(String stream, List<Integer> cuts, ByteArrayOutputStream out) {
    byte[] bytes = stream.getBytes(ISO_8859_1);
    int[] at = {0, 0};
    InboundRewriter rewriter =
        new InboundRewriter(
            (target, from, length) -> {
              int cut = cuts.get(at[1]++ % cuts.size());
              // Small pieces of a long stream would only take longer.
              int piece = Math.max(cut, bytes.length / 2_000);
              int count = Math.min(Math.min(piece, length), bytes.length - at[0]);
              System.arraycopy(bytes, at[0], target, from, count);
              at[0] += count;
              return count == 0 ? -1 : count;
            },
            () -> ANSWERS.getBytes(ISO_8859_1),
            (number, source, from, length) -> false,
            new AtomicInteger()::incrementAndGet);
    byte[] buffer = new byte[1_000];
    try {
      for (int n = rewriter.read(buffer, 0, 1_000); n > 0; n = rewriter.read(buffer, 0, 1_000)) {
        out.write(buffer, 0, n);
      }
      return false;
    } catch (IOException e) {
      assertThat(e).hasMessageStartingWith("the server sent ");
      return true;
    }
  }

  /**
   * @param changed whether events are to be as the filter changes them
   * @param blocks where the headers go that jnats would parse
   */
  private static Read parse(String stream, boolean changed, List<byte[]> blocks) {
    List<String> events = new ArrayList<>();
    String rest = stream;
    int refusals = 0;
    while (true) {
      Matcher line = LINE.matcher(rest);
      if (!line.find()) {
        return new Read(events, false);
      }
      String text = line.group(1);
      rest = rest.substring(line.end());
      Matcher plain = MESSAGE.matcher(text);
      Matcher headers = WITH_HEADERS.matcher(text);
      if (OTHER.matcher(text).matches()) {
        boolean unreadable = text.startsWith("INFO") && !isInformation(text);
        if (unreadable && changed) {
          return new Read(events, true);
        }
        if (changed && text.matches("(?s)-ERR.*(?i)auth(?-i).*'\r")) {
          text = text.replaceAll("'\r$", " (" + ++refusals + ")'\r");
        }
        events.add(unreadable ? "unreadable " + text : text);
        continue;
      }
      if (!plain.matches() && !headers.matches()) {
        return new Read(events, true);
      }
      int header = plain.matches() ? 0 : Integer.parseInt(headers.group(4));
      int total = Integer.parseInt(plain.matches() ? plain.group(4) : headers.group(5));
      if (header > total || total > 128 * 1024 * 1024) {
        return new Read(events, true);
      }
      if (rest.length() < total + 2) {
        boolean wrong = rest.length() > total && rest.charAt(total) != '\r';
        return new Read(events, wrong);
      }
      if (!rest.startsWith("\r\n", total)) {
        return new Read(events, true);
      }
      String block = rest.substring(0, header);
      String payload = rest.substring(header, total);
      rest = rest.substring(total + 2);
      if (plain.matches()) {
        add(
            events,
            changed ? renamed(plain.group(1)) : plain.group(1),
            plain.group(2),
            plain.group(3),
            null,
            payload);
      } else if (changed) {
        addChanged(events, headers, block, payload);
      } else {
        blocks.add(block.getBytes(ISO_8859_1));
        add(events, headers.group(1), headers.group(2), headers.group(3), block, payload);
      }
    }
  }

  /** Whether jnats can parse the line; otherwise its reader thread ends. */
  private static boolean isInformation(String line) {
    byte[] rest =
        line.substring(Math.min("INFO ".length(), line.length() - 1)).getBytes(ISO_8859_1);
    try {
      return !new ServerInfo(new String(rest, 0, rest.length - 1, UTF_8)).getVersion().isEmpty();
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static void addChanged(
      List<String> events, Matcher headers, String block, String payload) {
    String reply = headers.group(3);
    boolean delivery = reply != null && reply.startsWith("$JS.ACK.");
    Matcher bare = BARE.matcher(block);
    if (delivery && bare.matches() && block.length() <= 512 && !reply.contains(".@")) {
      add(events, bare.group(1), headers.group(2), reply, null, payload);
    } else {
      boolean kept = (delivery ? PLAIN : STATUS).matcher(block).matches();
      @Nullable String seen = kept || delivery ? block : null;
      add(events, renamed(headers.group(1)), headers.group(2), reply, seen, payload);
    }
  }

  /** Only the filter joins answers: another message on their subject gets another one. */
  private static String renamed(String subject) {
    return subject.equals(ANSWERS + "~") ? ANSWERS + "!" : subject;
  }

  private static void add(
      List<String> events,
      String subject,
      String sid,
      @Nullable String reply,
      @Nullable String block,
      String data) {
    if (subject.equals(ANSWERS + "~") && reply == null && block == null) {
      byte[] bytes = data.getBytes(ISO_8859_1);
      for (int i = 0; i < bytes.length; ) {
        int length = (int) ByteSink.longAt(bytes, i + 8);
        String body = data.substring(i + 16, i + 16 + length);
        add(events, ANSWERS + ByteSink.longAt(bytes, i), sid, null, null, body);
        i += 16 + length;
      }
      return;
    }
    String to = reply == null || reply.isEmpty() ? "none" : reply;
    events.add(
        ANSWER.matcher(subject).replaceFirst("$1$2")
            + "|"
            + sid
            + "|"
            + to
            + "|"
            + seen(block)
            + "|"
            + data);
  }

  /** The headers that the user and the queue see, wrapped or not. */
  private static String seen(@Nullable String block) {
    if (block == null) {
      return "none";
    }
    byte[] bytes = block.getBytes(ISO_8859_1);
    boolean mayBeWrapped = block.toLowerCase(Locale.ROOT).contains("jetlane-foreign-headers");
    TaskHeaders headers =
        mayBeWrapped && PLAIN.matcher(block).matches()
            ? TaskHeaders.of(new IncomingHeadersProcessor(bytes).getHeaders())
            : TaskHeaders.of(bytes);
    return headers.users() + "," + headers.first(WireHeaders.MESSAGE_ID);
  }
}
