package dev.jetlane.spi;

import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LeaseKeeper} knows of a delivery: when it has to look at it next, and why. Weak,
 * because a delivery that its holder forgot must not be kept.
 *
 * <p>Guarded by its keeper's lock, but for what says otherwise.
 */
final class Hold extends WeakReference<AbstractDelivery> {

  static final int NOWHERE = -1;

  /**
   * The delivery is settled, or given back: nothing is left to do, for good. Not guarded, so that a
   * settlement never waits for the keeper, nor the keeper for it.
   */
  volatile boolean over;

  /** Where the keeper's heap has it. */
  int index = NOWHERE;

  long dueNanos;

  /** Null if the lease is only watched. */
  @Nullable LeaseKeeping keeping;

  long keepUntilNanos;
  long nextBeatNanos;

  /** When the last extension was asked for. */
  long beatAtNanos;

  /** As last known, for when the delivery is gone. */
  long leaseEndNanos;

  /** Null if nobody asked. */
  @Nullable CompletableFuture<Void> lost;

  /** What those who asked see of {@link #lost}: nobody but the keeper completes it. */
  @Nullable CompletionStage<Void> shown;

  Hold(AbstractDelivery delivery) {
    super(delivery);
  }

  boolean keeps(long now) {
    LeaseKeeping how = keeping;
    return how != null && !how.isClosed() && now - keepUntilNanos < 0;
  }
}
