// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Changes system calls of another process, such as those that write to its disk, until the close.
 */
public final class Strace implements AutoCloseable {

  private final Process strace;

  private Strace(Process strace) {
    this.strace = strace;
  }

  /**
   * Attaches strace; returns when it changes the calls.
   *
   * @param pid the process
   * @param calls the names of the calls, separated by commas
   * @param effect the effect, such as {@code error=ENOSPC}
   * @return empty if strace is missing, or may not attach to the process
   */
  public static Optional<Strace> inject(long pid, String calls, String effect)
      throws IOException, InterruptedException {
    Process started;
    try {
      started =
          new ProcessBuilder(
                  "strace",
                  "-f",
                  "-qq",
                  "-o",
                  "/dev/null",
                  "-e",
                  "trace=" + calls,
                  "-e",
                  "inject=" + calls + ":" + effect,
                  "-p",
                  Long.toString(pid))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException missing) {
      return Optional.empty();
    }
    while (started.isAlive() && !isTraced(pid)) {
      Thread.sleep(10);
    }
    return started.isAlive() ? Optional.of(new Strace(started)) : Optional.empty();
  }

  private static boolean isTraced(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .anyMatch(line -> line.startsWith("TracerPid:") && !line.endsWith("\t0"));
  }

  /** Detaches: the calls behave normally again. */
  @Override
  public void close() {
    strace.destroy(); // SIGTERM, on which strace detaches.
    strace.onExit().join();
  }
}
