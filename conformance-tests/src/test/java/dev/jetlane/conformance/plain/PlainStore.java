package dev.jetlane.conformance.plain;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.client.Queues;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** What outlives the clients of a plain queue, and its clock. Its monitor guards everything. */
public final class PlainStore implements DriverClock {

  private final Function<QueueConfig, PlainLane> lanes;
  private final Map<String, PlainLane> byName = new HashMap<>();
  private final List<TimedWork> works = new ArrayList<>();
  private volatile long nowNanos;

  /** The pulls that wait, in the order of their calls. */
  final List<PlainPull> waiting = new ArrayList<>();

  /** Makes its partitions with {@code lanes}: {@code PlainLane::new}, or something broken. */
  public PlainStore(Function<QueueConfig, PlainLane> lanes) {
    this.lanes = lanes;
  }

  /** Opens a client whose listeners are told what it does. */
  public TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    return Queues.open(config, listeners, events -> new PlainQueue(this, config, events));
  }

  synchronized PlainLane lane(String name, QueueConfig config) {
    PlainLane lane = byName.computeIfAbsent(name, n -> lanes.apply(config));
    if (!lane.config.equals(config)) {
      throw new ConfigDriftException(name + " has " + lane.config + ", wanted " + config, null);
    }
    return lane;
  }

  /** Lets time pass. */
  public void advance(Duration time) {
    long end = nowNanos + time.toNanos();
    for (long next = nextNanos(); next <= end; next = nextNanos()) {
      nowNanos = Math.max(nowNanos, next);
      List.copyOf(works).forEach(work -> work.runDue(nowNanos));
    }
    nowNanos = end;
    serve();
  }

  private synchronized long nextNanos() {
    return works.stream().mapToLong(TimedWork::nextNanos).min().orElse(NEVER);
  }

  /** Serves the pulls that wait. The caller does not hold the monitor. */
  void serve() {
    List<Runnable> served = new ArrayList<>();
    synchronized (this) {
      waiting.removeIf(pull -> pull.serve(true, served));
    }
    served.forEach(Runnable::run);
    signal();
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public synchronized void await(BooleanSupplier condition, long untilNanos)
      throws InterruptedException {
    while (!condition.getAsBoolean() && nowNanos < untilNanos) {
      wait();
    }
  }

  @Override
  public void await(Future<?> future, long untilNanos) throws InterruptedException {
    await(future::isDone, untilNanos);
  }

  @Override
  public synchronized void signal() {
    notifyAll();
  }

  @Override
  public void execute(Runnable reaction) {
    reaction.run();
  }

  @Override
  public synchronized void add(TimedWork work) {
    works.add(work);
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    // Whoever lets time pass looks.
  }

  @Override
  public synchronized void remove(TimedWork work) {
    works.remove(work);
  }
}
