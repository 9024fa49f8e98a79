// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.inmemory.time.Timed;
import dev.jetlane.inmemory.time.TimedWorld;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The partitions of a server and their events. Guarded by the lock of the server's time. */
public final class ServerState implements TimedWorld {

  public final EventLog log = new EventLog();

  /** The pullers that are open. */
  public final Set<Holder> holders = new LinkedHashSet<>();

  /**
   * The random numbers of the clients, such as for the jitter of retries: the same sequence for
   * each new server.
   */
  public final Random chance = new Random(0);

  /** The number of waits without a thread. */
  public int unattended;

  private final Instant start;
  private final Mishaps mishaps;
  private final Map<String, PartitionState> partitions = new LinkedHashMap<>();

  /** Objects with events on the same time that belong to no partition. */
  private final List<Timed> others = new ArrayList<>();

  private int lastHolder;

  /**
   * Creates a server without partitions.
   *
   * @param start the wall-clock time of moment zero
   */
  public ServerState(Instant start, Mishaps mishaps) {
    this.start = start;
    this.mishaps = mishaps;
  }

  /** Adds events that come after those of the partitions. */
  public void add(Timed other) {
    others.add(other);
  }

  public void remove(Timed other) {
    others.remove(other);
  }

  /**
   * Opens or creates a partition. As on a nats-server, where all partitions are in one stream, the
   * dedup window and the limit on tasks are the same for all of them.
   */
  public PartitionState open(String name, QueueConfig wanted) {
    String differences = differences(partitions.get(name), wanted);
    if (!differences.isEmpty()) {
      throw new ConfigDriftException(
          "partition " + name + " has other settings: " + differences, null);
    }
    PartitionState state =
        partitions.computeIfAbsent(
            name, absent -> new PartitionState(absent, wanted, log, mishaps, start));
    state.createConsumer(wanted);
    return state;
  }

  public Collection<PartitionState> partitions() {
    return partitions.values();
  }

  /** Returns the partition of this name if an operator can see it; otherwise null. */
  public @Nullable PartitionState existing(String name) {
    PartitionState state = partitions.get(name);
    return state != null && state.exists() ? state : null;
  }

  /** Returns the partition of this name; null if no client has opened it. */
  public @Nullable PartitionState find(String name) {
    return partitions.get(Limits.checkPartitionName(name));
  }

  /** Returns the partition of this name, which a client must have opened. */
  public PartitionState require(String name) {
    PartitionState state = find(name);
    if (state == null) {
      throw new InvalidInputException("partition name", name, "must be an opened partition");
    }
    return state;
  }

  /** Returns a name for a new puller. */
  public String nextHolderName() {
    return "puller " + ++lastHolder;
  }

  /** Ends all waiting pulls. */
  public void failPulls(String why) {
    partitions.values().forEach(partition -> partition.pulls.fail(why));
  }

  /** Returns the number of blocked pulls in all partitions. */
  public long blockedPulls() {
    return partitions.values().stream().mapToLong(state -> state.pulls.blocked()).sum();
  }

  /** Whether no task is stored, except for dead letters. */
  public boolean isEmpty() {
    for (PartitionState partition : partitions.values()) {
      Stats stats = partition.stats();
      if (stats.ready() + stats.outstanding() + stats.delayed() > 0) {
        return false;
      }
    }
    return true;
  }

  /** Restarts the server; see {@link MemoryLoss#restart}. */
  public void restart(long unwrittenNanos, MemoryLoss.Settled settled, long now) {
    log.add(now, null, unwrittenNanos == 0 ? "fault: restart" : "fault: crash");
    for (PartitionState partition : partitions.values()) {
      new MemoryLoss(partition).restart(unwrittenNanos, settled, now);
    }
  }

  @Override
  public long nextEventNanos() {
    long next = NEVER;
    for (Timed other : others) {
      next = Math.min(next, other.nextEventNanos());
    }
    for (PartitionState partition : partitions.values()) {
      next = Math.min(next, partition.nextEventNanos());
    }
    return next;
  }

  @Override
  public long nextForgottenNanos() {
    long next = NEVER;
    for (PartitionState partition : partitions.values()) {
      next = Math.min(next, partition.nextForgottenNanos());
    }
    return next;
  }

  @Override
  public boolean anythingInHands() {
    return inHands() > 0;
  }

  /** Returns the number of unsettled deliveries. */
  public int inHands() {
    int[] held = {0};
    partitions.values().forEach(state -> state.forEach(task -> held[0] += task.isHeld() ? 1 : 0));
    return held[0];
  }

  @Override
  public boolean isUnattended() {
    return unattended > 0 || anyPlanned(others) || anyKeeperPlanned();
  }

  private boolean anyKeeperPlanned() {
    return partitions.values().stream().anyMatch(state -> anyPlanned(state.keepers));
  }

  private static boolean anyPlanned(List<Timed> all) {
    return all.stream().anyMatch(each -> each.nextEventNanos() != NEVER);
  }

  /** Partitions share no state, so each processes its own events. */
  @Override
  public void catchUp(long now) {
    for (PartitionState partition : partitions.values()) {
      partition.catchUp(now);
    }
    for (Timed other : others) {
      other.catchUp(now);
    }
  }

  /**
   * Describes the differences between the settings that belong to the queue. The other settings may
   * differ between clients. As on a nats-server, the lease, the limit on outstanding tasks and the
   * priorities end with the consumer of a partition.
   */
  private String differences(@Nullable PartitionState state, QueueConfig wanted) {
    List<String> lines = new ArrayList<>();
    if (state != null && !state.isConsumerDeleted()) {
      QueueConfig is = state.config();
      compare(lines, "lease", is.lease(), wanted.lease());
      compare(lines, "maxOutstanding", is.maxOutstanding(), wanted.maxOutstanding());
      compare(lines, "priorities", is.priorities(), wanted.priorities());
    }
    QueueConfig queue =
        partitions.isEmpty() ? wanted : partitions.values().iterator().next().config();
    compare(lines, "dedupWindow of the queue", queue.dedupWindow(), wanted.dedupWindow());
    compare(lines, "maxTasks of the queue", queue.maxTasks(), wanted.maxTasks());
    return String.join("; ", lines);
  }

  private static void compare(List<String> lines, String setting, Object is, Object wanted) {
    if (!is.equals(wanted)) {
      lines.add(setting + " is " + is + ", wanted " + wanted);
    }
  }
}
