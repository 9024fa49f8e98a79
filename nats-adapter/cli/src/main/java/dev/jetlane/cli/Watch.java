package dev.jetlane.cli;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A table that is drawn again and again, also across a restart of the server. */
final class Watch {

  private static final String CLEAR = "\u001b[H\u001b[2J";

  private final PrintWriter out;
  private final Duration every;

  @SuppressWarnings("SystemConsoleNull") // main sets jdk.console: null without a terminal.
  private final boolean clears = System.console() != null;


  Watch(PrintWriter out, Duration every) {
    this.out = out;
    this.every = every;
  }

  /** Ends when the process does. */
  void run(TaskQueue queue, Function<TaskQueue, List<String>> table) throws InterruptedException {
    List<String> last = List.of();
    while (true) {
      String note = "";
      try {
        last = table.apply(queue);
      } catch (QueueUnavailableException e) {
        note = "  no answer; as it was last: " + e.getMessage();
      }
      out.println((clears ? CLEAR : "") + LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + note);
      last.forEach(out::println);
      out.flush();
      TimeUnit.NANOSECONDS.sleep(every.toNanos());
    }
  }
}
