// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.nats.testing.Strace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * A slow disk for one process: the calls with which a server writes its store are delayed. The
 * network is not slower.
 */
final class SlowDisk {

  private static final String CALLS = "pwrite64,fsync,fdatasync";
  private static final String EFFECT = "delay_exit=50000"; // microseconds

  private SlowDisk() {}

  /** Whether strace exists and may attach to a process that is not its child. */
  static boolean isPossible() throws InterruptedException {
    return during(ProcessHandle.current().pid(), 0);
  }

  /** Slows a process down for a while. */
  static void of(long pid, int millis) throws InterruptedException {
    if (!during(pid, millis)) {
      throw new IllegalStateException("strace does not slow down the process " + pid);
    }
  }

  private static boolean during(long pid, int millis) throws InterruptedException {
    try {
      Optional<Strace> strace = Strace.inject(pid, CALLS, EFFECT);
      if (strace.isPresent()) {
        try (Strace slow = strace.get()) {
          Pause.millis(millis);
        }
      }
      return strace.isPresent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
