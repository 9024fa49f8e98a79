package dev.jetlane.nats.request;

import dev.jetlane.spi.LeaseKeeper;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The lease keeper of a queue, on the queue's timer. What falls due within some milliseconds is
 * done at once, so that a batch of leases is extended as a batch.
 */
final class LeaseKeeperClock implements LeaseKeeper.Timer {

  private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  final LeaseKeeper keeper = new LeaseKeeper(this);
  private final QueueTimer timer;
  private boolean armed;
  private long armedNanos;

  LeaseKeeperClock(QueueTimer timer) {
    this.timer = timer;
  }

  @Override
  public long nowNanos() {
    return System.nanoTime();
  }

  @Override
  public void wakeAt(long nanos) {
    synchronized (this) {
      if (armed && armedNanos - nanos <= 0) {
        return;
      }
      armed = true;
      armedNanos = nanos;
    }
    long delayNanos = Math.max(BATCH_NANOS, nanos - System.nanoTime());
    timer.after("keeping leases", delayNanos, this::tick);
  }

  /** Elsewhere than on the timer: a reaction that takes long must not cost other leases. */
  @Override
  public void complete(CompletableFuture<Void> lost) {
    var unused = lost.completeAsync(() -> null);
  }

  private void tick() {
    synchronized (this) {
      armed = false;
    }
    keeper.tick(System.nanoTime());
  }
}
