// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A slow disk for one process: strace delays the calls with which a server writes its store. The
 * network is not slower.
 */
final class SlowDisk {

  private static final String CALLS = "pwrite64,fsync,fdatasync";
  private static final int LATE_MICROS = 50_000;

  private SlowDisk() {}

  /** Whether strace exists and may attach to a process that is not its child. */
  static boolean isPossible() throws InterruptedException {
    try {
      return trace(ProcessHandle.current().pid(), 100);
    } catch (IOException e) {
      return false;
    }
  }

  /** Slows a process down for a while. */
  static void of(long pid, int millis) throws InterruptedException {
    try {
      if (!trace(pid, millis)) {
        throw new IllegalStateException("strace does not slow down the process " + pid);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns whether strace ran all the time. */
  private static boolean trace(long pid, int millis) throws IOException, InterruptedException {
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + CALLS,
                "-e",
                "inject=" + CALLS + ":delay_exit=" + LATE_MICROS,
                "-p",
                Long.toString(pid))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    boolean ended = strace.waitFor(millis, TimeUnit.MILLISECONDS);
    // SIGTERM detaches it from the process.
    strace.destroy();
    int unused = strace.waitFor();
    return !ended;
  }
}
