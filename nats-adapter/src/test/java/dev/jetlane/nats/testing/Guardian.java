// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a command after the end of this JVM, also after SIGKILL, which runs no shutdown hook: a
 * shell waits for the end of a pipe that only this JVM can write to.
 */
public final class Guardian implements AutoCloseable {

  /**
   * A line means that the command is not needed; the end of the input means that the JVM has ended.
   */
  private static final String SCRIPT = "trap '' INT TERM HUP; read -r line || exec \"$@\"";

  private static final long LIMIT_SECONDS = 30;

  private final Process shell;

  private Guardian(Process shell) {
    this.shell = shell;
  }

  /**
   * Starts the shell.
   *
   * @param command what to run, with its arguments
   * @return the guardian, to be closed by the caller
   * @throws IOException if the shell cannot be started
   */
  public static Guardian of(String... command) throws IOException {
    List<String> all = new ArrayList<>(List.of("sh", "-c", SCRIPT, "guardian"));
    all.addAll(List.of(command));
    return new Guardian(
        new ProcessBuilder(all)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  /** Cancels the command. Returns when the shell has ended. */
  @Override
  public void close() {
    try {
      shell.getOutputStream().write('\n');
      shell.getOutputStream().flush();
    } catch (IOException e) {
      // The shell has already ended.
    }
    try {
      if (!shell.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        shell.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      shell.destroyForcibly();
    }
  }
}
