// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;

/**
 * Pulls the tasks of a partition and calls a {@link TaskHandler} for each. {@link Partition#work}
 * starts it.
 *
 * <p>When a handler returns, the next task can start. The ack is confirmed in the background, and
 * is repeated within the lease if it fails. {@link WorkerOptions#fetchAhead} controls how many
 * tasks are leased before a handler is free.
 *
 * <p>An exception or error of a handler does not end the worker, nor does a failed pull. It repeats
 * a failed pull after a pause that grows from 100 ms to 2 s. It ends, and gives its tasks back,
 * when it or its queue is closed, or when its executor is shut down.
 *
 * <p>Implementations are thread-safe.
 */
public interface Worker extends AutoCloseable {

  /** The states of a worker. */
  enum State {
    /** It pulls and handles tasks. */
    RUNNING,
    /** It neither pulls nor starts tasks until {@link Worker#resume}. */
    PAUSED,
    /** It no longer pulls, and waits for its handlers to end. */
    DRAINING,
    /** It has ended permanently: it or its queue was closed. */
    CLOSED
  }

  /**
   * Returns the name of the partition whose tasks this worker handles.
   *
   * @return the name of the partition
   */
  String partition();

  /**
   * Returns the current state.
   *
   * @return the state
   */
  State state();

  /**
   * Returns the number of tasks that may be at handlers at the same time: {@link
   * WorkerOptions#concurrency()}, for a worker of batches times the size of a batch. It does not
   * change.
   *
   * @return the number of tasks
   */
  int concurrency();

  /**
   * Returns the number of tasks that were given to handlers and have not ended.
   *
   * @return the number, including handlers that are about to begin
   */
  int running();

  /**
   * Returns the number of tasks that are leased and wait for a handler.
   *
   * @return the number of tasks
   */
  int ahead();

  /**
   * Returns the health of this worker: live until it ends; ready while its last pull succeeded, its
   * executor accepts handlers, and not all handlers hang. Sends nothing.
   *
   * @return the health, with one problem per line
   */
  Health health();

  /**
   * Stops pulling. When this returns, no further task is given to a handler. Running handlers
   * continue, and tasks that were leased ahead are given back immediately. Blocks for up to half a
   * second, for confirmations. Does nothing unless the worker is running.
   */
  void pause();

  /** Continues after a {@link #pause}. Does nothing unless the worker is paused. */
  void resume();

  /**
   * Ends the worker gracefully: stops pulling, immediately gives back the tasks that were leased
   * ahead, and waits for running handlers. At the deadline unfinished tasks are given back and
   * their handlers interrupted; later settlements by these handlers have no effect.
   *
   * <p>Blocks until the deadline at most, and then for up to three seconds for confirmations and
   * interrupted threads. The deadline is on the clock of the queue: in memory, another thread has
   * to move it. Must not be called by a handler, which would wait for itself. If several threads
   * drain a worker, the earliest deadline counts; a drain of a closed worker does not wait for
   * handlers.
   *
   * @param deadline the maximum wait, from zero
   * @return whether every handler ended before the deadline
   * @throws InterruptedException if this thread was interrupted; the worker ends as at the deadline
   */
  boolean drain(Duration deadline) throws InterruptedException;

  /**
   * Drains the worker with {@link WorkerOptions#closeDeadline} as deadline, which also bounds the
   * real time. If only acks are missing, the time since they began to fail counts towards the
   * deadline. Blocks like {@link #drain}. An interrupt ends the worker as at the deadline, and the
   * interrupt flag stays set. A second call does nothing.
   */
  @Override
  void close();
}
