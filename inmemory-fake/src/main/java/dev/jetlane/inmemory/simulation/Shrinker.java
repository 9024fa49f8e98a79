// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Shortens a failed history: leaves out processes, faults, switches and tasks while the history
 * still fails in the same way.
 */
final class Shrinker {

  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int FEW = 16;

  private final Player player;
  private final History found;
  private final long endNanos = System.nanoTime() + LONGEST_NANOS;
  private History best;

  Shrinker(Player player, History found) {
    this.player = player;
    this.found = found;
    best = found;
  }

  FailedHistory shortest() {
    History first = player.play(found.script(), true);
    History second = player.play(found.script().with(found.made()), true);
    boolean repeatable = isAlike(first) && isAlike(second) && second.text().equals(first.text());
    if (!repeatable) {
      return new FailedHistory(found, first, false, difference(first, second));
    }
    best = second;
    boolean simple = failsAlike(second.script().with(Map.of()));
    if (!simple) {
      leaveOutProcesses();
      shorten();
      if (tryOneBeside(Map.of()) || tryOneBeside(Decisions.ofUser(best.made()))) {
        shorten();
      }
    }
    History shown = player.play(best.script().with(best.made()), true);
    return isAlike(shown)
        ? new FailedHistory(found, shown, true, "")
        : new FailedHistory(found, shown, false, results(found, shown));
  }

  private boolean isAlike(History other) {
    return other.failed() && other.what().equals(found.what());
  }

  private void shorten() {
    long before;
    do {
      before = weight(best.made());
      leaveOutDecisions();
      lowerDecisions();
    } while (weight(best.made()) < before && isTimeLeft());
  }

  /**
   * The weight of a history, lower for a simpler one. The number of decisions counts more than
   * their values.
   */
  private static long weight(Map<Long, Integer> decisions) {
    long sum = decisions.values().stream().mapToLong(value -> value).sum();
    return sum + decisions.size() * (long) Integer.MAX_VALUE;
  }

  /**
   * Leaves out processes. A process stays if the history without it fails even without decisions:
   * then the failure is another one, such as a missing worker.
   */
  private void leaveOutProcesses() {
    for (String process : found.processes()) {
      Script without = best.script().without(process);
      if (!player.play(without.with(Map.of()), false).failed()) {
        boolean unused = failsAlike(without.with(best.made()));
      }
    }
  }

  /**
   * Leaves out decisions: first half of them together, then a quarter, and so on to single ones.
   */
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

  /**
   * Tries to replace all decisions by a single one at another place. Several faults and switches
   * may be left only because each of them leads to the place of the next one. Tries all places,
   * first with the kinds of the found decisions.
   *
   * @param chosen the choices of the test
   */
  private boolean tryOneBeside(Map<Long, Integer> chosen) {
    Set<String> kinds = new HashSet<>();
    best.made().forEach((key, value) -> kinds.add(kind(key, value)));
    List<Map.Entry<Long, Integer>> ones = new ArrayList<>();
    History simple = player.play(best.script().with(chosen), false);
    simple.asked().forEach((key, options) -> ones.addAll(allOf(key, options)));
    ones.removeIf(one -> chosen.containsKey(one.getKey()));
    ones.sort(Comparator.comparing(one -> !kinds.contains(kind(one.getKey(), one.getValue()))));
    for (Map.Entry<Long, Integer> one : ones) {
      if (best.made().size() <= chosen.size() + 1 || !isTimeLeft()) {
        return false;
      }
      Map<Long, Integer> with = new LinkedHashMap<>(chosen);
      with.put(one.getKey(), one.getValue());
      if (failsAlike(best.script().with(with))) {
        return true;
      }
    }
    return false;
  }

  private static List<Map.Entry<Long, Integer>> allOf(long key, int options) {
    return IntStream.range(1, Math.min(options, FEW)).mapToObj(i -> Map.entry(key, i)).toList();
  }

  private static String kind(long key, int value) {
    return Decisions.kindOf(key) + "=" + value;
  }

  private void lowerDecisions() {
    for (Long key : List.copyOf(best.made().keySet())) {
      int value = best.made().getOrDefault(key, 0);
      for (int lower = 1; lower < value && isTimeLeft(); lower = next(lower)) {
        Map<Long, Integer> less = new LinkedHashMap<>(best.made());
        less.put(key, lower);
        if (failsAlike(best.script().with(less))) {
          break;
        }
      }
    }
  }

  /**
   * Returns the next number to try: each small number, then doubled ones. Large numbers are mostly
   * times.
   */
  private static int next(int lower) {
    return lower < FEW ? lower + 1 : 2 * lower;
  }

  private boolean failsAlike(Script script) {
    if (!isTimeLeft()) {
      return false;
    }
    History tried = player.play(script, false);
    boolean alike = isAlike(tried);
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

  private String difference(History first, History second) {
    for (int i = 0; i < Math.min(first.log().size(), second.log().size()); i++) {
      if (!first.log().get(i).equals(second.log().get(i))) {
        return first.log().get(i) + "\n" + second.log().get(i);
      }
    }
    return first.log().size() == second.log().size()
        ? results(found, isAlike(first) ? second : first)
        : "one is longer than the other";
  }

  private static String results(History one, History other) {
    return "the events are the same, one result is \"%s\", the other one is \"%s\""
        .formatted(result(one), result(other));
  }

  private static String result(History history) {
    return history.failed() ? history.what() : "all conditions held";
  }
}
