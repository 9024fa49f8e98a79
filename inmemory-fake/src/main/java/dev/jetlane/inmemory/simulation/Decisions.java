// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of a history. Zero is the default: the same actor continues, no fault happens. Only
 * other decisions are stored. The key of a decision is its actor and the number of earlier
 * decisions of this actor, so that leaving one out does not shift the others.
 *
 * <p>The random numbers do not come from the JDK, so they are the same in every version of it.
 */
final class Decisions {

  /** The kinds of decisions. At most eight. */
  enum Kind {
    TURN(0),
    FAULT(1),
    MISHAP(2),
    AMOUNT(3),
    USER(4),
    CHANCE(5);

    /** The digit in the text that repeats a history. */
    final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  private static final int MOST_KINDS = 8;

  /** The keys of the decisions of an actor. */
  static final class Keys {

    private final long actor;
    private final int[] drawn = new int[MOST_KINDS];

    Keys(long actor) {
      this.actor = actor;
    }

    private long next(Kind kind) {
      return ((actor << 3 | kind.code) << 20) + drawn[kind.code]++;
    }
  }

  private final long seed;

  /** The given decisions; null if the seed decides. */
  private final @Nullable Map<Long, Integer> script;

  private final Map<Long, Integer> made = new LinkedHashMap<>();

  /**
   * All decisions that were requested, with their numbers of options; only in a repeated history.
   */
  private final Map<Long, Integer> asked = new LinkedHashMap<>();

  private long state;

  private Decisions(long seed, @Nullable Map<Long, Integer> script) {
    this.seed = seed;
    this.script = script;
    state = mix(seed);
  }

  /** Creates decisions by a seed. */
  static Decisions of(long seed) {
    return new Decisions(seed, null);
  }

  /** Creates decisions that repeat given ones. */
  static Decisions repeating(long seed, Map<Long, Integer> script) {
    return new Decisions(seed, script);
  }

  /** Returns a number that depends only on the seed, for values that are not decisions. */
  long setting(int options) {
    return Math.floorMod(next(), options);
  }

  /**
   * Decides.
   *
   * @param options the number of options, from 1; the result is less
   * @param oneIn one in this number of decisions is not zero; 1 if all options are equally likely
   */
  int draw(Keys keys, Kind kind, int options, int oneIn) {
    long key = keys.next(kind);
    int value;
    if (script != null) {
      value = Math.min(script.getOrDefault(key, 0), options - 1);
      asked.put(key, options);
    } else if (oneIn == 1) {
      value = (int) Math.floorMod(next(), (long) options);
    } else {
      boolean special = options > 1 && Math.floorMod(next(), oneIn) == 0;
      value = special ? 1 + (int) Math.floorMod(next(), (long) options - 1) : 0;
    }
    if (value != 0) {
      made.put(key, value);
    }
    return value;
  }

  /**
   * Returns a number from 0 inclusive to 1 exclusive that depends only on the seed, the actor and
   * its count of decisions.
   */
  double chance(Keys keys) {
    return (double) (mix(seed ^ mix(keys.next(Kind.CHANCE))) >>> 11) * 0x1.0p-53;
  }

  /** Returns the decisions other than zero, in their order. */
  Map<Long, Integer> made() {
    return made;
  }

  Map<Long, Integer> asked() {
    return asked;
  }

  /**
   * Returns the decisions that the test made by {@link Simulation#upTo} and {@link
   * Simulation#maybe}.
   */
  static Map<Long, Integer> ofUser(Map<Long, Integer> decisions) {
    Map<Long, Integer> own = new LinkedHashMap<>(decisions);
    own.keySet().removeIf(key -> kindOf(key) != Kind.USER.code);
    return own;
  }

  /** Returns the kind of a decision. */
  static long kindOf(long key) {
    return key >> 20 & MOST_KINDS - 1;
  }

  /** Returns a text that {@link #parse} reads. */
  static String text(Map<Long, Integer> decisions) {
    return new TreeMap<>(decisions)
        .entrySet().stream()
            .map(e -> Long.toString(e.getKey(), 36) + "=" + e.getValue())
            .collect(Collectors.joining(","));
  }

  static Map<Long, Integer> parse(String text) {
    Map<Long, Integer> decisions = new LinkedHashMap<>();
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] sides = part.split("=", 2);
      decisions.put(Long.parseLong(sides[0], 36), Integer.parseInt(sides[1]));
    }
    return decisions;
  }

  private long next() {
    state += 0x9E3779B97F4A7C15L;
    return mix(state);
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
