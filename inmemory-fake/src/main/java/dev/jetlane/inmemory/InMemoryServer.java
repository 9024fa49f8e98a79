package dev.jetlane.inmemory;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.spi.Observation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A queue server in memory. Everything that is stored lives here: it survives the clients, any
 * number of which may be connected at once, and goes when this object goes. There is nothing to
 * stop.
 *
 * <p>This class is thread-safe. It has no thread: what happens, happens in the call that brings it
 * about.
 */
public final class InMemoryServer {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  final Time time;
  final EventLog log = new EventLog();
  final Faults faults = new Faults(this);

  /** Those that are open. */
  final Set<InMemoryPuller> pullers = new LinkedHashSet<>();

  /** Of the clients that have listeners. */
  final List<Observation> observations = new CopyOnWriteArrayList<>();

  final InMemoryWorkers workers;

  private final Map<String, PartitionState> partitions = new LinkedHashMap<>();
  private final Inspection inspection = new Inspection(this);
  private int lastPuller;

  private InMemoryServer(Time time) {
    this.time = time;
    workers = new InMemoryWorkers(this);
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
    return connect(config, List.of());
  }

  /**
   * As {@link #connect(QueueConfig)}, with listeners that are told what this client does.
   *
   * @throws InvalidInputException if the settings or a listener are null
   */
  public TaskQueue connect(QueueConfig config, List<QueueListener> listeners) {
    if (config == null) {
      throw new InvalidInputException("queue settings", null, "must not be null");
    }
    if (listeners == null || listeners.stream().anyMatch(Objects::isNull)) {
      throw new InvalidInputException("listeners", null, "must not be null");
    }
    Observation observation = Observation.by(listeners);
    InMemoryQueue queue = new InMemoryQueue(this, config, observation);
    if (observation != Observation.NONE) {
      observations.add(observation);
    }
    return observation.of(queue, time::nanos);
  }

  /** What goes wrong on this server. */
  public Faults faults() {
    return faults;
  }

  /**
   * Every task of a partition, dead ones included, in the order of the pushes. Of a partition that
   * nobody opened, none.
   *
   * @throws InvalidInputException if the name is not one of a partition
   */
  public List<TaskSnapshot> tasks(String partition) {
    Limits.checkPartitionName(partition);
    return locked(() -> inspection.tasks(partition));
  }

  /**
   * The task with this id, the newest if there are several; empty if there is none, because it was
   * settled or never stored.
   *
   * @throws InvalidInputException if the name is not one of a partition, or the id none of a task
   */
  public Optional<TaskSnapshot> task(String partition, String taskId) {
    Limits.checkTaskId(taskId);
    return tasks(partition).stream()
        .filter(task -> task.taskId().equals(taskId))
        .reduce((older, newer) -> newer);
  }

  /**
   * What happened, in order, one readable line each, such as {@code +12.5s gpu/task-42: leased to
   * puller 2 until +22.5s (attempt 2)}. Times count from the start of the clock. Only the latest
   * 4096 events are kept.
   */
  public List<String> events() {
    return locked(log::lines);
  }

  /**
   * What a test has left behind, one readable line each: deliveries that somebody holds and did not
   * settle, pullers that are not closed, pulls that wait, and faults that were asked for and never
   * happened. A delivery whose lease ran out is no leak: that is how a crashed worker looks.
   */
  public List<String> leaks() {
    return locked(inspection::leaks);
  }

  /**
   * Fails unless there are no {@link #leaks}.
   *
   * @throws AssertionError with the leaks and the events
   */
  public void assertNoLeaks() {
    List<String> leaks = leaks();
    if (!leaks.isEmpty()) {
      throw new AssertionError("left behind:" + lines(leaks) + "\nevents:" + lines(events()));
    }
  }

  /**
   * Waits until workers have done what there is to do: until that many pulls wait and nobody holds
   * an unsettled delivery. Waits in real time, for at most 10 s.
   *
   * <p>A test calls it after each step that gives the threads of its workers something to do, such
   * as a push, or moving the clock. Then the next step meets them at rest, and every run of the
   * test is the same.
   *
   * @param waitingPulls how many worker threads there are
   * @throws AssertionError if it takes longer, with the events
   * @throws InterruptedException if this thread was interrupted
   */
  public void awaitWorkers(int waitingPulls) throws InterruptedException {
    awaitRest(() -> blockedPulls() == waitingPulls);
  }

  /**
   * Waits until every {@link dev.jetlane.Worker} is at rest: it handles nothing, and waits for a
   * task, for time to pass, or to be resumed; and until nobody holds an unsettled delivery. Waits
   * in real time, for at most 10 s.
   *
   * @throws AssertionError if it takes longer, with the events
   * @throws InterruptedException if this thread was interrupted
   */
  public void awaitWorkers() throws InterruptedException {
    awaitRest(() -> workers.areAtRest(blockedPulls()));
  }

