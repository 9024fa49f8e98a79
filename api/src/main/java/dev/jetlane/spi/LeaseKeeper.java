package dev.jetlane.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Extends the leases that are kept, and tells those who asked that a lease is lost: one for all
 * deliveries of a queue, with one timer. It looks at what is due and at nothing else, so ten
 * thousand leases cost as much as are extended.
 *
 * <p>An extension does not count before it is confirmed. Until then the next one is due after half
 * a step, after a failure after a quarter of one: with a step of at most half of the lease one that
 * is lost leaves time for another.
 *
 * <p>A settlement only marks that the hold is over; the mark is seen when the hold comes up, or
 * when half of all have one. So those who settle and those who pull never wait for each other here.
 *
 * <p>This class is thread-safe. It calls nobody while it holds its lock.
 */
public final class LeaseKeeper {

  /** Later than anything. */
  public static final long NEVER = Long.MAX_VALUE;

  /** So many holds that are over are not worth a pass over all. */
  private static final int FEW = 64;

  /** What a queue implementation adds: its time, and a thread. */
  public interface Timer {

    /** Now, on the monotonic clock that the leases are measured on. */
    long nowNanos();

    /** {@link LeaseKeeper#tick} is to be called at this moment or a little later. */
    void wakeAt(long nanos);

    /** Completes the stage where a user's reaction can run: it may take long, and it may call. */
    void complete(CompletableFuture<Void> lost);
  }

  private final Timer timer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Holds holds = new Holds();

  /** How many became over since they were last dropped, or a little more. */
  private final AtomicInteger over = new AtomicInteger();

  /** Not later than what is next: what is over may come up, and be dropped. */
  private volatile long nextNanos = NEVER;

  private boolean closed;

  /** With an implementation's time. */
  public LeaseKeeper(Timer timer) {
    this.timer = timer;
  }

