// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The number of context switches of the threads of this JVM, voluntary and involuntary, as counted
 * by the kernel. Handing a task to another thread costs one, unless several are handed over
 * together.
 */
final class ThreadSwitches {

  private static final Path THREADS = Path.of("/proc/self/task");

  private ThreadSwitches() {}

  /** Returns the number for the current threads; zero if unknown. */
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

  /** Adds up the lines {@code voluntary_ctxt_switches:} and {@code nonvoluntary_ctxt_switches:}. */
  static long in(String status) {
    return status
        .lines()
        .filter(line -> line.contains("voluntary_ctxt_switches:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .sum();
  }
}
