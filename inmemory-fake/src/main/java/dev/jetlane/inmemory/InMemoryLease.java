// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.inmemory.model.Attempt;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.StoredTask;
import dev.jetlane.inmemory.model.TaskMoves;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A task under a lease, and the actions of its holder. */
final class InMemoryLease implements Lease {

  final Attempt attempt;
  private final Connection connection;
  private final PartitionState state;
  private final StoredTask task;
  private volatile byte @Nullable [] payload;

  InMemoryLease(Connection connection, PartitionState state, Attempt attempt) {
    this.connection = connection;
    this.state = state;
    this.attempt = attempt;
    task = attempt.task;
  }

  @Override
  public String taskId() {
    return task.id();
  }

  @Override
  public byte[] payload() {
    byte[] own = payload;
    return own != null ? own : copyPayload();
  }

  @Override
  public Map<String, String> headers() {
    return task.task.headers();
  }

  @Override
  public int attempt() {
    return attempt.number;
  }

  @Override
  public int priority() {
    return task.task.priority();
  }

  @Override
  public Instant storedAt() {
    return connection.time.instant(task.storedAtNanos());
  }

  @Override
  public @Nullable Instant deadline() {
    return task.task.deadline().orElse(null);
  }

  @Override
  public long endNanos() {
    return attempt.firstLeaseEndNanos;
  }

  @Override
  public DriverFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    try {
      Operation operation = operation(action);
      connection.change(operation, state, deadlineNanos, now -> act(action, now));
    } catch (TaskQueueException e) {
      if (e instanceof OutcomeUnknownException && holderIsDone(action)) {
        attempt.inHands = false;
      }
      return DriverFuture.failed(completion, e);
    }
    return DriverFuture.settled(completion, action);
  }

  /**
   * Gives the task back, like the nak of a client that is being closed. The caller holds the lock.
   */
  void giveBack(int maxDeliveries, long now) {
    moves().release(task, maxDeliveries, now);
  }

  /**
   * Whether the delivery counts as settled by its holder even if the outcome of the action is
   * unknown.
   */
  private static boolean holderIsDone(LeaseAction action) {
    return !(action instanceof LeaseAction.Extend)
        && !(action instanceof LeaseAction.MoveToDeadLetters);
  }

  private static Operation operation(LeaseAction action) {
    if (action instanceof LeaseAction.Ack) {
      return Operation.ACK;
    } else if (action instanceof LeaseAction.Nak) {
      return Operation.NAK;
    } else if (action instanceof LeaseAction.PutBack) {
      return Operation.PUT_BACK;
    }
    return action instanceof LeaseAction.Extend ? Operation.EXTEND : Operation.DEAD_LETTER;
  }

  private void act(LeaseAction action, long now) {
    if (action.notAfterNanos() != DriverClock.NEVER && now - action.notAfterNanos() >= 0) {
      throw new LeaseExpiredException(
          action.describe() + " of task " + taskId() + " refused: the lease just expired", null);
    }
    if (action instanceof LeaseAction.Nak nak && !nak.delay().isZero()) {
      state.nak(task, nak.delay().toNanos(), now);
    } else if (action instanceof LeaseAction.Nak) {
      state.nak(task, now);
    } else if (action instanceof LeaseAction.PutBack) {
      moves().putBack(task, now);
    } else if (action instanceof LeaseAction.Extend) {
      state.extend(task, now);
    } else if (action instanceof LeaseAction.MoveToDeadLetters dead) {
      moves().storeLetter(task, dead.reason(), now);
      connection.faults.confirmStep(Faults.Call.STORE_LETTER);
      moves().removeDead(task, dead.reason(), now);
    } else {
      state.ack(task, now);
    }
  }

  /** Created when needed, because there is a lease for each delivery. */
  private TaskMoves moves() {
    return new TaskMoves(state);
  }

  private synchronized byte[] copyPayload() {
    byte[] own = payload;
    if (own == null) {
      own = task.task.payload();
      payload = own;
    }
    return own;
  }
}
