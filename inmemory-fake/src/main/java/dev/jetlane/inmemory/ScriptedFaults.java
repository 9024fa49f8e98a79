// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.inmemory.stage.Chance;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The planned faults of a test, each for the next call of its kind. Guarded by the lock of the
 * time.
 */
final class ScriptedFaults {

  /** The effect of a fault on a call. */
  enum Kind {
    REFUSED(Chance.REFUSED),
    LOST(Chance.LOST),
    UNCONFIRMED(Chance.CONFIRMATION_LOST);

    final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  private final Map<Kind, Map<Faults.Call, Integer>> counts = new EnumMap<>(Kind.class);
  private int happened;

  void add(Kind kind, Faults.Call call) {
    counts
        .computeIfAbsent(kind, absent -> new EnumMap<>(Faults.Call.class))
        .merge(call, 1, Integer::sum);
  }

  /** Returns whether this fault hits a call now, and then removes it from the plan. */
  boolean take(Kind kind, Faults.Call call) {
    Map<Faults.Call, Integer> calls = counts.get(kind);
    if (calls == null || !calls.containsKey(call)) {
      return false;
    }
    calls.computeIfPresent(call, (same, count) -> count == 1 ? null : count - 1);
    happened++;
    return true;
  }

  /** Returns the number of faults that have happened, including those before a {@link #clear}. */
  int happened() {
    return happened;
  }

  /** Returns the faults that did not happen, one line each. */
  List<String> pending() {
    List<String> pending = new ArrayList<>();
    counts.forEach(
        (kind, calls) ->
            calls.forEach(
                (call, count) ->
                    pending.add(
                        "fault that never happened: "
                            + call
                            + " "
                            + kind.text
                            + (count == 1 ? "" : " (" + count + " times)"))));
    return pending;
  }

  void clear() {
    counts.clear();
  }
}
