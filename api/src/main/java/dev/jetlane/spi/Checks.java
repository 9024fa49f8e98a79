package dev.jetlane.spi;

import dev.jetlane.InvalidInputException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The checks of arguments that only this package needs. */
final class Checks {

  private static final Duration LONGEST = Duration.ofDays(365);

  private Checks() {}

  static void present(String what, @Nullable Object value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
  }

  static void wait(String what, @Nullable Duration value) {
    if (value == null || value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new InvalidInputException(what, value, "must be from PT0S to " + LONGEST);
    }
  }
}
