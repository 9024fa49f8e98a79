// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The state of one lease in a {@link LeaseKeeper}: when it is due next, and why. The reference is
 * weak, because the lease of a delivery that its holder dropped must expire.
 *
 * <p>Guarded by the keeper's lock, unless a field says otherwise.
 */
final class KeptLease extends WeakReference<KeepableLease> implements DueHeap.Item {

  /**
   * Whether the lease is settled or given back, so that nothing is left to do. Not guarded by the
   * lock, so that settlements and the keeper never wait for each other.
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

  /** The last known end of the lease, which is needed after the delivery was garbage-collected. */
  long leaseEndNanos;

  /** Null if the lease is not watched. */
  @Nullable CompletableFuture<Void> lost;

  /** The view of {@link #lost} for users, who cannot complete it. */
  @Nullable CompletionStage<Void> shown;

  KeptLease(KeepableLease lease) {
    super(lease);
  }

  /** Marks the lease as over; returns false if it already was. */
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
