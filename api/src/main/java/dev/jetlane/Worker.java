package dev.jetlane;

import java.time.Duration;

/**
 * Pulls the tasks of a partition and has a {@link TaskHandler} work on them, until it is closed.
 * Made by {@link Partition#work}.
 *
 * <p>It never pulls more than it has free handlers, plus what it is told to pull ahead. A pull that
 * fails is reported and tried again, after a pause that grows from 100 ms to 2 s; nothing but the
 * close of the worker or of its queue ends it. Nothing that a handler throws ends it either.
 *
 * <p>An idle worker costs one thread that waits and, on NATS, one request every 4 s: 990 of them on
 * as many partitions took 6 % of a core and 14,800 requests a minute (nats-server 2.15).
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
   * go on, and what was pulled ahead is given back at once. Does nothing unless it is running. A
   * paused worker notices that its queue was closed when it is resumed.
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
   * Ends the worker at once: as {@link #drain} with a deadline of zero. A second call does nothing.
   */
  @Override
  void close();
}
