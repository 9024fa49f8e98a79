// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.nats.testing.ClockShim;
import dev.jetlane.nats.testing.NotRun;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The worker processes of a run. A new process replaces each one that dies, except the last one, so
 * that lasting damage to a client shows at the end.
 */
final class Workers implements AutoCloseable {

  private static final long END_LIMIT_SECONDS = 120;
  private static final int DAY_SECONDS = 86_400;

  private final Settings settings;
  private final String urls;
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();

  /** The processes that were closed under load. */
  private final List<Process> closed = new ArrayList<>();

  private final ScheduledExecutorService resumer = Executors.newSingleThreadScheduledExecutor();
  private final Optional<ClockShim> clocks;
  private final Random random;
  private int started;

  Workers(Settings settings, String urls, Path folder) {
    this.settings = settings;
    this.urls = urls;
    this.folder = folder;
    random = new Random(settings.seed());
    clocks = settings.has(Fault.WRONG_CLOCK) ? ClockShim.compile(folder) : Optional.empty();
    if (settings.has(Fault.WRONG_CLOCK) && clocks.isEmpty()) {
      NotRun.report("WRONG_CLOCK, because gcc or the headers of its library are missing");
    }
    for (int i = 0; i < settings.workers(); i++) {
      processes.add(start());
    }
  }

  /** Waits until each process has received a task. */
  void awaitWork() throws InterruptedException {
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_LIMIT_SECONDS);
    for (int i = 0; i < processes.size(); i++) {
      File history = folder.resolve("worker-" + i + ".history").toFile();
      while (history.length() == 0 && System.nanoTime() - untilNanos < 0) {
        Pause.millis(50);
      }
    }
  }

  void killOne(int number) {
    replace(number, true);
  }

  void closeOne(int number) {
    replace(number, false);
  }

  /** Stops a process, and lets it continue after this time. */
  void pauseOne(int number, int millis) {
    Process process = processes.get(number % processes.size());
    signal(process, "STOP");
    var unused = resumer.schedule(() -> signal(process, "CONT"), millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Ends all workers on request; returns the number that did not end cleanly, or that did not end
   * after a close under load.
   */
  int stop() {
    processes.forEach(process -> signal(process, "CONT"));
    int bad = 0;
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_LIMIT_SECONDS);
    for (Process process : closed) {
      signal(process, "CONT");
      bad += ends(process, untilNanos - System.nanoTime()) ? 0 : 1;
    }
    for (Process process : processes) {
      bad += end(process) ? 0 : 1;
    }
    processes.clear();
    return bad;
  }

  @Override
  public void close() {
    resumer.shutdownNow();
    processes.forEach(Process::destroyForcibly);
    closed.forEach(Process::destroyForcibly);
  }

  private static void signal(Process process, String name) {
    try {
      if (process.isAlive()) {
        int unused =
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void replace(int number, boolean kill) {
    int index = number % (processes.size() - 1);
    Process old = processes.get(index);
    processes.set(index, start());
    if (kill) {
      old.destroyForcibly();
    } else {
      closeInput(old);
      closed.add(old);
    }
  }

  private static boolean end(Process process) {
    closeInput(process);
    return ends(process, TimeUnit.SECONDS.toNanos(END_LIMIT_SECONDS)) && process.exitValue() == 0;
  }

  private static boolean ends(Process process, long withinNanos) {
    try {
      if (process.waitFor(withinNanos, TimeUnit.NANOSECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return false;
  }

  private static void closeInput(Process process) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // The process has already ended.
    }
  }

  private Process start() {
    String name = "worker-" + started++;
    try {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  WorkerMain.class.getName(),
                  urls,
                  Integer.toString(settings.replicas()),
                  folder.resolve(name + ".history").toString(),
                  Long.toString(settings.seed() + 1_000L * started),
                  Integer.toString(settings.partitions()),
                  Integer.toString(settings.threads()))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve(name + ".log").toFile());
      if (clocks.isPresent()) {
        Path offsets = folder.resolve(name + ".clock");
        Duration wrong = Duration.ofSeconds(random.nextInt(2 * DAY_SECONDS) - DAY_SECONDS);
        ClockShim.set(offsets, wrong, Duration.ZERO);
        builder.environment().putAll(clocks.get().environment(offsets));
      }
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
