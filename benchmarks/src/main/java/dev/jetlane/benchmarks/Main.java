package dev.jetlane.benchmarks;

import java.util.List;

/**
 * Entry point of the benchmark jar.
 *
 * <ul>
 *   <li>No argument: the {@link Tour}, about three minutes.
 *   <li>{@code full [folder] [rounds]}: the {@link FullRun}, about an hour, with results in a file.
 *   <li>Anything else: JMH's own command line, such as {@code -h}, {@code -l}, or {@code PullAck -p
 *       rival=SOCKET}.
 * </ul>
 */
final class Main {

  private Main() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      System.exit(new Tour(System.out).run());
    } else if (args[0].equals("full")) {
      System.exit(FullRun.of(List.of(args).subList(1, args.length), System.out).run());
    } else {
      org.openjdk.jmh.Main.main(args);
    }
  }
}
