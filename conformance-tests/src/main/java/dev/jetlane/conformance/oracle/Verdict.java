package dev.jetlane.conformance.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What a history shows: which rules it breaks, and how often each rule was really put to the test.
 * Evidence is what tells a queue that keeps a rule from a plan that never came near it.
 */
public final class Verdict {

  /** A broken rule, with the event that shows it. */
  public record Violation(String rule, int event, String message) {
    @Override
    public String toString() {
      return rule + " at event " + event + ": " + message;
    }
  }

  private final List<Violation> violations = new ArrayList<>();
  private final Map<String, Integer> evidence = new TreeMap<>();
  private int event;

  void at(int eventIndex) {
    event = eventIndex;
  }

  /**
   * Holds the history to a rule; of each rule, the first violation is kept. Returns {@code holds}.
   */
  boolean check(String rule, boolean holds, Supplier<String> otherwise) {
    evidence.merge(rule, 1, Integer::sum);
    if (!holds && violations.stream().noneMatch(v -> v.rule().equals(rule))) {
      violations.add(new Violation(rule, event, otherwise.get()));
    }
    return holds;
  }

  public List<Violation> violations() {
    return List.copyOf(violations);
  }

  public Map<String, Integer> evidence() {
    return Map.copyOf(evidence);
  }

  public int evidence(String rule) {
    return evidence.getOrDefault(rule, 0);
  }
}
