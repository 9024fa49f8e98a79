// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Entry point of the benchmark jar.
 *
 * <ul>
 *   <li>No argument: the {@link Tour}, about three minutes.
 *   <li>{@code full [folder] [rounds] [sections] [own-jvms]}: the {@link FullRun}, with results in
 *       files.
 *   <li>{@code sweep [folder] [rounds]}: only its sections about partitions.
 *   <li>{@code atomic [rounds]}: atomic pushes beside {@code pushAll} ({@link AtomicPushes}).
 *   <li>{@code lanes [rounds]}: the cost of strict order by key ({@link Lanes}).
 *   <li>{@code idle [workers]}: the cost of workers without a task ({@link IdleWorkers}).
 *   <li>Anything else: JMH's own command line, such as {@code -h}, {@code -l}, or {@code
 *       PullBenchmark.pullAck$ -p rival=SOCKET}.
 * </ul>
 */
final class Main {

  /** The queue warns of many partitions on one stream, which this benchmark measures on purpose. */
  private static final Logger QUEUE = Logger.getLogger("dev.jetlane.nats");

  private Main() {}

  public static void main(String[] args) throws Exception {
    QUEUE.setLevel(Level.SEVERE);
    List<String> words = List.of(args);
    if (words.isEmpty()) {
      System.exit(new Tour(System.out).run());
    } else if (words.get(0).equals("full")) {
      System.exit(FullRun.of(words.subList(1, words.size()), System.out).run());
    } else if (words.get(0).equals("sweep")) {
      System.exit(FullRun.of(sweep(words.subList(1, words.size())), System.out).run());
    } else if (words.get(0).equals("atomic")) {
      System.exit(AtomicPushes.run(words.subList(1, words.size()), System.out));
    } else if (words.get(0).equals("lanes")) {
      System.exit(Lanes.run(words.subList(1, words.size()), System.out));
    } else if (words.get(0).equals("idle")) {
      System.exit(IdleWorkers.run(words.subList(1, words.size()), System.out));
    } else {
      org.openjdk.jmh.Main.main(args);
    }
  }

  /** Returns the arguments of the full run that select the sweep. */
  private static List<String> sweep(List<String> arguments) {
    List<String> full = new ArrayList<>(arguments);
    if (full.isEmpty()) {
      full.add("benchmarks/results");
    }
    if (full.size() < 2) {
      full.add("5");
    }
    full.add(Section.labels(List.of(Section.PARTITIONS, Section.PARTITIONS_2_10)));
    return full;
  }
}
