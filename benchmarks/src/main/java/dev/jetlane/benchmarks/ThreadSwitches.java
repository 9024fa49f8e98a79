package dev.jetlane.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How often the threads of this JVM left a processor, because they had to wait or because others
 * were let on it: the kernel's own count. A task that is handed from one thread to another costs
 * one, unless many are handed over together.
 */
final class ThreadSwitches {

  private static final Path THREADS = Path.of("/proc/self/task");

  private ThreadSwitches() {}

  /** Of the threads that are there now; zero where it cannot be known. */
  static long count() {
    long count = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        count += of(thread);
      }
    } catch (IOException notLinux) {
      return 0;
    }
    return count;
  }

  private static long of(Path thread) {
    try {
      return in(Files.readString(thread.resolve("status")));
    } catch (IOException ended) {
      return 0;
    }
  }

  /** The lines {@code voluntary_ctxt_switches:} and {@code nonvoluntary_ctxt_switches:}. */
  static long in(String status) {
    return status
        .lines()
        .filter(line -> line.contains("voluntary_ctxt_switches:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .sum();
  }
}
