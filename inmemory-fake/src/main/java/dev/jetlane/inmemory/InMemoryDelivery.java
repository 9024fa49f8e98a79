package dev.jetlane.inmemory;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.spi.AbstractDelivery;
import dev.jetlane.spi.LeaseKeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A task under a lease, as its holder sees it. */
final class InMemoryDelivery extends AbstractDelivery {

  private final InMemoryQueue queue;
  private final PartitionState state;
  private final StoredTask task;
  private final int attempt;
  private final InMemoryPuller puller;
  private final LeaseKeeper keeper;
  private volatile long leaseEndNanos;
  private volatile byte @Nullable [] payload;

  /** The delivery before this one of the same task. */
  private @Nullable InMemoryDelivery previous;

  private final long leasedAtNanos;
  private @Nullable String end;
  private long endNanos;

  /** The caller holds the lock and has just taken the task. */
  InMemoryDelivery(
      InMemoryQueue queue, PartitionState state, StoredTask task, InMemoryPuller puller) {
    this.queue = queue;
    this.state = state;
    this.task = task;
    attempt = task.deliveries;
    this.puller = puller;
    keeper = puller.keeper;
    leaseEndNanos = task.deadlineNanos;
    leasedAtNanos = task.leasedAtNanos;
    previous = task.latest;
    task.latest = this;
    if (attempt % TaskSnapshot.MAX_ATTEMPTS == 0) {
      forgetOldest();
    }
  }

  @Override
  public String taskId() {
    return task.task.id();
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
    return attempt;
  }

  @Override
  public Duration leaseRemaining() {
    return Duration.ofNanos(Math.max(0, leaseEndNanos - queue.time.nanos()));
  }

  @Override
  public boolean leaseExpired() {
    return leaseEndedAt(queue.time.nanos());
  }

  boolean leaseEndedAt(long now) {
    return leaseEndNanos <= now;
  }

  /** As a nak of a client that is being closed. The caller holds the lock. */
  void giveBack(long now) {
    if (task.place != StoredTask.Place.NEW) {
      state.nak(task, now);
    }
  }

  /** The delivery came to an end on the server. The caller holds the lock. */
  void ended(String how, long now) {
    if (end == null) {
      end = how;
      endNanos = now;
      queue.time.changed();
    }
  }

  /** This delivery and those before it, oldest first. The caller holds the lock. */
  List<TaskSnapshot.Attempt> history() {
    List<TaskSnapshot.Attempt> history = new ArrayList<>();
    for (InMemoryDelivery i = this; i != null; i = i.previous) {
      Time time = queue.time;
      Instant endedAt = i.end == null ? null : time.instant(i.endNanos);
      history.add(
          new TaskSnapshot.Attempt(
              i.attempt, i.puller.name(), time.instant(i.leasedAtNanos), i.end, endedAt));
    }
    Collections.reverse(history);
    return history.subList(Math.max(0, history.size() - TaskSnapshot.MAX_ATTEMPTS), history.size());
  }

  String holder() {
    return puller.name();
  }

  /** Whether somebody was handed this, and still has to settle it. The caller holds the lock. */
  boolean isInHands() {
    return isOpen() && end == null && !puller.buffers(this);
  }

  @Override
  protected void sendAck() {
    queue.lock();
    try {
      long now = arrive(Faults.Call.ACK);
      state.ack(task, now);
      queue.faults.confirm(Faults.Call.ACK);
    } finally {
      queue.unlock();
    }
  }

  @Override
  protected void sendNak(Duration delay) {
    queue.lock();
    try {
      long now = arriveWithinLease(Faults.Call.NAK);
      if (delay.isZero()) {
        state.nak(task, now);
      } else {
        state.nak(task, delay.toNanos(), now);
      }
      queue.faults.confirm(Faults.Call.NAK);
    } finally {
      queue.unlock();
    }
  }

  @Override
  protected void sendExtend() {
    queue.lock();
    try {
      long now = arriveWithinLease(Faults.Call.EXTEND);
      state.extend(task, now);
      queue.faults.confirm(Faults.Call.EXTEND);
      leaseEndNanos = now + state.config.lease().toNanos();
    } finally {
      queue.unlock();
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

  /** Part of bringing about what is due: the lock is held, and time is wherever that has got to. */
  @Override
  protected CompletableFuture<Void> sendBeat(long now) {
    try {
      queue.faults.arriveBeat();
      queue.faults.requireConsumer(state);
      state.extend(task, now);
      queue.faults.confirm(Faults.Call.EXTEND);
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
    leaseEndNanos = now + state.config.lease().toNanos();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  protected void sendDeadLetter(String reason) {
    queue.lock();
    try {
      state.deadLetter(task, reason, arriveWithinLease(Faults.Call.DEAD_LETTER));
      queue.faults.confirm(Faults.Call.DEAD_LETTER);
    } finally {
      queue.unlock();
    }
  }

  private long arrive(Faults.Call call) {
    queue.requireOpen();
    long now = state.catchUp(queue.time);
    queue.faults.arrive(call);
    queue.faults.requireConsumer(state);
    return now;
  }

  /**
   * The lease was looked at before the lock was taken, and the clock may have been moved in
   * between.
   */
  private long arriveWithinLease(Faults.Call call) {
    long now = arrive(call);
    if (leaseEndedAt(now)) {
      throw new LeaseExpiredException("the lease of task " + taskId() + " just ran out", null);
    }
    return now;
  }

  /** Keeps the list of deliveries of a task that is delivered for ever from growing for ever. */
  private void forgetOldest() {
    InMemoryDelivery oldest = this;
    for (int i = 1; i < TaskSnapshot.MAX_ATTEMPTS && oldest.previous != null; i++) {
      oldest = oldest.previous;
    }
    oldest.previous = null;
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
