// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.client.Queues;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.stage.ClientProcess;
import dev.jetlane.inmemory.stage.Stage;
import dev.jetlane.inmemory.time.SystemTime;
import dev.jetlane.inmemory.time.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A queue server in memory. It stores the tasks, which outlive the clients. Any number of clients
 * may be connected at the same time. It need not be stopped.
 *
 * <p>This class is thread-safe. It has no thread: every effect happens within the call that causes
 * it.
 */
public final class InMemoryServer {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  final Time time;
  private final Faults faults;
  private final ServerState state;
  private final WaitingThreads threads;
  private final Inspection inspection;

  static {
    Stage.OPENER.set((time, chance) -> new InMemoryStage(new InMemoryServer(time), chance));
  }

  private InMemoryServer(Time time) {
    this.time = time;
    faults = new Faults(time);
    state = faults.server;
    threads = new WaitingThreads(time, state);
    inspection = new Inspection(time, state);
    time.register(state);
  }

  /**
   * Creates a server on a clock that the test moves.
   *
   * @param clock the clock
   * @return the server
   * @throws InvalidInputException if the clock is null
   */
  public static InMemoryServer create(ManualClock clock) {
    if (clock == null) {
      throw new InvalidInputException("clock", null, "must not be null");
    }
    return new InMemoryServer(clock.time);
  }

  /**
   * Creates a server on the system clock.
   *
   * @return the server
   */
  public static InMemoryServer create() {
    return new InMemoryServer(new SystemTime());
  }

  /**
   * Connects a client. As in production, all clients must have the same dedup window and the same
   * limit on tasks, and those that open the same partition also the same lease, limit on
   * outstanding tasks and number of priorities.
   *
   * @param config the settings of the queue
   * @return the client, which the caller closes
   * @throws InvalidInputException if the settings are null
   */
  public TaskQueue connect(QueueConfig config) {
    return connect(config, List.of());
  }

  /**
   * As {@link #connect(QueueConfig)}, with listeners that receive the events of this client.
   *
   * @param config the settings of the queue
   * @param listeners the listeners
   * @return the client, which the caller closes
   * @throws InvalidInputException if the settings or a listener are null
   */
  public TaskQueue connect(QueueConfig config, List<QueueListener> listeners) {
    return Queues.open(config, listeners, events -> driver(config, events, null));
  }

  InMemoryDriver driver(QueueConfig config, DriverEvents events, @Nullable ClientProcess process) {
    return new InMemoryDriver(new Connection(time, faults, events, process), config, threads);
  }

  /** Returns the state, for a simulation. */
  ServerState state() {
    return state;
  }

  /**
   * Returns the faults of this server.
   *
   * @return the same object at each call
   */
  public Faults faults() {
    return faults;
  }

  /**
   * Returns every task of a partition, dead ones included, in the order of the pushes. Empty for a
   * partition that was never opened.
   *
   * @param partition the name of the partition
   * @return the tasks at this moment
   * @throws InvalidInputException if the name is not one of a partition
   */
  public List<TaskSnapshot> tasks(String partition) {
    Limits.checkPartitionName(partition);
    return locked(() -> inspection.tasks(partition));
  }

  /**
   * Returns the task with an id, the newest if there are several.
   *
   * @param partition the name of the partition
   * @param taskId the id
   * @return the task at this moment; empty if it was settled or never stored
   * @throws InvalidInputException if the name is not one of a partition, or the id none of a task
   */
  public Optional<TaskSnapshot> task(String partition, String taskId) {
    Limits.checkTaskId(taskId);
    return tasks(partition).stream()
        .filter(task -> task.taskId().equals(taskId))
        .reduce((older, newer) -> newer);
  }

  /**
   * Returns the events in order, one readable line each, such as {@code +12.5s gpu/task-42: leased
   * to puller 2 until +22.5s (attempt 2)}. Times count from the start of the clock. Extensions of
   * one lease in a row are one event, such as {@code +10s gpu/task-42: lease extended 3 times, last
   * at +30s, until +60s (attempt 1)}.
   *
   * @return the latest 4096 events
   */
  public List<String> events() {
    return locked(state.log::lines);
  }

