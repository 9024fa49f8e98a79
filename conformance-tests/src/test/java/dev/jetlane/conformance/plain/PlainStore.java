package dev.jetlane.conformance.plain;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The storage of a plain queue and its clock: what outlives its clients. Its monitor guards
 * everything.
 */
public final class PlainStore {

  private final Function<QueueConfig, PlainLane> lanes;
  private final Map<String, PlainLane> byName = new HashMap<>();
  private long nowNanos;

  /** Makes its partitions with {@code lanes}: {@code PlainLane::new}, or something broken. */
  public PlainStore(Function<QueueConfig, PlainLane> lanes) {
    this.lanes = lanes;
  }

  /** Opens a client. */
  public TaskQueue open(QueueConfig config) {
    return new PlainQueue(this, config);
  }

  /** Lets time pass. */
  public synchronized void advance(Duration time) {
    nowNanos += time.toNanos();
    notifyAll();
  }

  /** Now. */
  public synchronized long nowNanos() {
    return nowNanos;
  }

  synchronized PlainLane lane(String name, QueueConfig config) {
    PlainLane lane = byName.computeIfAbsent(name, n -> lanes.apply(config));
    if (!lane.config.equals(config)) {
      throw new ConfigDriftException(name + " has " + lane.config + ", wanted " + config, null);
    }
    return lane;
  }
}
