// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The values that every queue must refuse, including null. */
public final class BadValues {

  /**
   * Texts that are neither valid partition names nor valid task ids. A nats-server or its Java
   * client accepts or changes some of them, and refuses others too late.
   */
  private static final List<@Nullable String> ANYWHERE =
      Arrays.asList(
          null,
          "",
          " ",
          "a b",
          " a",
          "a ",
          "\t",
          "\r",
          "\n",
          "a\r\nPUB x 0\r\n",
          "\0",
          "a\0",
          "\u007f",
          "\u0080",
          "\u00a0",
          "\u00e9",
          "e\u0301",
          "\u212a",
          "\uff41",
          "\ud83d\ude00",
          "\ud83d",
          "\ude00",
          "\u202eabc",
          "a\u200bb",
          "\ufeffa",
          "x".repeat(257),
          "x".repeat(300),
          "x".repeat(5_000));

  /** Valid task ids that are not valid partition names. */
  private static final List<String> NO_NAMES =
      List.of(
          ".",
          "..",
          "a.b",
          ".a",
          "a.",
          "*",
          "p*",
          ">",
          "a>",
          "$JS",
          "$SYS",
          "_INBOX.a",
          "%",
          "a%b",
          "%20",
          "/",
          "../a",
          "a/b",
          "\\",
          "#",
          "a:b",
          "a,b",
          "a;b",
          "'",
          "\"",
          "{}",
          "[a]",
          "~",
          "!",
          "@later",
          "x".repeat(65),
          "x".repeat(255),
          "x".repeat(256));

  private BadValues() {}

  public static List<@Nullable String> taskIds() {
    return ANYWHERE;
  }

  public static List<@Nullable String> partitionNames() {
    return Stream.concat(ANYWHERE.stream(), NO_NAMES.stream()).toList();
  }

  public static List<@Nullable String> headerNames() {
    return Arrays.asList(
        null,
        "",
        " ",
        "a b",
        " a",
        "a:b",
        ":",
        "\u00e9",
        "\ud83d",
        "\u202e",
        "a\rb",
        "a\nb",
        "a\r\nb: c",
        "\0",
        "a\tb",
        "(",
        "[x]",
        "@",
        "\"",
        "=",
        "a/b",
        "Nats-Msg-Id",
        "nats-msg-id",
        "NATS-TTL",
        "Nats-Expected-Stream",
        "Nats-Expected-Last-Sequence",
        "Nats-Rollup",
        "Nats-Trace-Dest",
        "Nats-Schedule",
        "Jetlane-Id",
        "jetlane-anything",
        "x".repeat(Limits.MAX_HEADER_BYTES + 1));
  }

  public static List<@Nullable String> headerValues() {
    return Arrays.asList(
        null,
        " ",
        " a",
        "a ",
        "a\rb",
        "a\nb",
        "a\r\nX: y",
        "\0",
        "\t",
        "a\tb",
        "\u007f",
        "\u0085",
        "a\u2003",
        "\ud800",
        "\u00e9".repeat(Limits.MAX_HEADER_BYTES / 2),
        "x".repeat(Limits.MAX_HEADER_BYTES),
        "x".repeat(64 * 1_024));
  }

  public static List<@Nullable String> reasons() {
    return Arrays.asList(
        null,
        "",
        " ",
        " a",
        "a ",
        "a\nb",
        "a\rb",
        "a\r\nNats-Msg-Id: x",
        "\0",
        "\u00e9",
        "\ud800",
        "x".repeat(Limits.MAX_REASON + 1));
  }

  static List<Integer> sizes() {
    return List.of(0, -1, Integer.MIN_VALUE, Limits.MAX_PULL + 1, Integer.MAX_VALUE);
  }

  /** Invalid counts where zero is valid. */
  static List<Integer> countsAbove(int max) {
    return List.of(-1, Integer.MIN_VALUE, max + 1, Integer.MAX_VALUE);
  }

  static List<@Nullable Duration> outside(Duration min, Duration max) {
    return Arrays.asList(
        null,
        min.minusNanos(1),
        Duration.ofSeconds(-5),
        Duration.ofSeconds(Long.MIN_VALUE),
        max.plusNanos(1),
        Duration.ofSeconds(Long.MAX_VALUE));
  }

  /** Returns the values without null, for properties that pick values at random. */
  static <T> List<T> present(List<@Nullable T> values) {
    List<T> present = new ArrayList<>();
    for (T value : values) {
      if (value != null) {
        present.add(value);
      }
    }
    return present;
  }

  /** Returns a printable form of a value. */
  public static String shown(@Nullable Object value) {
    StringBuilder shown = new StringBuilder();
    String text = Objects.toString(value);
    text.chars()
        .limit(40)
        .forEach(
            c ->
                shown.append(
                    c > ' ' && c <= '~' ? String.valueOf((char) c) : String.format("\\u%04x", c)));
    return text.length() > 40 ? shown + "... (" + text.length() + ")" : shown.toString();
  }
}
