// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/** The special property of a task. It follows from its id, as its partition and its payload do. */
enum TaskKind {
  /** A small task that is due immediately. */
  PLAIN,
  /** A payload of hundreds of kilobytes. */
  BIG,
  /** Pushed with a delay. */
  LATER,
  /** Held for a while, then given back by its first holder. */
  HELD;

  /** How long a task with a delay is not delivered. */
  static final Duration DELAY = Duration.ofSeconds(3);

  /** How long a worker holds a task: not as long as its lease. */
  static final Duration HOLD = Duration.ofSeconds(3);

  private static final int OF = 100;
  private static final int SMALL_BYTES = 256;
  private static final int BIG_BYTES = 250_000;

  /** The kind of the task of this number. */
  static TaskKind of(long number) {
    return switch ((int) (number % OF)) {
      case 7 -> BIG;
      case 17, 37, 57, 77 -> LATER;
      case 27, 67 -> HELD;
      default -> PLAIN;
    };
  }

  /** The kind of the task of this id. */
  static TaskKind of(String taskId) {
    return Arrays.stream(values())
        .filter(kind -> kind != PLAIN && taskId.endsWith(kind.suffix()))
        .findFirst()
        .orElse(PLAIN);
  }

  /** The end of the id of a task of this kind. */
  String suffix() {
    return this == PLAIN ? "" : "." + name().toLowerCase(Locale.ROOT);
  }

  /** How large the payload of this task is. */
  static int bytes(String taskId) {
    return of(taskId) == BIG ? BIG_BYTES + (taskId.hashCode() & 0x7_FFFF) : SMALL_BYTES;
  }
}
