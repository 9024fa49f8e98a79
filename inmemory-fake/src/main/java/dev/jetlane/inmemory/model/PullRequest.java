// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import org.jspecify.annotations.Nullable;

/**
 * A request for tasks that waits in a partition: one pull, or a puller's standing request to keep
 * its buffer full. The call that makes a task visible serves it, so that the lease starts at the
 * same instant. Guarded by the lock of the server's time, under which it is called.
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
   * Creates a request that does not wait yet.
   *
   * @param maxBytes the limit of the total payload size; a larger task is returned alone
   * @param deadlineNanos when it stops waiting; {@code Timed.NEVER} if it is standing
   * @param standing whether it continues after it was given a task
   */
  protected PullRequest(
      Holder holder, int max, long maxBytes, long deadlineNanos, boolean standing) {
    this.holder = holder;
    this.max = max;
    this.maxBytes = maxBytes;
    this.deadlineNanos = deadlineNanos;
    this.standing = standing;
  }

  /** Called when the request was given a task. */
  protected abstract void served(Attempt attempt);

  /** Called when the request gets no more tasks: it is full, served, timed out or failed. */
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

  /** Counts a task of another source. */
  protected final void count(Attempt attempt) {
    size++;
    bytes += attempt.task.payloadBytes();
  }

  /** Records that a task left this standing request, which has no limit of bytes. */
  protected final void left() {
    size--;
  }

  /** When it stops waiting. */
  public final long deadlineNanos() {
    return deadlineNanos;
  }

  /** Returns the number of its tasks that have not left it. */
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
