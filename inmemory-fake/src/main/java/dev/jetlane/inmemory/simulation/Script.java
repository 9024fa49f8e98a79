// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The name of a history: a seed alone, or a seed, decisions and the processes that are left out.
 *
 * @param decisions null if the seed decides
 */
record Script(long seed, @Nullable Map<Long, Integer> decisions, Set<String> left) {

  static Script of(long seed) {
    return new Script(seed, null, Set.of());
  }

  Script with(Map<Long, Integer> other) {
    return new Script(seed, new LinkedHashMap<>(other), left);
  }

  Script without(String process) {
    Set<String> more = new TreeSet<>(left);
    more.add(process);
    return new Script(seed, decisions, more);
  }

  Decisions start() {
    return decisions == null ? Decisions.of(seed) : Decisions.repeating(seed, decisions);
  }

  /** Returns a text such as {@code 42}, or {@code 42:1k0=2,9x1=1:worker-2}. */
  String text() {
    if (decisions == null) {
      return Long.toString(seed);
    }
    return seed + ":" + Decisions.text(decisions) + ":" + String.join(",", left);
  }

  static Script parse(@Nullable String text) {
    try {
      String[] parts = String.valueOf(text).split(":", 3);
      long seed = Long.parseLong(parts[0]);
      if (parts.length == 1) {
        return of(seed);
      }
      Set<String> left = new TreeSet<>();
      if (parts.length == 3 && !parts[2].isEmpty()) {
        left.addAll(Set.of(parts[2].split(",", -1)));
      }
      return new Script(seed, Decisions.parse(parts[1]), left);
    } catch (RuntimeException e) {
      throw new InvalidInputException("history", text, "must be the text that a failure showed");
    }
  }
}
