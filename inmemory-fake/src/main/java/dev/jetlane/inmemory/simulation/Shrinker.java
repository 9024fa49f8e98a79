package dev.jetlane.inmemory.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Makes a history that failed as short as possible: leaves out processes, faults, switches and
 * tasks, and keeps what fails in the same way.
 */
final class Shrinker {

  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Player player;
  private final History found;
  private final long endNanos = System.nanoTime() + LONGEST_NANOS;
  private History best;

  Shrinker(Player player, History found) {
    this.player = player;
    this.found = found;
    best = found;
  }

  Run.Failed shortest() {
    History first = player.play(found.script(), true);
    History second = player.play(found.script().with(found.made()), true);
    boolean repeatable = first.what().equals(found.what()) && second.text().equals(first.text());
    if (!repeatable) {
      return new Run.Failed(found, first, false, difference(first, second));
    }
    best = second;
    boolean simple = failsAlike(second.script().with(Map.of()));
    if (!simple) {
      leaveOutProcesses();
      int before;
      do {
        before = weight(best.made());
        leaveOutDecisions();
        lowerDecisions();
      } while (weight(best.made()) < before && isTimeLeft());
    }
    History shown = player.play(best.script().with(best.made()), true);
    return new Run.Failed(found, shown, true, "");
  }

  private static int weight(Map<Long, Integer> decisions) {
    return decisions.values().stream().mapToInt(value -> value).sum();
  }

  /** Only if nothing but that does not fail by itself: a missing worker is a failure of its own. */
  private void leaveOutProcesses() {
    for (String process : found.processes()) {
      Script without = best.script().without(process);
      if (!player.play(without.with(Map.of()), false).failed()) {
        boolean unused = failsAlike(without.with(best.made()));
      }
    }
  }

  /** Leaves out halves, quarters, and at last single ones. */
  private void leaveOutDecisions() {
    for (int part = Math.max(1, best.made().size() / 2); part >= 1; part /= 2) {
      for (int from = 0; from < best.made().size() && isTimeLeft(); ) {
        List<Map.Entry<Long, Integer>> fewer = new ArrayList<>(best.made().entrySet());
        fewer.subList(from, Math.min(fewer.size(), from + part)).clear();
        if (!failsAlike(best.script().with(toMap(fewer)))) {
          from += part;
        }
      }
    }
  }

  private void lowerDecisions() {
    for (Long key : List.copyOf(best.made().keySet())) {
      int value = best.made().getOrDefault(key, 0);
      for (int lower = 1; lower < value && isTimeLeft(); lower++) {
        Map<Long, Integer> less = new LinkedHashMap<>(best.made());
        less.put(key, lower);
        if (failsAlike(best.script().with(less))) {
          break;
        }
      }
    }
  }

  private boolean failsAlike(Script script) {
    if (!isTimeLeft()) {
      return false;
    }
    History tried = player.play(script, false);
    boolean alike = tried.failed() && tried.what().equals(found.what());
    boolean shorter =
        weight(tried.made()) < weight(best.made())
            || tried.script().left().size() > best.script().left().size();
    if (alike && shorter) {
      best = tried;
    }
    return alike && shorter;
  }

  private boolean isTimeLeft() {
    return System.nanoTime() - endNanos < 0;
  }

  private static Map<Long, Integer> toMap(List<Map.Entry<Long, Integer>> entries) {
    Map<Long, Integer> map = new LinkedHashMap<>();
    entries.forEach(entry -> map.put(entry.getKey(), entry.getValue()));
    return map;
  }

  private static String difference(History first, History second) {
    for (int i = 0; i < Math.min(first.log().size(), second.log().size()); i++) {
      if (!first.log().get(i).equals(second.log().get(i))) {
        return first.log().get(i) + "\n" + second.log().get(i);
      }
    }
    return "one is longer than the other";
  }
}
