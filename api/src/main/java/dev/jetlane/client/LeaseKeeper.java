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
 * Extends the leases that are kept, and completes the stages of those that are watched when they
 * are lost: one for all deliveries of a client in a partition. It looks at the leases that are due
 * and at no other, so that ten thousand kept leases cost what their extensions cost.
 *
 * <p><b>When a lease is due.</b> A kept lease is due a step after its last confirmed extension. An
 * extension does not count before it is confirmed: until then the next one is due after half a
 * step, and after a failure after a quarter of one. With a step of at most half of the lease, one
 * lost extension leaves time for another. A watched lease is due when it ends.
 *
 * <p><b>Settlements.</b> A settlement only marks that its lease is over. The mark is seen when the
 * lease is due, or when half of all have one. So settlements and pulls never wait for each other
 * here.
 *
 * <p><b>Locks.</b> One lock guards the heap and every {@link KeptLease} in it. No other lock is
 * taken while it is held, and nothing is called that sends or completes. The driver may hold a lock
 * of its own when it calls.
 *
 * <p>This class is thread-safe.
 */
final class LeaseKeeper implements TimedWork {

  /** A pass over all leases is not worth it for fewer leases that are over. */
  private static final int FEW = 64;

  private final DriverClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final DueHeap<KeptLease> heap = new DueHeap<>();

  /** How many leases became over since they were last dropped, or a little more. */
  private final AtomicInteger over = new AtomicInteger();

  /** Not later than the first lease is due: that one may be over. */
  private volatile long nextNanos = DriverClock.NEVER;

  private boolean closed;

  /** On the clock that the leases are measured on. */
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

  /** Keeps and watches no lease any longer. */
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
      if (over.get() > Math.max(FEW, heap.size() / 2)) {
        over.set(0);
        heap.removeOver();
      }
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

  /** The stage that completes when a lease is lost, the same one at each call. */
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
      long now = clock.nanoTime();
      if (kept.leaseEndNanos - now > 0) {
        schedule(kept, now);
      } else if (lease.isOpen()) {
        lost.complete(null); // It was not handed out yet.
      }
    } finally {
      lock.unlock();
    }
    wakeForNext();
    return shown;
  }

  /** The lease has another end now, or a settlement failed. */
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

  /** Lets the lease expire. */
  void keepNoLonger(KeptLease kept) {
    lock.lock();
    try {
      kept.keeping = null;
      schedule(kept, clock.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  /** The lease is settled, or given back. */
  void release(KeptLease kept) {
    if (kept.end()) {
      over.incrementAndGet();
    }
  }

  /** How many leases take room. */
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
    if (kept.isOver() || (lease != null && !lease.isOpen())) {
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
        extend = lease != null && kept.isKept(now) && kept.nextExtensionNanos - now <= 0;
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
    } catch (RuntimeException e) {
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
      if (lease.isOpen()) {
        schedule(kept, askedAtNanos);
      }
    } finally {
      lock.unlock();
    }
    wakeForNext();
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