  /**
   * Returns the {@link #events()} of one task: all tasks of this id that the partition has stored.
   *
   * @param partition the name of the partition
   * @param taskId the id
   * @return the latest events
   * @throws InvalidInputException if the name is not one of a partition, or the id none of a task
   */
  public List<String> events(String partition, String taskId) {
    Limits.checkPartitionName(partition);
    Limits.checkTaskId(taskId);
    return locked(() -> state.log.lines(partition, taskId));
  }

  /**
   * Returns the leaks of a test, one readable line each: unsettled deliveries, open pullers,
   * waiting pulls, and planned faults that never happened. A delivery with an expired lease is not
   * a leak, because a crashed worker leaves one.
   *
   * @return the leaks; empty if there are none
   */
  public List<String> leaks() {
    return locked(this::findLeaks);
  }

  /**
   * Fails unless there are no {@link #leaks}.
   *
   * @throws AssertionError with the leaks and the events
   */
  public void assertNoLeaks() {
    List<String> leaks = leaks();
    if (!leaks.isEmpty()) {
      throw new AssertionError("leaks:" + lines(leaks) + "\nevents:" + lines(events()));
    }
  }

  /**
   * Waits until the given number of pulls wait and no delivery is unsettled. Waits in real time,
   * for at most 10 s.
   *
   * <p>Call it after each step that gives work to worker threads, such as a push or a move of the
   * clock. Then the workers are idle at the next step, and the test is repeatable.
   *
   * @param waitingPulls the number of worker threads
   * @throws AssertionError if it takes longer, with the events
   * @throws InterruptedException if this thread was interrupted
   */
  public void awaitWorkers(int waitingPulls) throws InterruptedException {
    awaitRest(() -> blockedPulls() == waitingPulls, ", " + waitingPulls + " expected");
  }

  /**
   * Waits until every {@link dev.jetlane.Worker} is idle and no delivery is unsettled, except tasks
   * that wait for the rest of their batch. An idle worker handles no task, and waits for a task,
   * for the clock or for {@code resume}. Waits in real time, for at most 10 s.
   *
   * @throws AssertionError if it takes longer, with the events
   * @throws InterruptedException if this thread was interrupted
   */
  public void awaitWorkers() throws InterruptedException {
    awaitRest(() -> threads.workersAreAtRest(), "");
  }

  private void awaitRest(BooleanSupplier atRest, String expected) throws InterruptedException {
    time.lock();
    try {
      long left = PATIENCE_NANOS;
      while (!isAtRest(atRest)) {
        if (left <= 0) {
          throw new AssertionError(
              "workers are not idle after 10 s: "
                  + blockedPulls()
                  + " pulls wait"
                  + expected
                  + lines(findLeaks())
                  + HandlerStacks.describe()
                  + "\nevents:"
                  + lines(events()));
        }
        // A lease may also end without a call.
        long look = Math.min(left, LOOK_NANOS);
        left -= look - time.awaitChange(look);
      }
    } finally {
      time.unlock();
    }
  }

  private boolean isAtRest(BooleanSupplier workers) {
    state.catchUp(time.nanos());
    return workers.getAsBoolean() && state.inHands() <= threads.waitingTasks();
  }

  /** Returns the number of blocked pulls in all partitions. */
  long blockedPulls() {
    time.lock();
    try {
      return state.blockedPulls();
    } finally {
      time.unlock();
    }
  }

  private List<String> findLeaks() {
    List<String> leaks = new ArrayList<>(inspection.leaks());
    leaks.addAll(threads.leaks());
    leaks.addAll(faults.pending());
    return leaks;
  }

  private <T> T locked(Supplier<T> read) {
    time.lock();
    try {
      state.catchUp(time.nanos());
      return read.get();
    } finally {
      time.unlock();
    }
  }

  static String lines(List<String> lines) {
    return lines.stream().map(line -> "\n  " + line).collect(Collectors.joining());
  }
}
