// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Limits;
import org.jspecify.annotations.Nullable;

/** The reasons of dead letters that a failure makes. */
public final class Reasons {

  private Reasons() {}

  /** Returns one line of printable ASCII, whatever the message contains. */
  public static String of(Throwable failure) {
    String message = message(failure);
    String name = failure.getClass().getName();
    String text = message == null || message.isBlank() ? name : name + ": " + message;
    String line = text.replaceAll("[^!-~]+", " ").strip();
    return line.length() <= Limits.MAX_REASON ? line : line.substring(0, Limits.MAX_REASON).strip();
  }

  /** Some exceptions compute their message, which may fail. */
  private static @Nullable String message(Throwable failure) {
    try {
      return failure.getMessage();
    } catch (RuntimeException | Error ofTheMessage) {
      return null;
    }
  }
}
