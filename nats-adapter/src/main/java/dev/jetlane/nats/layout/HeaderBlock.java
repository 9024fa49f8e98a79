// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a message's headers, as any client may have written them.
 *
 * <p>A server stores every block of bytes as headers. jnats parses only headers that it would write
 * itself. Its reader thread ends silently at all others: values in UTF-8, lines without a colon,
 * arbitrary bytes. So a block that is not {@linkplain #isPlain plain} is {@linkplain #wrap wrapped}
 * before jnats reads it, and unwrapped by {@link TaskHeaders}.
 *
 * <p>The meaning of a block that is not plain: each line up to the next line break is a header, its
 * name is before the first colon, its value is the rest, read as UTF-8. Bytes that are not UTF-8
 * become U+FFFD and control characters become spaces; both ends are trimmed. Lines without a colon
 * or a name are left out. A block that does not start with {@code NATS/1.0} has no headers.
 */
public final class HeaderBlock {

  /** The only header of a wrapped block: the original block in base64. */
  static final String WRAPPED = "Jetlane-Foreign-Headers";

  private static final byte[] VERSION = ascii("NATS/1.0");
  private static final byte[] WRAPPED_START = ascii("NATS/1.0\r\n" + WRAPPED + ":");
  private static final byte[] WRAPPED_END = ascii("\r\n\r\n");

  private HeaderBlock() {}

  /**
   * Returns whether jnats parses the block as headers of a task: the version, then lines of a name,
   * a colon and a value in ASCII, then an empty line, and no status.
   */
  public static boolean isPlain(byte[] bytes, int from, int to) {
    int at = from + VERSION.length;
    if (at > to || !Arrays.equals(bytes, from, at, VERSION, 0, VERSION.length)) {
      return false;
    }
    return areLines(bytes, at, to);
  }

  /**
   * Like {@link #isPlain}, for a status of the server: a code and a text may follow the version.
   */
  public static boolean isPlainStatus(byte[] bytes, int from, int to) {
    int at = from + VERSION.length;
    if (at >= to || !Arrays.equals(bytes, from, at, VERSION, 0, VERSION.length)) {
      return false;
    }
    if (bytes[at] == ' ') {
      int code = at + 1;
      at = code;
      while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
        at++;
      }
      if (at - code != 3) {
        return false;
      }
      if (at < to && bytes[at] == ' ') {
        int text = ++at;
        while (at < to && isText(bytes[at])) {
          at++;
        }
        if (at == text || bytes[text] == ' ') {
          return false;
        }
      }
    }
    return areLines(bytes, at, to);
  }

  /** Returns whether the bytes are a line break, headers, and an empty line at the end. */
  private static boolean areLines(byte[] bytes, int from, int to) {
    int at = afterBreak(bytes, from, to);
    while (at >= 0 && at < to && bytes[at] != '\r') {
      int name = at;
      while (at < to && bytes[at] > ' ' && bytes[at] <= '~' && bytes[at] != ':') {
        at++;
      }
      if (at == name || at == to || bytes[at] != ':') {
        return false;
      }
      at++;
      while (at < to && isText(bytes[at])) {
        at++;
      }
      at = afterBreak(bytes, at, to);
    }
    return at >= 0 && afterBreak(bytes, at, to) == to;
  }

  private static int afterBreak(byte[] bytes, int at, int to) {
    return at + 1 < to && bytes[at] == '\r' && bytes[at + 1] == '\n' ? at + 2 : -1;
  }

  private static boolean isText(byte b) {
    return b >= ' ' && b <= '~';
  }

  /** Returns a block that jnats parses and that contains this one. */
  public static byte[] wrap(byte[] bytes, int from, int to) {
    byte[] encoded = Base64.getEncoder().encode(Arrays.copyOfRange(bytes, from, to));
    byte[] wrapped =
        Arrays.copyOf(WRAPPED_START, WRAPPED_START.length + encoded.length + WRAPPED_END.length);
    System.arraycopy(encoded, 0, wrapped, WRAPPED_START.length, encoded.length);
    System.arraycopy(
        WRAPPED_END, 0, wrapped, WRAPPED_START.length + encoded.length, WRAPPED_END.length);
    return wrapped;
  }

  /** Returns the headers of the block in {@link #WRAPPED}; none if it is not base64. */
  static Map<String, List<String>> unwrap(String encoded) {
    try {
      return parse(Base64.getDecoder().decode(encoded));
    } catch (IllegalArgumentException notOurs) {
      return Map.of();
    }
  }

  /** Returns the headers of any block, in order. */
  static Map<String, List<String>> parse(byte @Nullable [] block) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    if (block == null
        || block.length < VERSION.length
        || !Arrays.equals(block, 0, VERSION.length, VERSION, 0, VERSION.length)) {
      return headers;
    }
    String text = new String(block, StandardCharsets.UTF_8);
    String[] lines = text.split("[\r\n]+", -1);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      String name = colon < 0 ? "" : clean(lines[i].substring(0, colon));
      if (!name.isEmpty()) {
        headers
            .computeIfAbsent(name, key -> new ArrayList<>())
            .add(clean(lines[i].substring(colon + 1)));
      }
    }
    return headers;
  }

  /** Replaces control characters by spaces, and trims both ends. */
  static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints().forEach(c -> clean.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return clean.toString().strip();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
