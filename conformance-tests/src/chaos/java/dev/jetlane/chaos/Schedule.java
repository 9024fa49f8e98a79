package dev.jetlane.chaos;

import java.util.Random;

/** The faults of a run, one after the other: the same ones for the same seed. */
final class Schedule {

  private static final int MIN_GAP_MILLIS = 500;
  private static final int MAX_GAP_MILLIS = 3_000;
  private static final int LONG_PAUSE_IN = 4;

  /**
   * One fault.
   *
   * @param gapMillis how long to wait before it
   * @param fault what
   * @param millis how long it lasts
   * @param number another random number, for what else has to be chosen
   */
  record Step(int gapMillis, Fault fault, int millis, int number) {}

  private final Random random;
  private final int totalWeight;

  Schedule(long seed) {
    random = new Random(seed);
    int sum = 0;
    for (Fault fault : Fault.values()) {
      sum += fault.weight();
    }
    totalWeight = sum;
  }

  Step next() {
    int gapMillis = MIN_GAP_MILLIS + random.nextInt(MAX_GAP_MILLIS - MIN_GAP_MILLIS);
    Fault fault = draw(random.nextInt(totalWeight));
    boolean isLong = random.nextInt(LONG_PAUSE_IN) == 0;
    int upTo = random.nextInt(1_000);
    int millis =
        switch (fault) {
          case KILL, STOP -> upTo;
          // The long ones outlast the lease.
          case PAUSE, BLACK_HOLE -> isLong ? 6_000 + 3 * upTo : 100 + 2 * upTo;
          case DELAY, THROTTLE -> 2_000 + upTo;
          default -> 0;
        };
    return new Step(gapMillis, fault, millis, random.nextInt(1 << 16));
  }

  private static Fault draw(int number) {
    int left = number;
    for (Fault fault : Fault.values()) {
      left -= fault.weight();
      if (left < 0) {
        return fault;
      }
    }
    throw new IllegalArgumentException("beyond all weights: " + number);
  }
}
