package dev.jetlane.inmemory;

import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;

/** Time that stands still until it is moved. */
final class ManualTime extends Time {

  /** How long automatic time stands still, in real time, after the last call. */
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** The same while somebody holds a delivery, and may be at work. */
  private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Instant start;
  private final boolean automatic;

  /** Weak, so that a clock that many tests share keeps none of their servers alive. */
  private final List<WeakReference<InMemoryServer>> servers = new ArrayList<>();

  private int pruneAtSize = 16;
  private volatile long nanos;

  ManualTime(Instant start, boolean automatic) {
    this.start = start;
    this.automatic = automatic;
  }

  @Override
  long nanos() {
    return nanos;
  }

  @Override
  Instant instant(long nanos) {
    return start.plusNanos(nanos);
  }

  @Override
  void register(InMemoryServer server) {
    lock.lock();
    try {
      if (servers.size() >= pruneAtSize) {
        servers.removeIf(reference -> reference.get() == null);
        pruneAtSize = Math.max(16, 2 * servers.size());
      }
      servers.add(new WeakReference<>(server));
    } finally {
      unlock();
    }
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // The caller loops: it looks at what it waits for.
  void await(Condition condition, long untilNanos) throws InterruptedException {
    if (automatic) {
      awaitAutomatically(condition);
    } else {
      condition.await();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // As above.
  private void awaitAutomatically(Condition condition) throws InterruptedException {
    long callsBefore = calls;
    long patience = anythingInHands() ? BUSY_NANOS : IDLE_NANOS;
    if (condition.awaitNanos(patience) <= 0 && calls == callsBefore) {
      long next = nextOfAllNanos(false);
      if (next != NEVER) {
        advanceTo(next);
      }
    }
  }

  /** Moves the time. */
  void advance(long byNanos) {
    lock.lock();
    try {
      advanceTo(Math.addExact(nanos, byNanos));
    } finally {
      unlock();
    }
  }

  /** Moves the time to the next event, if there is one. */
  boolean advanceToNext() {
    lock.lock();
    try {
      long next = nextOfAllNanos(true);
      if (next == NEVER) {
        return false;
      }
      advanceTo(next);
      return true;
    } finally {
      unlock();
    }
  }

  /**
   * Partitions share nothing, so each one walks through its own events, each event at its own
   * instant.
   */
  private void advanceTo(long target) {
    forEachServer(server -> server.catchUp(target));
    nanos = target;
  }

  private long nextOfAllNanos(boolean withForgotten) {
    long[] next = {NEVER};
    forEachServer(
        server -> {
          next[0] = Math.min(next[0], server.nextEventNanos());
          if (withForgotten) {
            next[0] = Math.min(next[0], server.nextForgottenNanos());
          }
        });
    return next[0];
  }

  private boolean anythingInHands() {
    boolean[] any = {false};
    forEachServer(server -> any[0] |= server.anythingInHands());
    return any[0];
  }

  private void forEachServer(Consumer<InMemoryServer> action) {
    for (WeakReference<InMemoryServer> reference : servers) {
      InMemoryServer server = reference.get();
      if (server != null) {
        action.accept(server);
      }
    }
  }
}
