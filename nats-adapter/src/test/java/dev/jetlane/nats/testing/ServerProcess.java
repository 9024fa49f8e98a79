// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One run of a server binary, and its signals. */
final class ServerProcess {
  private static final long LIMIT_SECONDS = 30;

  /** Stores the process id, which stays the same when the server replaces this shell. */
  static final String NOTE =
      "echo $$ >\"$0/pid.new\" && mv \"$0/pid.new\" \"$0/pid\" && exec \"$@\"";

  /**
   * Removes the folder before it looks: a server that has not stored its process id cannot start.
   * The process id may belong to another process by now, so the arguments must name the folder.
   */
  static final String END =
      "mv \"$0\" \"$0.gone\"; read -r pid <\"$0.gone/pid\" &&"
          + " case \"$(ps -o args= -p \"$pid\" || tr '\\0' ' ' <\"/proc/$pid/cmdline\")\" in"
          + " *\"$0\"*) kill -KILL \"$pid\";; esac; rm -rf \"$0.gone\"";

  private final Process process;
  private final Guardian guardian;

  private ServerProcess(Process process, Guardian guardian) {
    this.process = process;
    this.guardian = guardian;
  }

  /** Starts a server that ends with this JVM in all cases. */
  static ServerProcess start(List<String> command, ServerFolder folder) throws IOException {
    String path = folder.path().toString();
    Guardian guardian = Guardian.of("sh", "-c", END, path);
    List<String> noting = new ArrayList<>(List.of("sh", "-c", NOTE, path));
    noting.addAll(command);
    try {
      Process process =
          new ProcessBuilder(noting)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()))
              .start();
      return new ServerProcess(process, guardian);
    } catch (IOException e) {
      guardian.close();
      throw e;
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** SIGKILL, which also ends a process that is paused. Returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    await(process, "the server");
    guardian.close();
  }

  /** SIGTERM, or SIGKILL if that does not end it. Returns when the process is gone. */
  void stop() {
    process.destroy();
    if (ends(process)) {
      guardian.close();
    } else {
      kill();
    }
  }

  /** Returns when the process has stopped, which is some time after the signal was sent. */
  void pause() {
    signal("STOP");
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (Files.exists(status) && !isStopped(status)) {
      if (System.nanoTime() - deadline >= 0) {
        throw new IllegalStateException("the server does not stop");
      }
      Pauses.brief();
    }
  }

  /** Makes the server read its configuration file again. */
  void reload() {
    signal("HUP");
  }

  void resume() {
    signal("CONT");
  }

  /** Uses the shell's own "kill", because a small system has no program of this name. */
  private void signal(String name) {
    String pid = Long.toString(process.pid());
    try {
      Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid).start();
      await(kill, "kill");
      if (kill.exitValue() != 0) {
        throw new IllegalStateException("the server is not running");
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot send SIG" + name + " to the server", e);
    }
  }

  private static boolean isStopped(Path status) {
    try {
      return Files.readAllLines(status).stream().anyMatch(line -> line.startsWith("State:\tT"));
    } catch (IOException e) {
      // The process has just ended, and its folder in /proc has disappeared.
      return true;
    }
  }

  private static void await(Process process, String what) {
    if (!ends(process)) {
      throw new IllegalStateException(what + " does not end");
    }
  }

  private static boolean ends(Process process) {
    try {
      return process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the end of a process", e);
    }
  }
}
