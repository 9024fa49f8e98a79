// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of single options. */
final class OptionChecks {

  private static final Duration MIN_TIMEOUT = Duration.ofMillis(50);
  private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);

  private OptionChecks() {}

  static void requireText(String what, @Nullable String value) {
    if (value == null || value.isBlank() || value.chars().anyMatch(c -> c < ' ' || c > '~')) {
      throw new InvalidInputException(what, value, "must be printable ASCII and not blank");
    }
  }

  static void requireMatch(String what, @Nullable String value, Pattern pattern, int maxLength) {
    if (value == null || value.length() > maxLength || !pattern.matcher(value).matches()) {
      throw new InvalidInputException(
          what, value, "must match " + pattern + " and have at most " + maxLength + " characters");
    }
  }

  static void requireRange(String what, long value, long min, long max) {
    if (value < min || value > max) {
      throw new InvalidInputException(what, value, "must be from " + min + " to " + max);
    }
  }

  static void requireTimeout(String what, @Nullable Duration value) {
    if (value == null || value.compareTo(MIN_TIMEOUT) < 0 || value.compareTo(MAX_TIMEOUT) > 0) {
      throw new InvalidInputException(
          what, value, "must be from " + MIN_TIMEOUT + " to " + MAX_TIMEOUT);
    }
  }

  static void requirePatience(@Nullable Duration value) {
    if (value == null || value.isNegative() || value.compareTo(Limits.MAX_WAIT) > 0) {
      throw new InvalidInputException(
          "connect patience", value, "must be from " + Duration.ZERO + " to " + Limits.MAX_WAIT);
    }
  }

  static Path requirePath(@Nullable Path file) {
    return requirePresent("file", file);
  }

  static QueueConfig requireQueue(@Nullable QueueConfig config, boolean bareSubjects) {
    QueueConfig present = requirePresent("queue config", config);
    if (bareSubjects && present.priorities() > 1) {
      throw new InvalidInputException(
          "priorities", present.priorities(), "must be 1: ArmoniK's queue has no priorities");
    }
    return present;
  }

  static <T> T requirePresent(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }
}
