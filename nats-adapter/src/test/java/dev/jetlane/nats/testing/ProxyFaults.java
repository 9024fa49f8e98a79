// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import dev.jetlane.nats.testing.FaultProxy.Way;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The current faults of a {@link FaultProxy}. */
final class ProxyFaults {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Random random;
  private final Set<Way> stalled = EnumSet.noneOf(Way.class);
  private final Map<Way, Long> resetAfter = new EnumMap<>(Way.class);
  private final Map<Way, Long> forwarded = new EnumMap<>(Way.class);
  private boolean refuses;
  private long delayNanos;
  private long jitterNanos;
  private long bytesPerSecond;

  ProxyFaults(long seed) {
    random = new Random(seed);
  }

  void stall(Way way, boolean on) {
    change(() -> change(stalled, way, on));
  }

  void resetAfter(Way way, long bytes) {
    change(() -> resetAfter.put(way, bytes));
  }

  void refuse(boolean on) {
    change(() -> refuses = on);
  }

  void delay(long baseNanos, long upToNanos) {
    change(
        () -> {
          delayNanos = baseNanos;
          jitterNanos = upToNanos;
        });
  }

  void throttle(long rate) {
    change(() -> bytesPerSecond = rate);
  }

  void clear() {
    change(
        () -> {
          stalled.clear();
          resetAfter.clear();
          refuses = false;
          delayNanos = 0;
          jitterNanos = 0;
          bytesPerSecond = 0;
        });
  }

  /** A fault ended: each thread that waits in {@link #pass} checks again. */
  void wake() {
    change(() -> {});
  }

  boolean refuses() {
    lock.lock();
    try {
      return refuses;
    } finally {
      lock.unlock();
    }
  }

  long forwarded(Way way) {
    lock.lock();
    try {
      return forwarded.getOrDefault(way, 0L);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a block may pass. Returns its length, or less if the connection is to be broken
   * after that, or has ended.
   */
  int pass(Way way, int bytes, ProxyConnection connection) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long heldNanos = delayNanos + (jitterNanos == 0 ? 0 : random.nextLong(jitterNanos));
      if (bytesPerSecond > 0) {
        heldNanos += TimeUnit.SECONDS.toNanos(bytes) / bytesPerSecond;
      }
      while (heldNanos > 0 && !connection.isEnded()) {
        heldNanos = changed.awaitNanos(heldNanos);
      }
      while (stalled.contains(way) && !connection.isEnded()) {
        changed.await();
      }
      if (connection.isEnded()) {
        return 0;
      }
      Long left = resetAfter.get(way);
      if (left != null && bytes >= left) {
        resetAfter.remove(way);
        return (int) Math.min(bytes - 1, left);
      }
      if (left != null) {
        resetAfter.put(way, left - bytes);
      }
      forwarded.merge(way, (long) bytes, Long::sum);
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static void change(Set<Way> ways, Way way, boolean on) {
    if (on) {
      ways.add(way);
    } else {
      ways.remove(way);
    }
  }
}
