// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.report;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Writes the evidence of a suite, a line per rule. */
public final class Ledger {

  /** The results of the tries of one rule. */
  public static final class Entry {
    final String rule;
    final long startNanos = System.nanoTime();
    public int tries;
    public int plans;
    public int steps;
    public int evidence;
    public int discarded;

    /** The harms that the harness cannot cause, with their exchanges. */
    private final Map<Harm, Set<Exchange>> leftOut = new TreeMap<>();

    public Entry(String rule) {
      this.rule = rule;
    }

    /** Records a harm of the rule that the harness cannot cause. */
    public synchronized void leaveOut(Exchange exchange, Harm harm) {
      leftOut.computeIfAbsent(harm, first -> new TreeSet<>()).add(exchange);
    }
  }

  /** The totals of one suite. */
  private static final class Sums {
    final Set<String> reasons = new TreeSet<>();
    final Map<Harm, Set<Exchange>> leftOut = new TreeMap<>();
    int rules;
    int skipped;
    long tries;
    long discarded;
    long plans;
    long steps;
    long checks;
    long millis;

    synchronized void add(Entry entry, long entryMillis) {
      rules++;
      tries += entry.tries;
      discarded += entry.discarded;
      plans += entry.plans;
      steps += entry.steps;
      checks += entry.evidence;
      entry.leftOut.forEach(
          (harm, exchanges) ->
              leftOut.computeIfAbsent(harm, first -> new TreeSet<>()).addAll(exchanges));
      millis += entryMillis;
    }

    synchronized void skip(String reason) {
      skipped++;
      reasons.add(reason);
    }

    boolean isPart() {
      return rules + skipped < WHOLE_SUITE;
    }

    synchronized boolean hasTooManyDiscards() {
      return tries >= FEW_TRIES && discarded > MOST_DISCARDED * tries;
    }

    synchronized String text() {
      String text =
          String.format(
              Locale.ROOT,
              "%d rules, %d plans, %d steps, %d checks, %d of %d tries discarded, %.1f s",
              rules,
              plans,
              steps,
              checks,
              discarded,
              tries,
              millis / 1_000.0);
      if (skipped > 0) {
        text += "; " + skipped + " rules not run: " + reasons;
      }
      return leftOut.isEmpty() ? text : text + "; harms that were left out: " + leftOut;
    }
  }

  private static final int FEW_TRIES = 50;
  private static final int WHOLE_SUITE = 50;
  private static final double MOST_DISCARDED = 0.2;
  private static final Set<Path> BEGUN = ConcurrentHashMap.newKeySet();
  private static final Map<String, Sums> SUMS = new ConcurrentHashMap<>();

  private Ledger() {}

  public static Path directory() {
    return Path.of(System.getProperty("jetlane.conformance.reports", "target/conformance"));
  }

  /** Whether too many tries of the suite were discarded. */
  public static boolean hasTooManyDiscards(String suite) {
    return sums(suite).hasTooManyDiscards();
  }

  /** Returns the summary line of a suite. A single rule has none, unless it left out a harm. */
  public static Optional<String> summary(String suite) {
    Sums sums = SUMS.remove(suite);
    return sums == null || (sums.isPart() && sums.leftOut.isEmpty())
        ? Optional.empty()
        : Optional.of(suite + ": " + sums.text());
  }

  private static Sums sums(String suite) {
    return SUMS.computeIfAbsent(suite, name -> new Sums());
  }

  public static void skip(String suite, Entry entry, String reason) {
    sums(suite).skip(reason);
    write(suite, entry.rule + "\tNOT RUN\t" + reason);
  }

  public static void write(String suite, Entry entry, String status) {
    long millis = (System.nanoTime() - entry.startNanos) / 1_000_000;
    sums(suite).add(entry, millis);
    write(
        suite,
        String.join(
            "\t",
            entry.rule,
            status,
            "tries=" + entry.tries,
            "plans=" + entry.plans,
            "steps=" + entry.steps,
            "checks=" + entry.evidence,
            "discarded=" + entry.discarded,
            "ms=" + millis,
            "left out=" + entry.leftOut));
  }

  private static void write(String suite, String row) {
    Path file = directory().resolve(suite + ".tsv");
    String line = row + System.lineSeparator();
    try {
      Files.createDirectories(directory());
      if (BEGUN.add(file)) {
        Files.writeString(file, line);
      } else {
        Files.writeString(file, line, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
