// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.Refusals;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The regular checks of all pulls that wait without a thread. They share one wake-up a second, and
 * most of them have little to do, because nothing has changed: a timer for each of 1,000 pulls took
 * 3 % of a core.
 */
public final class Lookout {

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A pull that waits. */
  public interface Waiter {

    /**
     * Checks whether the wait is over. Does not block.
     *
     * @param changed whether the connection, or another thing that its {@link ConnectionMonitor}
     *     knows, may have changed since the last look
     */
    void look(boolean changed);
  }

  private final ConnectionMonitor monitor;
  private final Refusals refusals;
  private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
  private int seen;

  Lookout(ConnectionMonitor monitor, Refusals refusals, QueueTimer timer) {
    this.monitor = monitor;
    this.refusals = refusals;
    timer.every("the checks of waiting pulls", LOOK_NANOS, this::look);
  }

  /**
   * Adds a waiter; an earlier change is not reported to it. A second call does nothing, and each
   * waiter must be removed.
   */
  public void add(Waiter waiter) {
    boolean unused = waiters.add(waiter);
  }

  public void remove(Waiter waiter) {
    boolean unused = waiters.remove(waiter);
  }

  /** Returns whether there is no waiter. */
  public boolean isEmpty() {
    return waiters.isEmpty();
  }

  void look() {
    if (isEmpty()) {
      return;
    }
    refusals.look();
    int now = monitor.changes();
    boolean changed = now != seen || !monitor.isConnected();
    seen = now;
    waiters.forEach(waiter -> waiter.look(changed));
  }
}
