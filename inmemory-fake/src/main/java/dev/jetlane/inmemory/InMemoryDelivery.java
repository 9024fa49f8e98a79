package dev.jetlane.inmemory;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.inmemory.model.Attempt;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.StoredTask;
import dev.jetlane.spi.AbstractDelivery;
import dev.jetlane.spi.LeaseKeeper;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A task under a lease, as its holder sees it. */
final class InMemoryDelivery extends AbstractDelivery {

  private final Connection connection;
  private final PartitionState state;
  private final Attempt attempt;
  private final StoredTask task;
  private final LeaseKeeper keeper;
  private volatile long leaseEndNanos;
  private volatile byte @Nullable [] payload;

  /** The caller holds the lock. */
  InMemoryDelivery(
      Connection connection, PartitionState state, Attempt attempt, LeaseKeeper keeper) {
    this.connection = connection;
    this.state = state;
    this.attempt = attempt;
    task = attempt.task;
    this.keeper = keeper;
    leaseEndNanos = attempt.firstLeaseEndNanos;
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
  public String partition() {
    return state.name;
  }

  @Override
  public int attempt() {
    return attempt.number;
  }

  @Override
  public Duration leaseRemaining() {
    return Duration.ofNanos(Math.max(0, leaseEndNanos - connection.time.nanos()));
  }

  @Override
  public boolean leaseExpired() {
    return leaseEndedAt(connection.time.nanos());
  }

  boolean leaseEndedAt(long now) {
    return leaseEndNanos <= now;
  }

  /** A pull returns it. The caller holds the lock. */
  void handOut() {
    attempt.inHands = true;
  }

  /** As a nak of a client that is being closed. The caller holds the lock. */
  void giveBack(long now) {
    if (task.place() != StoredTask.Place.NEW) {
      state.nak(task, now);
    }
  }

  @Override
  protected void sendAck() {
    settle(Operation.ACK, now -> state.ack(task, now));
  }

  @Override
  protected void sendNak(Duration delay) {
    settle(
        Operation.NAK,
        now -> {
          requireLease(now);
          if (delay.isZero()) {
            state.nak(task, now);
          } else {
            state.nak(task, delay.toNanos(), now);
          }
        });
  }

  @Override
  protected void sendDeadLetter(String reason) {
    settle(
        Operation.DEAD_LETTER,
        now -> {
          requireLease(now);
          state.deadLetter(task, reason, now);
        });
  }

  @Override
  protected void sendExtend() {
    connection.time.enter(); // The old end must not come between the confirmation and the new one.
    try {
      long askedNanos =
          connection.perform(
              Operation.EXTEND,
              state,
              now -> {
                requireLease(now);
                state.extend(task, now);
                return now;
              });
      leaseEndNanos = askedNanos + state.config.lease().toNanos();
    } finally {
      connection.time.unlock();
    }
  }

  @Override
  protected LeaseKeeper keeper() {
    return keeper;
  }

  @Override
  protected long leaseEndNanos() {
    return leaseEndNanos;
  }

  /** Part of bringing about what is due: the lock is held, and time is at the moment given. */
  @Override
  protected CompletableFuture<Void> sendBeat(long now) {
    try {
      connection.faults.arriveBeat();
      Connection.requireConsumer(state);
      state.extend(task, now);
      connection.faults.confirm(Operation.EXTEND);
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
    leaseEndNanos = now + state.config.lease().toNanos();
    return CompletableFuture.completedFuture(null);
  }

  private interface Step {
    void at(long now);
  }

  private void settle(Operation operation, Step step) {
    try {
      connection.perform(
          operation,
          state,
          now -> {
            step.at(now);
            return true;
          });
    } catch (OutcomeUnknownException e) {
      if (operation != Operation.DEAD_LETTER) {
        attempt.inHands = false; // Its holder has done what could be done.
      }
      throw e;
    }
  }

  /**
   * The lease was looked at before the lock was taken, and the clock may have been moved in
   * between.
   */
  private void requireLease(long now) {
    if (leaseEndedAt(now)) {
      throw new LeaseExpiredException("the lease of task " + taskId() + " just ran out", null);
    }
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
