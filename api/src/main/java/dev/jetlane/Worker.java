package dev.jetlane;

import java.time.Duration;

/**
 * Pulls the tasks of a partition and has a {@link TaskHandler} work on them, until it is closed.
 * Made by {@link Partition#work}.
 *
 * <p>A handler that has returned frees its place: its ack is confirmed in the background, and is
 * repeated within the lease when it fails. Tasks are leased ahead of the handlers as {@link
 * WorkerOptions#fetchAhead} says.
 *
 * <p>Nothing that a handler throws ends the worker, nor does a pull that fails: it is tried again,
 * after a pause that grows from 100 ms to 2 s. What ends it is its close, the close of its queue,
 * which gives back what it holds, or an executor that was shut down.
 *
 * <p>This class is thread-safe.
 */
public interface Worker extends AutoCloseable {

  /** What a worker is doing. */
  enum State {
    /** It pulls and works. */
    RUNNING,
    /** It pulls nothing and starts nothing until {@link Worker#resume}. */
    PAUSED,
    /** It pulls nothing, and waits for its handlers to end. */
    DRAINING,
    /** It has ended for good: it was closed, or its queue was. */
    CLOSED
  }

  /** What it is doing now. */
  State state();

  /** How many tasks are at handlers. */
  int running();

  /** How many tasks are leased ahead of the handlers. */
  int ahead();

  /**
   * Whether it can work: live while it has not ended, ready while the last pull did not fail, and
   * what went wrong if not.
   */
  Health health();

  /**
   * Stops pulling: when this returns, no further task is given to the executor. Handlers that run
   * go on, and what was pulled ahead is given back at once. Does nothing unless it is running.
   */
  void pause();

  /** Goes on after a {@link #pause}. Does nothing unless it is paused. */
  void resume();

  /**
   * Ends the worker in good order: stops pulling, gives back at once what was pulled ahead, and
   * waits for the handlers that run. What is not done at the deadline is given back at once, and
   * its handlers are interrupted: what they settle afterwards has no effect.
   *
   * <p>Must not be called by a handler, which would wait for itself. The deadline is of the queue's
   * clock: in memory, somebody else has to move it.
   *
   * @param deadline from zero, which waits for nothing
   * @return whether every handler ended by itself
   * @throws InterruptedException if this thread was interrupted; the worker ends as at the deadline
   */
  boolean drain(Duration deadline) throws InterruptedException;

  /**
   * As {@link #drain} with {@link WorkerOptions#closeDeadline}, at most that long in real time too.
   * An interrupt ends the worker as at the deadline, and the interrupt flag stays set. A second
   * call does nothing.
   */
  @Override
  void close();
}
