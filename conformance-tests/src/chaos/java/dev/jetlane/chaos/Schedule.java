// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The faults of a run in order: the same ones for the same seed. The first round has each fault
 * once in quick succession, so that the shortest run has all; later faults are drawn by weight.
 */
final class Schedule {

  private static final int MIN_GAP_MILLIS = 500;
  private static final int MAX_GAP_MILLIS = 3_000;
  private static final int MAX_GAP_AT_FIRST_MILLIS = 1_000;
  private static final int LONG_PAUSE_IN = 4;

  /**
   * One fault.
   *
   * @param gapMillis the pause before it
   * @param fault its kind
   * @param millis its duration
   * @param number a random number for further choices
   */
  record Step(int gapMillis, Fault fault, int millis, int number) {}

  private final Random random;
  private final List<Fault> drawn;
  private final Deque<Fault> first;
  private final int totalWeight;

  /**
   * @param faults the allowed faults; those without a weight are not drawn
   */
  Schedule(long seed, Set<Fault> faults) {
    random = new Random(seed);
    drawn = faults.stream().filter(fault -> fault.weight() > 0).sorted().toList();
    List<Fault> shuffled = new ArrayList<>(drawn);
    Collections.shuffle(shuffled, random);
    first = new ArrayDeque<>(shuffled);
    totalWeight = drawn.stream().mapToInt(Fault::weight).sum();
  }

  boolean isEmpty() {
    return drawn.isEmpty();
  }

  Step next() {
    int maxMillis = first.isEmpty() ? MAX_GAP_MILLIS : MAX_GAP_AT_FIRST_MILLIS;
    int gapMillis = MIN_GAP_MILLIS + random.nextInt(maxMillis - MIN_GAP_MILLIS);
    Fault fault = first.isEmpty() ? draw(random.nextInt(totalWeight)) : first.removeFirst();
    boolean isLong = random.nextInt(LONG_PAUSE_IN) == 0;
    int upTo = random.nextInt(1_000);
    int millis =
        switch (fault) {
          case KILL, STOP -> upTo;
          // Long faults outlast the lease.
          case PAUSE, BLACK_HOLE -> isLong ? 6_000 + 3 * upTo : 100 + 2 * upTo;
          case DELAY, THROTTLE, SLOW_DISK -> 2_000 + upTo;
          case WORKER_PAUSE -> 6_000 + 3 * upTo;
          case REFUSE -> isLong ? 10_000 + 5 * upTo : 7_000 + upTo;
          default -> 0;
        };
    return new Step(gapMillis, fault, millis, random.nextInt(1 << 16));
  }

  private Fault draw(int number) {
    int left = number;
    for (Fault fault : drawn) {
      left -= fault.weight();
      if (left < 0) {
        return fault;
      }
    }
    throw new IllegalArgumentException("beyond all weights: " + number);
  }
}
