// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The shrinking of a failed property. At its time limit jqwik does not stop the thread that
 * shrinks, which ends after its current plan. The next run of the same property has to wait for it,
 * because jqwik keeps the stores of both under the same id.
 */
public final class Shrinking {

  private static final String SHRINKER = "net.jqwik.engine.properties.shrinking.PropertyShrinker";

  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private Shrinking() {}

  /** Waits until no thread shrinks, for a limited time, because a broken queue may never answer. */
  public static void awaitEnd() {
    long start = System.nanoTime();
    while (isUnderWay() && System.nanoTime() - start < LIMIT_NANOS) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  static boolean isUnderWay() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().equals(SHRINKER));
  }
}
