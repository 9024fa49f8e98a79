package dev.jetlane.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes what was run, a line per rule, so that a report can say how much stands behind a green
 * suite.
 */
final class Ledger {

  /** What the tries of one rule came to. */
  static final class Entry {
    final String rule;
    final long startNanos = System.nanoTime();
    int tries;
    int plans;
    int steps;
    int evidence;
    int discarded;

    Entry(String rule) {
      this.rule = rule;
    }
  }

  /** Of a suite, how many tries there were and how many of them showed nothing. */
  private record Discards(int tries, int discarded) {
    Discards plus(Entry entry) {
      return new Discards(tries + entry.tries, discarded + entry.discarded);
    }
  }

  private static final int FEW_TRIES = 50;
  private static final double MOST_DISCARDED = 0.2;
  private static final Set<Path> BEGUN = ConcurrentHashMap.newKeySet();
  private static final Map<String, Discards> DISCARDS = new ConcurrentHashMap<>();

  private Ledger() {}

  static Path directory() {
    return Path.of(System.getProperty("jetlane.conformance.reports", "target/conformance"));
  }

  /** Whether so many tries of the suite showed nothing that its green says little. */
  static boolean hasTooManyDiscards(String suite) {
    Discards sum = DISCARDS.getOrDefault(suite, new Discards(0, 0));
    return sum.tries() >= FEW_TRIES && sum.discarded() > MOST_DISCARDED * sum.tries();
  }

  static void write(String suite, Entry entry, String status) {
    DISCARDS.merge(suite, new Discards(0, 0).plus(entry), (sum, one) -> sum.plus(entry));
    Path file = directory().resolve(suite + ".tsv");
    String line =
        String.join(
                "\t",
                entry.rule,
                status,
                "tries=" + entry.tries,
                "plans=" + entry.plans,
                "steps=" + entry.steps,
                "checks=" + entry.evidence,
                "discarded=" + entry.discarded,
                "ms=" + (System.nanoTime() - entry.startNanos) / 1_000_000)
            + System.lineSeparator();
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
