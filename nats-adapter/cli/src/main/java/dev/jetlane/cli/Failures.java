// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.InvalidInputException;
import dev.jetlane.NotSupportedException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import java.io.PrintWriter;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reports a failure as one line of text and an exit code. */
final class Failures {

  static final int NO = 1;
  static final int USAGE = 2;

  /** The exit code of a JVM that ends because it has too little memory. */
  private static final int MEMORY = 3;

  private static final int NOT_PERMITTED = 4;
  private static final int REFUSED = 5;
  private static final int UNKNOWN = 6;
  private static final int UNREACHABLE = 7;
  private static final int DEFECT = 70;
  private static final int OUTPUT = 74;

  private Failures() {}

  /**
   * Prints a failure and returns its exit code. Prints a stack trace only for a bug in this
   * program.
   */
  static int report(Throwable error, PrintWriter err) {
    int code = code(error);
    if (code == MEMORY) {
      err.println("jetlane: the memory is too small; JETLANE_JAVA_OPTIONS=-Xmx1g increases it");
    } else if (code == DEFECT) {
      err.println("jetlane: a bug in this program; please report it with these lines");
      error.printStackTrace(err);
    } else {
      err.println("jetlane: " + error.getMessage());
    }
    err.flush();
    return code;
  }

  /** Prints wrong usage in one line, with a similar command if there is one. */
  static int report(ParameterException error, String... unused) {
    PrintWriter err = error.getCommandLine().getErr();
    err.println("jetlane: " + error.getMessage());
    if (!UnmatchedArgumentException.printSuggestions(error, err)) {
      String command = error.getCommandLine().getCommandSpec().qualifiedName();
      err.println("'" + command + " --help' shows the usage");
    }
    err.flush();
    return USAGE;
  }

  private static int code(Throwable error) {
    if (error instanceof InvalidInputException) {
      return USAGE;
    }
    if (error instanceof Output.Closed) {
      return OUTPUT;
    }
    if (error instanceof OutOfMemoryError) {
      return MEMORY;
    }
    if (error instanceof PermissionDeniedException) {
      return NOT_PERMITTED;
    }
    if (error instanceof OutcomeUnknownException) {
      return UNKNOWN;
    }
    if (error instanceof QueueUnavailableException || error instanceof QueueClosedException) {
      return UNREACHABLE;
    }
    boolean refused =
        error instanceof QueueRejectedException
            || error instanceof NotSupportedException
            || error instanceof QueueFullException
            || error instanceof ConfigDriftException;
    return refused ? REFUSED : error instanceof InterruptedException ? UNKNOWN : DEFECT;
  }
}
