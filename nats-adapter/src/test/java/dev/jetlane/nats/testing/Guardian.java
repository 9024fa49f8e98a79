// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a command once this JVM is gone, also after SIGKILL, which runs no shutdown hook: a shell
 * waits for the end of a pipe that only this JVM can write to.
 */
public final class Guardian implements AutoCloseable {

  /** Any line means that there is nothing left to do; the end of the input that the JVM died. */
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

  /** The command is no longer needed. Returns when the shell is gone. */
  @Override
  public void close() {
    try {
      shell.getOutputStream().write('\n');
      shell.getOutputStream().flush();
    } catch (IOException e) {
      // It is gone already.
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
