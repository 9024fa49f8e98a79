// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * An argument breaks a rule of the contract. Thrown before anything is sent, so the queue is
 * unchanged. This is a programming error that no retry can help, so it is not a {@link
 * TaskQueueException}.
 */
public final class InvalidInputException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;
  private static final int SHOWN_CHARACTERS = 80;

  /** The rule that the value breaks. */
  private final String rule;

  /**
   * For implementations of the queue.
   *
   * @param what the kind of value, such as {@code partition name}
   * @param value the value, shown escaped and shortened
   * @param rule what the value must be
   */
  public InvalidInputException(String what, @Nullable Object value, String rule) {
    super(what + " " + show(value) + ": " + rule);
    this.rule = rule;
  }

  /**
   * Returns the rule that the value breaks.
   *
   * @return the rule, such as {@code must be from 1 to 10000}
   */
  public String rule() {
    return rule;
  }

  /**
   * A value may come from an attacker: line breaks and invisible characters must not reach a log as
   * they are.
   */
  private static String show(@Nullable Object value) {
    if (!(value instanceof CharSequence text)) {
      return String.valueOf(value);
    }
    StringBuilder shown = new StringBuilder("\"");
    text.chars()
        .limit(SHOWN_CHARACTERS)
        .forEach(
            c -> {
              if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
                shown.append((char) c);
              } else {
                shown.append(String.format("\\u%04x", c));
              }
            });
    shown.append('"');
    if (text.length() > SHOWN_CHARACTERS) {
      shown.append("... (").append(text.length()).append(" characters)");
    }
    return shown.toString();
  }
}