  private void awaitRest(BooleanSupplier atRest) throws InterruptedException {
    time.lock.lock();
    try {
      long left = PATIENCE_NANOS;
      while (!atRest.getAsBoolean() || inspection.anythingInHands()) {
        if (left <= 0) {
          throw new AssertionError(
              "workers are not at rest: "
                  + blockedPulls()
                  + " pulls wait"
                  + lines(inspection.leaks())
                  + "\nevents:"
                  + lines(events()));
        }
        left = time.awaitChange(left);
      }
    } finally {
      time.unlock();
    }
  }

  /** Opens or creates a partition. The caller holds the lock. */
  PartitionState open(String name, QueueConfig wanted) {
    PartitionState state =
        partitions.computeIfAbsent(name, absent -> new PartitionState(absent, wanted, this));
    if (!state.config.equals(wanted)) {
      throw new ConfigDriftException(
          "partition " + name + " has other settings: " + differences(state.config, wanted), null);
    }
    state.createConsumer();
    return state;
  }

  Collection<PartitionState> partitions() {
    return partitions.values();
  }

  /** The caller holds the lock. */
  PartitionState find(String name) {
    PartitionState state = partitions.get(Limits.checkPartitionName(name));
    if (state == null) {
      throw new InvalidInputException("partition name", name, "must be one that was opened");
    }
    return state;
  }

  int nextPullerNumber() {
    return ++lastPuller;
  }

  /** Ends all pulls that wait. The caller holds the lock. */
  void failPulls(String why) {
    partitions.values().forEach(partition -> partition.pulls.fail(why));
  }

  /** The caller holds the lock. */
  void restart(long unwrittenNanos, PartitionState.Settled settled) {
    long now = time.nanos();
    log.add(now, null, unwrittenNanos == 0 ? "fault: restart" : "fault: crash");
    partitions.values().forEach(partition -> partition.restart(unwrittenNanos, settled, now));
  }

  /** When the next lease, delay or wait ends. The caller holds the lock. */
  long nextEventNanos() {
    long next = workers.nextNanos();
    for (PartitionState partition : partitions.values()) {
      next = Math.min(next, partition.nextEventNanos());
    }
    return next;
  }

  /** When the next id is forgotten. The caller holds the lock. */
  long nextForgottenNanos() {
    long next = Time.NEVER;
    for (PartitionState partition : partitions.values()) {
      next = Math.min(next, partition.nextForgottenNanos());
    }
    return next;
  }

  /** Whether somebody holds an unsettled delivery. The caller holds the lock. */
  boolean anythingInHands() {
    return inspection.anythingInHands();
  }

  /** Brings about everything that is due up to now. The caller holds the lock. */
  void catchUp(long now) {
    for (PartitionState partition : partitions.values()) {
      partition.catchUp(now);
    }
    workers.catchUp(now);
  }

  /** How many pulls are blocked in all partitions. */
  long blockedPulls() {
    time.lock.lock();
    try {
      return partitions.values().stream().mapToLong(state -> state.pulls.blocked()).sum();
    } finally {
      time.unlock();
    }
  }

  private <T> T locked(Supplier<T> read) {
    time.lock.lock();
    try {
      catchUp(time.nanos());
      return read.get();
    } finally {
      time.unlock();
    }
  }

  static String lines(List<String> lines) {
    return lines.stream().map(line -> "\n  " + line).collect(Collectors.joining());
  }

  private static String differences(QueueConfig is, QueueConfig wanted) {
    List<String> lines = new ArrayList<>();
    compare(lines, "lease", is.lease(), wanted.lease());
    compare(lines, "dedupWindow", is.dedupWindow(), wanted.dedupWindow());
    compare(lines, "maxDeliveries", is.maxDeliveries(), wanted.maxDeliveries());
    compare(lines, "maxOutstanding", is.maxOutstanding(), wanted.maxOutstanding());
    compare(lines, "maxTasks", is.maxTasks(), wanted.maxTasks());
    compare(lines, "maxPayloadBytes", is.maxPayloadBytes(), wanted.maxPayloadBytes());
    compare(lines, "priorities", is.priorities(), wanted.priorities());
    compare(lines, "lowEvery", is.lowEvery(), wanted.lowEvery());
    return String.join("; ", lines);
  }

  private static void compare(List<String> lines, String setting, Object is, Object wanted) {
    if (!is.equals(wanted)) {
      lines.add(setting + " is " + is + ", wanted " + wanted);
    }
  }
}
