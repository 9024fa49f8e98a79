package dev.jetlane.inmemory.model;

import org.jspecify.annotations.Nullable;

/**
 * A request for tasks that waits in a partition: one pull, or a puller's standing request to keep
 * its buffer full. It is served by the call that makes a task visible, so that the lease starts at
 * that very instant. Guarded by the lock of the server's time, under which it is called.
 */
public abstract class PullRequest {

  final Holder holder;
  private final long deadlineNanos;
  private final int max;
  private final long maxBytes;
  private final boolean standing;
  private int size;
  private long bytes;
  private boolean ended;
  private @Nullable String failure;

  /**
   * A request that does not wait yet.
   *
   * @param maxBytes of all payloads together; a larger task comes alone
   * @param deadlineNanos when it stops waiting; no time if it is standing
   * @param standing whether it continues when it has got a task
   */
  protected PullRequest(
      Holder holder, int max, long maxBytes, long deadlineNanos, boolean standing) {
    this.holder = holder;
    this.max = max;
    this.maxBytes = maxBytes;
    this.deadlineNanos = deadlineNanos;
    this.standing = standing;
  }

  /** It was given a task. */
  protected abstract void served(Attempt attempt);

  /** Nothing more comes: it is full, served, timed out or failed. */
  protected abstract void ended();

  /** Whether it has room for a task. */
  public final boolean hasRoomFor(StoredTask task) {
    return size == 0 || (size < max && bytes + task.payloadBytes() <= maxBytes);
  }

  /** Gives it a task. */
  public final void give(Attempt attempt) {
    count(attempt);
    served(attempt);
  }

  /** Something came to it in another way. */
  protected final void count(Attempt attempt) {
    size++;
    bytes += attempt.task.payloadBytes();
  }

  /** What it was given has left it, so that there is room again. */
  protected final void left(Attempt attempt) {
    size--;
    bytes -= attempt.task.payloadBytes();
  }

  /** When it stops waiting. */
  public final long deadlineNanos() {
    return deadlineNanos;
  }

  /** How many tasks it was given that have not left it. */
  public final int size() {
    return size;
  }

  public final boolean isFull() {
    return size >= max;
  }

  /** Ends it. */
  public final void end() {
    ended = true;
    ended();
  }

  final void fail(String why) {
    failure = why;
    end();
  }

  public final boolean hasEnded() {
    return ended;
  }

  /** Why the server ended it; null if it did not. */
  public final @Nullable String failure() {
    return failure;
  }

  final boolean isStanding() {
    return standing;
  }
}
