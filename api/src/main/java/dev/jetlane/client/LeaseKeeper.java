// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Extends kept leases, and completes the stages of watched leases when they are lost. There is one
 * keeper for all deliveries of a client in a partition. It visits only the leases that are due, so
 * the cost of ten thousand kept leases is the cost of their extensions.
 *
 * <p><b>When a lease is due.</b> A kept lease is due a step after its last confirmed extension.
 * While an extension is unconfirmed, the next one is due half a step after the request; after a
 * failure, a quarter of a step after it. A step is at most half of the lease, so after a lost
 * extension there is time for another one. A watched lease is due when it ends.
 *
 * <p><b>Settlements.</b> A settlement only marks its lease as over. The keeper drops marked leases
 * when they are due, or when they are more than half of all leases. Settlements and pulls therefore
 * never wait for each other here.
 *
 * <p><b>Locks.</b> One lock guards the heap and every {@link KeptLease} in it. While it is held,
 * the keeper takes no other lock, sends nothing and completes no stage. A driver may hold a lock of
 * its own when it calls the keeper.
 *
 * <p>This class is thread-safe.
 */
final class LeaseKeeper implements TimedWork {

  /** Up to this number of ended leases, a pass over all leases costs more than it frees. */
  private static final int FEW = 64;

  private final DriverClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final DueHeap<KeptLease> heap = new DueHeap<>();

  /** An upper bound for the number of ended leases in the heap. */
  private final AtomicInteger over = new AtomicInteger();

  /** A lower bound for the due time of the first lease; that lease may already be over. */
  private volatile long nextNanos = DriverClock.NEVER;

  private boolean closed;

  /** Creates a keeper on the clock of the leases. */
  LeaseKeeper(DriverClock clock) {
    this.clock = clock;
    clock.add(this);
  }

