// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Records the actions of a process. Each line is one write before the next action, so that it
 * survives a kill of the process.
 */
final class History implements AutoCloseable {

  private final FileChannel file;

  History(Path path) {
    try {
      file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The clock of all histories of a run: on Linux all processes of a machine share the monotonic
   * clock, including those with a wrong wall clock.
   */
  static long now() {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
  }

  void write(Event.Kind kind, String subject, int attempt, long since, Event.Outcome outcome) {
    write(new Event(now(), kind, subject, attempt, since, outcome));
  }

  /** A call is about to be made. */
  void write(Event.Kind kind, String subject, int attempt) {
    long now = now();
    write(new Event(now, kind, subject, attempt, now, Event.Outcome.NONE));
  }

  synchronized void write(Event event) {
    ByteBuffer bytes = ByteBuffer.wrap(event.line().getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
