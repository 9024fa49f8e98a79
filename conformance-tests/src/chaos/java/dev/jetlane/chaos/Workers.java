package dev.jetlane.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The worker processes of a run; each one that dies is followed by another one. */
final class Workers implements AutoCloseable {

  private static final long END_LIMIT_SECONDS = 120;

  private final Settings settings;
  private final String urls;
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private int started;

  Workers(Settings settings, String urls, Path folder) {
    this.settings = settings;
    this.urls = urls;
    this.folder = folder;
    for (int i = 0; i < settings.workers(); i++) {
      processes.add(start());
    }
  }

  void killOne(int number) {
    replace(number, true);
  }

  void closeOne(int number) {
    replace(number, false);
  }

  /** Ends all workers in good order; returns how many did not end so. */
  int stop() {
    int bad = 0;
    for (Process process : processes) {
      bad += end(process) ? 0 : 1;
    }
    processes.clear();
    return bad;
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }

  private void replace(int number, boolean kill) {
    int index = number % processes.size();
    Process old = processes.get(index);
    processes.set(index, start());
    if (kill) {
      old.destroyForcibly();
    } else {
      closeInput(old);
    }
  }

  private boolean end(Process process) {
    closeInput(process);
    try {
      if (process.waitFor(END_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
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
      // It is dead already.
    }
  }

  private Process start() {
    String name = "worker-" + started++;
    try {
      return new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx128m",
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
          .redirectOutput(folder.resolve(name + ".log").toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
