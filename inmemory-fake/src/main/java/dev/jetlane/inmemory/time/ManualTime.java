// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.time;

import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;

/** Time that stands still until it is moved. */
public class ManualTime extends Time {

  /** The real time after the last call during which automatic time stands still. */
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** The same time while a client holds a delivery, and may be working on it. */
  private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final boolean automatic;

  /**
   * The worlds, by weak references, so that the servers of a shared clock can be garbage-collected.
   */
  private final List<WeakReference<TimedWorld>> worlds = new ArrayList<>();

  private int pruneAtSize = 16;

  /** Whether a tick of the automatic time is scheduled on behalf of waits without a thread. */
  private boolean ticking;

  private volatile long nanos;

  /**
   * Creates a time that stands at its start.
   *
   * @param automatic whether a waiting thread moves the clock when all other threads are idle
   */
  public ManualTime(Instant start, boolean automatic) {
    super(start);
    this.automatic = automatic;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public void register(TimedWorld world) {
    lock();
    try {
      if (worlds.size() >= pruneAtSize) {
        worlds.removeIf(reference -> reference.get() == null);
        pruneAtSize = Math.max(16, 2 * worlds.size());
      }
      worlds.add(new WeakReference<>(world));
    } finally {
      unlock();
    }
  }

  @Override
  public void attend(TimedWorld world) {
    if (automatic && !ticking) {
      ticking = true;
      long callsBefore = calls();
      CompletableFuture.delayedExecutor(patienceNanos(), TimeUnit.NANOSECONDS)
          .execute(() -> tick(world, callsBefore));
    }
  }

  private void tick(TimedWorld world, long callsBefore) {
    lock();
    try {
      ticking = false;
      boolean moved = moveIfQuiet(callsBefore);
      if (moved && isAnyUnattended()) {
        attend(world);
      }
    } finally {
      unlock();
    }
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // The caller checks its condition in a loop.
  void block(Condition condition, long untilNanos) throws InterruptedException {
    if (automatic) {
      blockAutomatically(condition);
    } else {
      condition.await();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // As above.
  private void blockAutomatically(Condition condition) throws InterruptedException {
    long callsBefore = calls();
    if (condition.awaitNanos(patienceNanos()) <= 0) {
      moveIfQuiet(callsBefore);
    }
  }

  private long patienceNanos() {
    return anythingInHands() ? BUSY_NANOS : IDLE_NANOS;
  }

  /**
   * Moves to the next event unless there was a call in the meantime; returns false if there are no
   * more events.
   */
  private boolean moveIfQuiet(long callsBefore) {
    if (calls() != callsBefore) {
      return true;
    }
    long next = nextOfAllNanos(false);
    if (next == Timed.NEVER) {
      return false;
    }
    called(); // Counts as a call, so that reactions to this event have time too.
    advanceTo(next);
    return true;
  }

  @Override
  void letPass(long byNanos) {
    advance(byNanos);
  }

  /** Moves the time. */
  public void advance(long byNanos) {
    lock();
    try {
      advanceTo(Math.addExact(nanos, byNanos));
    } finally {
      unlock();
    }
  }

  /** Moves the time to the next event, if there is one. */
  public boolean advanceToNext() {
    lock();
    try {
      long next = nextOfAllNanos(true);
      if (next == Timed.NEVER) {
        return false;
      }
      advanceTo(next);
      return true;
    } finally {
      unlock();
    }
  }

  /** Moves the time. The events of all worlds happen in the order of their instants. */
  private void advanceTo(long target) {
    for (long next = nextOfAllNanos(false); next <= target; next = nextOfAllNanos(false)) {
      catchUpTo(Math.max(next, nanos));
    }
    catchUpTo(Math.max(target, nanos)); // An event may be in the past, but the time moves forwards.
  }

  private void catchUpTo(long now) {
    nanos = now;
    forEachWorld(world -> world.catchUp(now));
  }

  private long nextOfAllNanos(boolean withForgotten) {
    long[] next = {Timed.NEVER};
    forEachWorld(
        world -> {
          next[0] = Math.min(next[0], world.nextEventNanos());
          if (withForgotten) {
            next[0] = Math.min(next[0], world.nextForgottenNanos());
          }
        });
    return next[0];
  }

  /** Returns the moment of the next event of all worlds. */
  final long nextNanos() {
    return nextOfAllNanos(false);
  }

  /** Moves to the moment of the next event and processes all events of that moment. */
  final void advanceToEvent(long event) {
    long next = event;
    do {
      catchUpTo(Math.max(next, nanos));
      next = nextOfAllNanos(false);
    } while (next <= event);
  }

  /** Of all worlds, because one tick moves the time for all of them. */
  private boolean isAnyUnattended() {
    boolean[] any = {false};
    forEachWorld(world -> any[0] |= world.isUnattended());
    return any[0];
  }

  private boolean anythingInHands() {
    boolean[] any = {false};
    forEachWorld(world -> any[0] |= world.anythingInHands());
    return any[0];
  }

  private void forEachWorld(Consumer<TimedWorld> action) {
    for (WeakReference<TimedWorld> reference : worlds) {
      TimedWorld world = reference.get();
      if (world != null) {
        action.accept(world);
      }
    }
  }
}
