// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A client in its own JVM. It connects and reports that. On a line from its parent it opens the
 * shared partition, pushes into it, and opens a partition of its own.
 */
final class ProvisioningProcess implements AutoCloseable {

  private final Process process;

  private ProvisioningProcess(Process process) {
    this.process = process;
  }

  static ProvisioningProcess start(NatsOptions options, String url, String id) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ProvisioningProcess.class.getName(),
                url,
                options.stream(),
                id)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new ProvisioningProcess(process);
  }

  /** Waits until it is connected. */
  void awaitConnected() throws IOException {
    String line =
        new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    if (!"connected".equals(line)) {
      throw new IllegalStateException("the client said " + line);
    }
  }

  void go() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Waits for its end; returns zero if all steps succeeded. */
  int exitCode() throws InterruptedException {
    return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  public static void main(String[] args) throws IOException {
    NatsOptions options =
        NatsOptions.defaults()
            .withUrl(args[0])
            .withStream(args[1])
            .withSubjectPrefix(args[1])
            .withConnectTimeout(TestQueues.REQUEST_TIMEOUT) // Twenty JVMs start at the same time.
            .withRequestTimeout(TestQueues.REQUEST_TIMEOUT);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      System.out.println("connected");
      if (System.in.read() < 0) {
        throw new IllegalStateException("the parent has ended");
      }
      queue.partition("shared").push(Task.of(args[2], ""));
      queue.partition(args[2]).push(Task.of(args[2], ""));
    }
  }
}
