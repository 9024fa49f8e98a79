package dev.jetlane.cli;

import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** Silences the log: what a command has to say is its output, and its one error. */
public final class QuietLogging {

  /** Called by {@link LogManager}. */
  public QuietLogging() {
    Logger root = LogManager.getLogManager().getLogger("");
    if (root != null) {
      root.setLevel(Level.OFF);
    }
  }
}