  /** When {@link #tick} has something to do; {@link #NEVER} if nothing is kept or watched. */
  public long nextNanos() {
    if (nextNanos == NEVER) {
      return NEVER;
    }
    lock.lock();
    try {
      noteNext();
      return nextNanos;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Does everything that is due by now. What one of them throws keeps none of the others from being
   * done, and is thrown in the end: call this again then.
   */
  public void tick(long now) {
    List<Hold> due = new ArrayList<>();
    lock.lock();
    try {
      for (Hold first = holds.first();
          first != null && first.dueNanos - now <= 0;
          first = holds.first()) {
        due.add(first);
        holds.remove(first);
      }
      noteNext();
    } finally {
      lock.unlock();
    }
    Throwable failure = null;
    for (Hold hold : due) {
      try {
        look(hold, now);
      } catch (RuntimeException | Error e) {
        failure = e;
        lookAgain(hold, now);
      }
    }
    wakeForNext();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void lookAgain(Hold hold, long now) {
    lock.lock();
    try {
      schedule(hold, now);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is kept or watched any longer. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      holds.clear();
      nextNanos = NEVER;
    } finally {
      lock.unlock();
    }
  }

  void keep(AbstractDelivery delivery, LeaseKeeping keeping, long leasedAtNanos) {
    Hold hold = delivery.hold();
    lock.lock();
    try {
      if (over.get() > Math.max(FEW, holds.size() / 2)) {
        over.set(0);
        holds.removeOver();
      }
      hold.keeping = keeping;
      hold.leaseEndNanos = delivery.leaseEndNanos();
      hold.nextBeatNanos = leasedAtNanos + keeping.everyNanos;
      hold.keepUntilNanos = leasedAtNanos + keeping.maxNanos;
      schedule(hold, leasedAtNanos);
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  /** The stage that completes when the lease is lost, the same one for all who ask. */
  CompletionStage<Void> watch(AbstractDelivery delivery) {
    Hold hold = delivery.hold();
    CompletionStage<Void> shown;
    lock.lock();
    try {
      if (hold.shown != null) {
        return hold.shown;
      }
      CompletableFuture<Void> lost = new CompletableFuture<>();
      shown = lost.minimalCompletionStage();
      hold.lost = lost;
      hold.shown = shown;
      hold.leaseEndNanos = delivery.leaseEndNanos();
      if (delivery.leaseExpired()) {
        if (delivery.isOpen()) {
          lost.complete(null);
        }
      } else {
        schedule(hold, timer.nowNanos());
      }
    } finally {
      lock.unlock();
    }
    wakeForNext();
    return shown;
  }

  /** The lease has another end now, or a settlement failed. */
  void changed(Hold hold, AbstractDelivery delivery) {
    lock.lock();
    try {
      hold.leaseEndNanos = delivery.leaseEndNanos();
      schedule(hold, timer.nowNanos());
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  /** The lease is to run out. */
  void keepNoLonger(Hold hold) {
    lock.lock();
    try {
      hold.keeping = null;
      schedule(hold, timer.nowNanos());
    } finally {
      lock.unlock();
    }
  }

  /** The delivery is settled, or given back. */
  void release(Hold hold) {
    if (!hold.over) {
      hold.over = true;
      over.incrementAndGet();
    }
  }

  /** How many holds take room. */
  int size() {
    lock.lock();
    try {
      return holds.size();
    } finally {
      lock.unlock();
    }
  }

  private void look(Hold hold, long now) {
    AbstractDelivery delivery = hold.get();
    if (hold.over || (delivery != null && !delivery.isOpen())) {
      return; // Settled, or about to be: it comes back when that fails.
    }
    CompletableFuture<Void> lost = null;
    boolean beat = false;
    lock.lock();
    try {
      if (delivery != null) {
        hold.leaseEndNanos = delivery.leaseEndNanos();
      }
      if (hold.leaseEndNanos - now <= 0) {
        lost = hold.lost;
        hold.keeping = null;
      } else {
        beat = delivery != null && hold.keeps(now) && hold.nextBeatNanos - now <= 0;
        if (beat) {
          hold.beatAtNanos = now;
          hold.nextBeatNanos = now + everyNanos(hold) / 2;
        } else if (delivery == null) {
          hold.keeping = null;
        }
        schedule(hold, now);
      }
    } finally {
      lock.unlock();
    }
    if (lost != null) {
      timer.complete(lost);
    }
    if (beat && delivery != null) {
      beat(delivery, hold, now);
    }
  }

  private void beat(AbstractDelivery delivery, Hold hold, long now) {
    CompletableFuture<Void> answer;
    try {
      answer = delivery.sendBeat(now);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    var unused = answer.whenComplete((ok, error) -> answered(hold, delivery, now, error));
  }

  private void answered(
      Hold hold, AbstractDelivery delivery, long beatAtNanos, @Nullable Throwable error) {
    lock.lock();
    try {
      if (hold.beatAtNanos == beatAtNanos) {
        long every = everyNanos(hold);
        hold.nextBeatNanos = beatAtNanos + (error == null ? every : every / 4);
      }
      hold.leaseEndNanos = delivery.leaseEndNanos();
      if (delivery.isOpen()) {
        schedule(hold, beatAtNanos);
      }
    } finally {
      lock.unlock();
    }
    wakeForNext();
  }

  private static long everyNanos(Hold hold) {
    LeaseKeeping keeping = hold.keeping;
    return keeping == null ? 0 : keeping.everyNanos;
  }

  /** The caller holds the lock. */
  private void schedule(Hold hold, long now) {
    boolean keeps = hold.keeps(now) && hold.nextBeatNanos - hold.keepUntilNanos < 0;
    boolean watched = hold.lost != null && !hold.lost.isDone();
    if (closed || hold.over || !(keeps || watched)) {
      holds.remove(hold);
    } else if (keeps && (!watched || hold.nextBeatNanos - hold.leaseEndNanos < 0)) {
      holds.put(hold, hold.nextBeatNanos);
    } else {
      holds.put(hold, hold.leaseEndNanos);
    }
    noteNext();
  }

  /** The caller holds the lock. */
  private void noteNext() {
    Hold first = holds.first();
    long next = first == null ? NEVER : first.dueNanos;
    if (next != nextNanos) {
      nextNanos = next;
    }
  }

  private void wakeForNext() {
    long next = nextNanos;
    if (next != NEVER) {
      timer.wakeAt(next);
    }
  }
}
