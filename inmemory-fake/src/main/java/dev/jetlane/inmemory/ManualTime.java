package dev.jetlane.inmemory;

import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** Time that stands still until it is moved. */
final class ManualTime extends Time {

  private final Instant start;

  /** Weak, so that a clock that many tests share keeps none of their servers alive. */
  private final List<WeakReference<InMemoryServer>> servers = new ArrayList<>();

  private int pruneAtSize = 16;
  private volatile long nanos;

  ManualTime(Instant start) {
    this.start = start;
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
      lock.unlock();
    }
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // The caller loops: it looks at what it waits for.
  void await(Condition condition, long untilNanos) throws InterruptedException {
    condition.await();
  }

  /**
   * Partitions share nothing, so each one walks through its own events, each event at its own
   * instant.
   */
  void advance(long byNanos) {
    lock.lock();
    try {
      long target = Math.addExact(nanos, byNanos);
      for (WeakReference<InMemoryServer> reference : servers) {
        @Nullable InMemoryServer server = reference.get();
        if (server != null) {
          server.catchUp(target);
        }
      }
      nanos = target;
    } finally {
      lock.unlock();
    }
  }
}
