// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/** The kind of a task, which follows from its id, as do its partition and its payload. */
enum TaskKind {
  /** A small task that is due immediately. */
  PLAIN,
  /** A payload of hundreds of kilobytes. */
  BIG,
  /** Pushed with a delay. */
  LATER,
  /** Held for a while, then given back by its first holder. */
  HELD;

  /** The delay of a delayed task. */
  static final Duration DELAY = Duration.ofSeconds(3);

  /** The time for which a worker holds a task, shorter than its lease. */
  static final Duration HOLD = Duration.ofSeconds(3);

  private static final int OF = 100;
  private static final int SMALL_BYTES = 256;
  private static final int BIG_BYTES = 250_000;

  /** Returns the kind of the task with this number. */
  static TaskKind of(long number) {
    return switch ((int) (number % OF)) {
      case 7 -> BIG;
      case 17, 37, 57, 77 -> LATER;
      case 27, 67 -> HELD;
      default -> PLAIN;
    };
  }

  /** Returns the kind of the task with this id. */
  static TaskKind of(String taskId) {
    return Arrays.stream(values())
        .filter(kind -> kind != PLAIN && taskId.endsWith(kind.suffix()))
        .findFirst()
        .orElse(PLAIN);
  }

  /** The suffix of the id of a task of this kind. */
  String suffix() {
    return this == PLAIN ? "" : "." + name().toLowerCase(Locale.ROOT);
  }

  /** Returns the size of the payload of this task. */
  static int bytes(String taskId) {
    return of(taskId) == BIG ? BIG_BYTES + (taskId.hashCode() & 0x7_FFFF) : SMALL_BYTES;
  }
}
