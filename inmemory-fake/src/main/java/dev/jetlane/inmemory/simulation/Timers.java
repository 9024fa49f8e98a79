// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.time.TimedWorld;
import java.util.Comparator;
import java.util.PriorityQueue;

/** The scheduled events of the simulation itself: ends of sleeps, restarts, reconnects. */
final class Timers implements TimedWorld {

  private record Timer(long nanos, long number, Runnable action) {}

  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::nanos).thenComparingLong(Timer::number));
  private long added;

  void at(long nanos, Runnable action) {
    timers.add(new Timer(nanos, added++, action));
  }

  boolean isEmpty() {
    return timers.isEmpty();
  }

  @Override
  public long nextEventNanos() {
    Timer first = timers.peek();
    return first == null ? NEVER : first.nanos;
  }

  @Override
  public void catchUp(long now) {
    while (!timers.isEmpty() && timers.element().nanos <= now) {
      timers.remove().action.run();
    }
  }

  @Override
  public long nextForgottenNanos() {
    return NEVER;
  }

  @Override
  public boolean anythingInHands() {
    return false;
  }

  @Override
  public boolean isUnattended() {
    return false;
  }
}
