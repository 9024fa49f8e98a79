package dev.jetlane.conformance.plain;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import dev.jetlane.spi.WorkerHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * The storage of a plain queue and its clock: what outlives its clients. Its monitor guards
 * everything.
 */
public final class PlainStore implements LeaseKeeper.Timer, WorkerHost {

  private final Function<QueueConfig, PlainLane> lanes;
  private final Map<String, PlainLane> byName = new HashMap<>();
  private final Set<TimedWork> timed = new LinkedHashSet<>();
  final List<LeaseKeeper> keepers = new ArrayList<>();
  private volatile long nowNanos;

  /** Makes its partitions with {@code lanes}: {@code PlainLane::new}, or something broken. */
  public PlainStore(Function<QueueConfig, PlainLane> lanes) {
    this.lanes = lanes;
  }

  /** Opens a client whose listeners are told what it does. */
  public TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    Observation observation = Observation.by(listeners);
    PlainQueue queue = new PlainQueue(this, config, observation);
    synchronized (this) {
      keepers.add(queue.keeper);
    }
    return observation.of(queue, this::nowNanos);
  }

  /** Lets time pass. */
  public synchronized void advance(Duration time) {
    long end = nowNanos + time.toNanos();
    for (long next = nextEvent(); next <= end; next = nextEvent()) {
      nowNanos = Math.max(nowNanos, next);
      keepers.forEach(keeper -> keeper.tick(nowNanos));
      List.copyOf(timed).stream()
          .filter(work -> work.nextNanos() <= nowNanos)
          .forEach(work -> work.runDue(nowNanos));
    }
    nowNanos = end;
    notifyAll();
  }

  private long nextEvent() {
    return LongStream.concat(
            keepers.stream().mapToLong(LeaseKeeper::nextNanos),
            timed.stream().mapToLong(TimedWork::nextNanos))
        .min()
        .orElse(LeaseKeeper.NEVER);
  }

  @Override
  public synchronized void add(TimedWork work) {
    timed.add(work);
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    // As above.
  }

  @Override
  public synchronized void remove(TimedWork work) {
    timed.remove(work);
  }

  /** Now. */
  @Override
  public long nowNanos() {
    return nowNanos;
  }

  @Override
  public void wakeAt(long nanos) {
    // Whoever lets time pass looks.
  }

  @Override
  public synchronized void await(BooleanSupplier done, long untilNanos)
      throws InterruptedException {
    while (!done.getAsBoolean() && nowNanos < untilNanos) {
      wait();
    }
  }

  @Override
  public synchronized void signal() {
    notifyAll();
  }

  @Override
  public void complete(CompletableFuture<Void> lost) {
    lost.complete(null);
  }

  synchronized PlainLane lane(String name, QueueConfig config) {
    PlainLane lane = byName.computeIfAbsent(name, n -> lanes.apply(config));
    if (!lane.config.equals(config)) {
      throw new ConfigDriftException(name + " has " + lane.config + ", wanted " + config, null);
    }
    return lane;
  }
}
