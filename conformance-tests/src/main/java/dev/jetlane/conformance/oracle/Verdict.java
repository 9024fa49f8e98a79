// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The result of judging a history: the rules that it breaks, and how often each rule was tested.
 * The evidence shows that the plan tested a rule that has no violations.
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
   * Counts a test of a rule, and records the first violation of each rule. Returns {@code holds}.
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
