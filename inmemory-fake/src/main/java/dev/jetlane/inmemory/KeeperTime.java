package dev.jetlane.inmemory;

import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.time.Time;
import dev.jetlane.inmemory.time.Timed;
import dev.jetlane.spi.LeaseKeeper;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The lease keeper of a client in a partition, and its time. Its extensions are events of the
 * partition like the ends of leases, each at its own instant.
 */
final class KeeperTime implements LeaseKeeper.Timer, Timed {

  final LeaseKeeper keeper = new LeaseKeeper(this);
  private final Time time;
  private final PartitionState state;

  /** When {@link #look} is to be run next. */
  private long armedNanos = LeaseKeeper.NEVER;

  KeeperTime(Time time, PartitionState state) {
    this.time = time;
    this.state = state;
  }

  @Override
  public long nowNanos() {
    return time.nanos();
  }

  /**
   * In virtual time the partition looks by itself. In the machine's time somebody may do nothing
   * but wait for the loss of a lease.
   */
  @Override
  public void wakeAt(long nanos) {
    if (time.movesWorlds()) {
      return;
    }
    synchronized (this) {
      if (armedNanos <= nanos) {
        return;
      }
      armedNanos = nanos;
    }
    CompletableFuture.delayedExecutor(nanos - time.nanos(), TimeUnit.NANOSECONDS)
        .execute(this::look);
  }

  @Override
  public void complete(CompletableFuture<Void> lost) {
    time.afterUnlock(() -> lost.complete(null));
  }

  @Override
  public long nextEventNanos() {
    return keeper.nextNanos();
  }

  @Override
  public void catchUp(long now) {
    keeper.tick(now);
  }

  private void look() {
    synchronized (this) {
      armedNanos = LeaseKeeper.NEVER;
    }
    time.lock();
    try {
      state.catchUp(time.nanos());
    } finally {
      time.unlock();
    }
    long next = keeper.nextNanos();
    if (next != LeaseKeeper.NEVER) {
      wakeAt(next);
    }
  }
}
