// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.model.TaskMoves;
import dev.jetlane.inmemory.stage.ClientProcess;
import dev.jetlane.inmemory.time.Time;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one client to a server. Every call goes through {@link #perform} or {@link
 * #change}.
 */
final class Connection {

  /** The effect of a call on a partition. */
  interface Action<T, E extends Exception> {

    /**
     * Runs under the lock, after all events that are due.
     *
     * @param now the moment of the call
     */
    T at(long now) throws E;
  }

  final Time time;
  final Faults faults;
  final ServerState server;

  final DriverEvents events;

  private volatile boolean closed;

  /** The process of the client; null outside a simulation. */
  final @Nullable ClientProcess process;

  Connection(Time time, Faults faults, DriverEvents events, @Nullable ClientProcess process) {
    this.time = time;
    this.faults = faults;
    this.events = events;
    this.process = process;
    server = faults.server;
  }

  /**
   * Performs a call, in this order: due events happen; the request may be lost; the call takes
   * effect; its confirmation may be lost.
   */
  <T, E extends Exception> T perform(
      Operation operation, @Nullable PartitionState state, long deadlineNanos, Action<T, E> action)
      throws E {
    long now = begin(operation, state, deadlineNanos);
    try {
      T result = action.at(now);
      faults.confirm(operation);
      return result;
    } finally {
      end(operation);
    }
  }

  /** Like {@link #perform}, for a call without a result. */
  void change(Operation operation, PartitionState state, long deadlineNanos, LongConsumer action) {
    long now = begin(operation, state, deadlineNanos);
    try {
      action.accept(now);
      faults.confirm(operation);
    } finally {
      end(operation);
    }
  }

  /**
   * Like {@link #perform}, for a call on the server. No partition processes its due events first.
   */
  <T> T ask(Operation operation, long deadlineNanos, Action<T, RuntimeException> action) {
    return perform(operation, null, deadlineNanos, action);
  }

  /**
   * Cancels a delayed task in two steps: a note, which decides, and the removal of the task. A lost
   * confirmation is that of the note, and then the task stays until it is due or cancelled again.
   * Another cancellation finds the note: it does the second step too, and returns false.
   */
  boolean cancel(String taskId, PartitionState state, long deadlineNanos) {
    long now = begin(Operation.CANCEL, state, deadlineNanos);
    try {
      boolean noted = state.noteCancelled(taskId, now);
      faults.confirm(Operation.CANCEL);
      boolean removed = state.cancel(taskId, now);
      return noted && removed;
    } finally {
      end(Operation.CANCEL);
    }
  }

  /**
   * Moves the task of a dead letter into a partition, the same or another one, in two steps.
   *
   * @param byOperator whether only the consumer of the target has the number of its priorities
   */
  boolean redrive(
      String letterId,
      PartitionState from,
      PartitionState to,
      boolean byOperator,
      long deadlineNanos) {
    return perform(
        Operation.REDRIVE,
        from,
        deadlineNanos,
        now -> {
          to.catchUp(now);
          if (!new TaskMoves(from).storeRedriven(letterId, to, byOperator, now)) {
            return false;
          }
          faults.confirmStep(Faults.Call.STORE_REDRIVEN);
          return from.deadLetters.remove(letterId);
        });
  }

  private long begin(Operation operation, @Nullable PartitionState state, long deadlineNanos) {
    time.enter();
    try {
      long now = time.nanos();
      if (state != null) {
        state.catchUp(now); // First, because due extensions of kept leases are calls, too.
      }
      faults.latency.begin(now, deadlineNanos);
      requireOpen();
      faults.arrive(operation, state != null && !state.isCatchingUp());
      if (state != null && operation.needsConsumer && state.isConsumerDeleted()) {
        state.createConsumer();
        if (operation != Operation.OPEN) {
          throw new QueueUnavailableException(state.gone(), null);
        }
      }
      return now;
    } catch (RuntimeException | Error e) {
      end(operation);
      throw e;
    }
  }

  /**
   * Ends a call. The time of a pull is not counted: during its wait other calls ran and set the
   * latency.
   */
  private void end(Operation operation) {
    long tookNanos = operation == Operation.PULL ? 0 : faults.latency.tookNanos();
    if (server.unattended > 0) {
      time.attend(server);
    }
    time.unlock();
    if (tookNanos > 0) {
      time.pass(tookNanos);
    }
  }

  /** Runs a callback of the client without the lock. The caller holds the lock. */
  void react(Runnable reaction) {
    if (process == null) {
      time.afterUnlock(reaction);
    } else {
      process.react(reaction);
    }
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  private void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the queue is closed", null);
    }
  }
}
