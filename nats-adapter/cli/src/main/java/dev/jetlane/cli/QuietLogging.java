// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Shows the warnings of the library, one line each, and drops the rest of the log. */
public final class QuietLogging {

  private static final Logger LIBRARY = Logger.getLogger("dev.jetlane");

  /** Called by {@link LogManager}. */
  public QuietLogging() {
    Logger root = Logger.getLogger("");
    root.setLevel(Level.OFF);
    ConsoleHandler handler = new ConsoleHandler();
    handler.setFormatter(
        new SimpleFormatter() {
          @Override
          public String format(LogRecord record) {
            return "jetlane: " + formatMessage(record) + System.lineSeparator();
          }
        });
    LIBRARY.addHandler(handler);
    LIBRARY.setLevel(Level.WARNING);
  }
}
