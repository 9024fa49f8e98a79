package dev.jetlane.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor time of a process, from the kernel's account of it. */
final class ProcessCpu {

  /** The kernel counts for user programs in these, whatever its own clock does. */
  private static final long TICK_MICROS = 10_000;

  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private final Path stat;

  /** Of the process with this id; zero is none. */
  ProcessCpu(long pid) {
    stat = Path.of("/proc", String.valueOf(pid), "stat");
  }

  /** Microseconds of processor time since the process began; zero where it cannot be known. */
  long micros() {
    try {
      return micros(Files.readString(stat));
    } catch (IOException notLinuxOrNotHere) {
      return 0;
    }
  }

  /** The second word is the program's name in parentheses, which may hold anything. */
  static long micros(String stat) {
    String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(words[USER_TICKS]) + Long.parseLong(words[SYSTEM_TICKS])) * TICK_MICROS;
  }
}
