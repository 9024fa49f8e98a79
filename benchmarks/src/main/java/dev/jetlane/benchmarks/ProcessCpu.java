// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor time of a process, as counted by the kernel. */
final class ProcessCpu {

  /**
   * The unit in which the kernel reports processor time to programs, independent of its own tick.
   */
  private static final long TICK_MICROS = 10_000;

  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private final Path stat;

  /** Creates a counter for the process with this id; zero for none. */
  ProcessCpu(long pid) {
    stat = Path.of("/proc", String.valueOf(pid), "stat");
  }

  /** Returns the microseconds of processor time since the process began; zero if unknown. */
  long micros() {
    try {
      return micros(Files.readString(stat));
    } catch (IOException notLinuxOrNotHere) {
      return 0;
    }
  }

  /**
   * Parses the line. The second word is the name of the program in parentheses, which may contain
   * any character.
   */
  static long micros(String stat) {
    String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(words[USER_TICKS]) + Long.parseLong(words[SYSTEM_TICKS])) * TICK_MICROS;
  }
}
