package dev.jetlane.inmemory;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A queue server in memory. Everything that is stored lives here: it survives the clients, any
 * number of which may be connected at once, and goes when this object goes. There is nothing to
 * stop.
 *
 * <p>This class is thread-safe. It has no thread: what happens, happens in the call that brings it
 * about.
 */
public final class InMemoryServer {

  final Time time;
  private final Map<String, PartitionState> partitions = new LinkedHashMap<>();

  private InMemoryServer(Time time) {
    this.time = time;
    time.register(this);
  }

  /**
   * A server that lives by a clock which the test moves.
   *
   * @throws InvalidInputException if the clock is null
   */
  public static InMemoryServer create(ManualClock clock) {
    if (clock == null) {
      throw new InvalidInputException("clock", null, "must not be null");
    }
    return new InMemoryServer(clock.time);
  }

  /** A server that lives by the machine's time. */
  public static InMemoryServer create() {
    return new InMemoryServer(new SystemTime());
  }

  /**
   * Connects a client. Clients that open the same partition must have the same settings, as
   * production's.
   *
   * @throws InvalidInputException if the settings are null
   */
  public TaskQueue connect(QueueConfig config) {
    if (config == null) {
      throw new InvalidInputException("queue settings", null, "must not be null");
    }
    return new InMemoryQueue(this, config);
  }

  /** Opens or creates a partition. The caller holds the lock. */
  PartitionState open(String name, QueueConfig wanted) {
    PartitionState state =
        partitions.computeIfAbsent(name, absent -> new PartitionState(absent, wanted, time));
    if (!state.config.equals(wanted)) {
      throw new ConfigDriftException(
          "partition " + name + " has other settings: " + differences(state.config, wanted), null);
    }
    return state;
  }

  /** Brings about everything that is due up to now. The caller holds the lock. */
  void catchUp(long now) {
    for (PartitionState partition : partitions.values()) {
      partition.catchUp(now);
    }
  }

  /** How many pulls are blocked in all partitions. */
  long blockedPulls() {
    time.lock.lock();
    try {
      return partitions.values().stream().mapToLong(PartitionState::blockedPulls).sum();
    } finally {
      time.lock.unlock();
    }
  }

  private static String differences(QueueConfig is, QueueConfig wanted) {
    List<String> lines = new ArrayList<>();
    compare(lines, "lease", is.lease(), wanted.lease());
    compare(lines, "dedupWindow", is.dedupWindow(), wanted.dedupWindow());
    compare(lines, "maxDeliveries", is.maxDeliveries(), wanted.maxDeliveries());
    compare(lines, "maxOutstanding", is.maxOutstanding(), wanted.maxOutstanding());
    compare(lines, "maxTasks", is.maxTasks(), wanted.maxTasks());
    compare(lines, "maxPayloadBytes", is.maxPayloadBytes(), wanted.maxPayloadBytes());
    return String.join("; ", lines);
  }

  private static void compare(List<String> lines, String setting, Object is, Object wanted) {
    if (!is.equals(wanted)) {
      lines.add(setting + " is " + is + ", wanted " + wanted);
    }
  }
}
