package dev.jetlane.inmemory;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.spi.AbstractDelivery;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A task under a lease, as its holder sees it. */
final class InMemoryDelivery extends AbstractDelivery {

  private final InMemoryQueue queue;
  private final PartitionState state;
  private final StoredTask task;
  private final int attempt;
  private volatile long leaseEndNanos;
  private volatile byte @Nullable [] payload;

  /** The caller holds the lock and has just taken the task. */
  InMemoryDelivery(InMemoryQueue queue, PartitionState state, StoredTask task) {
    this.queue = queue;
    this.state = state;
    this.task = task;
    attempt = task.deliveries;
    leaseEndNanos = task.deadlineNanos;
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

  /** Names the task, the attempt and the partition; a payload may be confidential. */
  @Override
  public String toString() {
    return "Delivery[" + taskId() + " in " + partition() + ", attempt " + attempt + "]";
  }

  boolean leaseEndedAt(long now) {
    return leaseEndNanos <= now;
  }

  /** As a nak of a client that is being closed. The caller holds the lock. */
  void giveBack(long now) {
    state.nak(task, now);
  }

  @Override
  protected void sendAck() {
    queue.lock();
    try {
      state.ack(task, now());
    } finally {
      queue.unlock();
    }
  }

  @Override
  protected CompletableFuture<Void> sendAckAsync() {
    sendAck();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  protected void sendNak(Duration delay) {
    queue.lock();
    try {
      long now = nowWithinLease();
      if (delay.isZero()) {
        state.nak(task, now);
      } else {
        state.nak(task, delay.toNanos(), now);
      }
    } finally {
      queue.unlock();
    }
  }

  @Override
  protected void sendExtend() {
    queue.lock();
    try {
      long now = nowWithinLease();
      state.extend(task, now);
      leaseEndNanos = now + state.config.lease().toNanos();
    } finally {
      queue.unlock();
    }
  }

  @Override
  protected void sendDeadLetter(String reason) {
    queue.lock();
    try {
      state.deadLetter(task, reason, nowWithinLease());
    } finally {
      queue.unlock();
    }
  }

  private long now() {
    queue.requireOpen();
    return state.catchUp(queue.time);
  }

  /**
   * The lease was looked at before the lock was taken, and the clock may have been moved in
   * between.
   */
  private long nowWithinLease() {
    long now = now();
    if (leaseEndedAt(now)) {
      throw new LeaseExpiredException("the lease of task " + taskId() + " just ran out", null);
    }
    return now;
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
