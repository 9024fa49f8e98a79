// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The interval between two checks of a condition, and the duration of scripted work. */
public final class Pauses {
  private static final long MILLIS = 5;

  private Pauses() {}

  /** Takes this time, as a server that answers late; an interrupt stays set and ends nothing. */
  public static void work(Duration time) {
    long untilNanos = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = untilNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  static void brief() {
    try {
      Thread.sleep(MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the server", e);
    }
  }
}