  @Override
  public long nextNanos() {
    if (nextNanos == DriverClock.NEVER) {
      return DriverClock.NEVER;
    }
    lock.lock();
    try {
      noteNext();
      return nextNanos;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void runDue(long now) {
    List<KeptLease> due = new ArrayList<>();
    lock.lock();
    try {
      for (KeptLease first = heap.first();
          first != null && first.dueNanos() - now <= 0;
          first = heap.first()) {
        heap.remove(first);
        due.add(first);
      }
      noteNext();
    } finally {
      lock.unlock();
    }
    due.forEach(kept -> look(kept, now));
    wakeForNext();
  }

  /** Stops keeping and watching all leases. */
  void close() {
    lock.lock();
    try {
      closed = true;
      heap.clear();
      nextNanos = DriverClock.NEVER;
    } finally {
      lock.unlock();
    }
    clock.remove(this);
  }

  /** Keeps a lease. */
  void keep(KeepableLease lease, LeaseKeeping keeping, long leasedAtNanos) {
    KeptLease kept = lease.kept();
    lock.lock();
    try {
      dropEnded();
      kept.keeping = keeping;
      kept.leaseEndNanos = lease.leaseEndNanos();
      kept.nextExtensionNanos = leasedAtNanos + keeping.everyNanos;
      kept.keepUntilNanos = leasedAtNanos + keeping.maxNanos;
      schedule(kept, leasedAtNanos);
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  /** Returns the stage that completes when a lease is lost: the same one at each call. */
  CompletionStage<Void> watch(KeepableLease lease) {
    KeptLease kept = lease.kept();
    CompletionStage<Void> shown;
    lock.lock();
    try {
      if (kept.shown != null) {
        return kept.shown;
      }
      CompletableFuture<Void> lost = new CompletableFuture<>();
      shown = lost.minimalCompletionStage();
      kept.lost = lost;
      kept.shown = shown;
      kept.leaseEndNanos = lease.leaseEndNanos();
      dropEnded();
      long now = clock.nanoTime();
      if (closed || !lease.canBeLost()) {
        return shown; // A settlement that fails schedules the lease.
      } else if (kept.leaseEndNanos - now > 0) {
        schedule(kept, now);
      } else {
        lost.complete(null); // The lease expired before the delivery was handed out.
      }
    } finally {
      lock.unlock();
    }
    wakeForNext();
    return shown;
  }

  /** Reschedules a lease whose end changed or whose settlement failed. */
  void changed(KeptLease kept, KeepableLease lease) {
    lock.lock();
    try {
      kept.leaseEndNanos = lease.leaseEndNanos();
      schedule(kept, clock.nanoTime());
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  /** Stops extending a lease, so that it expires. */
  void keepNoLonger(KeptLease kept) {
    lock.lock();
    try {
      kept.keeping = null;
      schedule(kept, clock.nanoTime());
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  /** Forgets a lease that is settled or given back. */
  void release(KeptLease kept) {
    if (kept.end()) {
      over.incrementAndGet();
    }
  }

  /** The number of leases in the heap. */
  int size() {
    lock.lock();
    try {
      return heap.size();
    } finally {
      lock.unlock();
    }
  }

  private void look(KeptLease kept, long now) {
    KeepableLease lease = kept.get();
    if (kept.isOver() || (lease != null && !lease.canBeLost())) {
      return; // Settled, or being settled: a failed settlement schedules it again.
    }
    CompletableFuture<Void> lost = null;
    boolean extend = false;
    lock.lock();
    try {
      if (lease != null) {
        kept.leaseEndNanos = lease.leaseEndNanos();
      }
      if (kept.leaseEndNanos - now <= 0) {
        lost = kept.lost;
        kept.keeping = null;
      } else {
        extend =
            lease != null
                && lease.isOpen()
                && kept.isKept(now)
                && kept.nextExtensionNanos - now <= 0;
        if (extend) {
          kept.askedAtNanos = now;
          kept.nextExtensionNanos = now + kept.everyNanos() / 2;
        } else if (lease == null) {
          kept.keeping = null;
        }
        schedule(kept, now);
      }
    } finally {
      lock.unlock();
    }
    if (lost != null) {
      CompletableFuture<Void> stage = lost;
      clock.execute(() -> stage.complete(null));
    }
    if (extend && lease != null) {
      extend(lease, kept, now);
    }
  }

  private void extend(KeepableLease lease, KeptLease kept, long now) {
    CompletableFuture<?> answer;
    try {
      answer = lease.extendKept(now);
    } catch (RuntimeException | Error e) {
      answer = CompletableFuture.failedFuture(e);
    }
    var unused = answer.whenComplete((ok, error) -> answered(kept, lease, now, error));
  }

  private void answered(
      KeptLease kept, KeepableLease lease, long askedAtNanos, @Nullable Throwable error) {
    lock.lock();
    try {
      if (kept.askedAtNanos == askedAtNanos) {
        long every = kept.everyNanos();
        kept.nextExtensionNanos = askedAtNanos + (error == null ? every : every / 4);
      }
      kept.leaseEndNanos = lease.leaseEndNanos();
      if (lease.canBeLost()) {
        schedule(kept, askedAtNanos);
      }
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  /** The caller holds the lock. */
  private void dropEnded() {
    if (over.get() > Math.max(FEW, heap.size() / 2)) {
      over.set(0);
      heap.removeOver();
    }
  }

  /** The caller holds the lock. */
  private void schedule(KeptLease kept, long now) {
    boolean keeps = kept.isKept(now) && kept.nextExtensionNanos - kept.keepUntilNanos < 0;
    boolean watched = kept.isWatched();
    if (closed || kept.isOver() || !(keeps || watched)) {
      heap.remove(kept);
    } else if (keeps && (!watched || kept.nextExtensionNanos - kept.leaseEndNanos < 0)) {
      heap.put(kept, kept.nextExtensionNanos);
    } else {
      heap.put(kept, kept.leaseEndNanos);
    }
    noteNext();
  }

  /** The caller holds the lock. */
  private void noteNext() {
    KeptLease first = heap.first();
    long next = first == null ? DriverClock.NEVER : first.dueNanos();
    if (next != nextNanos) {
      nextNanos = next;
    }
  }

  private void wakeForNext() {
    long next = nextNanos;
    if (next != DriverClock.NEVER) {
      clock.wakeAt(this, next);
    }
  }
}
