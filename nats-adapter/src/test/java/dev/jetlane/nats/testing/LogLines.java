// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects all lines of a logger instead of printing them, until it is closed. */
public final class LogLines extends Handler implements AutoCloseable {

  private final Logger logger;
  private final Level levelBefore;
  private final List<LogRecord> lines = new CopyOnWriteArrayList<>();

  private LogLines(Logger logger) {
    this.logger = logger;
    levelBefore = logger.getLevel();
  }

  /**
   * Starts to collect.
   *
   * @param name the name of the logger
   * @return the lines, to be closed by the caller
   */
  public static LogLines of(String name) {
    LogLines lines = new LogLines(Logger.getLogger(name));
    lines.logger.setLevel(Level.ALL);
    lines.logger.setUseParentHandlers(false);
    lines.logger.addHandler(lines);
    return lines;
  }

  /**
   * Returns the lines so far.
   *
   * @return a snapshot
   */
  public List<LogRecord> lines() {
    return List.copyOf(lines);
  }

  /**
   * Returns the levels and messages so far, such as {@code WARNING the connection was lost}.
   *
   * @return a snapshot
   */
  public List<String> texts() {
    return lines.stream().map(line -> line.getLevel() + " " + line.getMessage()).toList();
  }

  /** Forgets the lines so far. */
  public void clear() {
    lines.clear();
  }

  @Override
  public void publish(LogRecord line) {
    lines.add(line);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
    logger.setLevel(levelBefore);
  }
}
