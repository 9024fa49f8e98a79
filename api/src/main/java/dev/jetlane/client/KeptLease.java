package dev.jetlane.client;

import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The state of one lease in a {@link LeaseKeeper}: when it is due next, and why. The reference is
 * weak, because a lease whose delivery its holder forgot must not be kept.
 *
 * <p>Guarded by the keeper's lock, unless a field says otherwise.
 */
final class KeptLease extends WeakReference<KeepableLease> implements DueHeap.Item {

  /**
   * The lease is settled, or given back: nothing is left to do. Not guarded, so that a settlement
   * never waits for the keeper, nor the keeper for it.
   */
  private volatile boolean over;

  private int index = NOWHERE;
  private long dueNanos;

  /** Null if the lease is only watched. */
  @Nullable LeaseKeeping keeping;

  long keepUntilNanos;
  long nextExtensionNanos;

  /** When the last extension was requested. */
  long askedAtNanos;

  /** As last known, for when the delivery is gone. */
  long leaseEndNanos;

  /** Null if the lease is not watched. */
  @Nullable CompletableFuture<Void> lost;

  /** {@link #lost} as users see it: only the keeper completes it. */
  @Nullable CompletionStage<Void> shown;

  KeptLease(KeepableLease lease) {
    super(lease);
  }

  /** Marks that nothing is left to do; returns whether that is new. */
  boolean end() {
    boolean before = over;
    over = true;
    return !before;
  }

  @Override
  public boolean isOver() {
    return over;
  }

  boolean isKept(long now) {
    LeaseKeeping how = keeping;
    return how != null && !how.isClosed() && now - keepUntilNanos < 0;
  }

  boolean isWatched() {
    return lost != null && !lost.isDone();
  }

  /** How often the lease is extended; zero if it is not kept. */
  long everyNanos() {
    LeaseKeeping how = keeping;
    return how == null ? 0 : how.everyNanos;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public void setIndex(int value) {
    index = value;
  }

  @Override
  public long dueNanos() {
    return dueNanos;
  }

  @Override
  public void setDueNanos(long nanos) {
    dueNanos = nanos;
  }
}
