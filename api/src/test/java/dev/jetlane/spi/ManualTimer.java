package dev.jetlane.spi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A lease keeper's time that a test moves. */
final class ManualTimer implements LeaseKeeper.Timer {

  /** Just before the numbers overflow, as a monotonic clock may be. */
  private static final long START = Long.MAX_VALUE - Duration.ofSeconds(25).toNanos() - 5;

  final LeaseKeeper keeper = new LeaseKeeper(this);
  final List<Long> wishes = new ArrayList<>();
  private long nowNanos = START;

  long startNanos() {
    return START;
  }

  /** Moves on, stopping wherever the keeper has something to do. */
  void advance(Duration time) {
    long end = nowNanos + time.toNanos();
    for (long next = keeper.nextNanos();
        next != LeaseKeeper.NEVER && next - end <= 0;
        next = keeper.nextNanos()) {
      nowNanos = next - nowNanos > 0 ? next : nowNanos;
      keeper.tick(nowNanos);
    }
    nowNanos = end;
  }

  @Override
  public long nowNanos() {
    return nowNanos;
  }

  @Override
  public void wakeAt(long nanos) {
    wishes.add(nanos);
  }

  @Override
  public void complete(CompletableFuture<Void> lost) {
    lost.complete(null);
  }
}
