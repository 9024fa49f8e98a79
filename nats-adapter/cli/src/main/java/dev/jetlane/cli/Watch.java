// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.cli.Output.Row;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Prints a list repeatedly. Continues if the server does not answer, and keeps the table. */
final class Watch {

  private static final String CLEAR = "\u001b[H\u001b[2J";

  private final Output output;
  private final Duration every;

  @SuppressWarnings("SystemConsoleNull") // main sets jdk.console: null without a terminal.
  private final boolean clears = System.console() != null;

  Watch(Output output, Duration every) {
    this.output = output;
    this.every = every;
  }

  /** Prints until an interrupt, or an error that a retry cannot fix. */
  void run(Supplier<List<Row>> list) throws InterruptedException {
    List<String> last = List.of();
    while (true) {
      try {
        last = output.lines(list.get());
        draw(last, "");
      } catch (QueueUnavailableException e) {
        if (output.json) {
          output.err().println("jetlane: no answer: " + e.getMessage());
        } else {
          draw(last, "  no answer, the table is outdated: " + e.getMessage());
        }
      }
      TimeUnit.NANOSECONDS.sleep(every.toNanos());
    }
  }

  private void draw(List<String> lines, String note) {
    if (!output.json) {
      LocalTime now = LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
      output.out().println((clears ? CLEAR : "") + now + note);
    }
    output.show(lines);
  }
}
