// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.nats.testing.ClockShim;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A {@link SuspendedHolder} that can be stopped, and whose monotonic clock can stand still. */
final class SuspendedProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader out;
  private final Path offsets;
  private long stoppedAtNanos;

  SuspendedProcess(ClockShim clocks, Path folder, NatsOptions options, String url, Duration lease)
      throws IOException {
    offsets = Files.createTempFile(folder, "holder", ".clock");
    ClockShim.set(offsets, Duration.ZERO, Duration.ZERO);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            SuspendedHolder.class.getName(),
            url,
            options.stream(),
            Long.toString(lease.toMillis()));
    builder.environment().putAll(clocks.environment(offsets));
    process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** Returns the next line that the process writes. */
  String line() throws IOException {
    return String.valueOf(out.readLine());
  }

  String ask(String command) throws IOException {
    process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
    return line();
  }

  /** Returns once the process has stopped. */
  void stop() throws IOException, InterruptedException {
    signal("STOP");
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    TestQueues.await("stopped", () -> isStopped(status));
    stoppedAtNanos = System.nanoTime();
  }

  private static boolean isStopped(Path status) {
    try {
      return Files.readString(status).contains("State:\tT");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Lets the process continue; returns how long it was stopped.
   *
   * @param clockStoodStill whether its monotonic clock stood still for that time
   */
  Duration resume(boolean clockStoodStill) throws IOException, InterruptedException {
    Duration stopped = Duration.ofNanos(System.nanoTime() - stoppedAtNanos);
    if (clockStoodStill) {
      ClockShim.set(offsets, Duration.ZERO, stopped.negated());
    }
    signal("CONT");
    return stopped;
  }

  private void signal(String name) throws IOException, InterruptedException {
    int unused =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
