package dev.jetlane.inmemory.model;

import dev.jetlane.inmemory.time.Timed;
import org.jspecify.annotations.Nullable;

/**
 * A request for tasks that waits in a partition: one pull, or a puller's standing request to keep
 * its buffer full. It is served by the call that makes a task visible, so that the lease starts at
 * that very instant. Guarded by the lock of the server's time, under which it is called.
 */
public abstract class PullRequest {

  final Holder holder;
  final int max;
  final long deadlineNanos;
  private boolean ended;
  private @Nullable String failure;

  /**
   * A request that does not wait yet.
   *
   * @param deadlineNanos {@link Timed#NEVER} for a standing request
   */
  protected PullRequest(Holder holder, int max, long deadlineNanos) {
    this.holder = holder;
    this.max = max;
    this.deadlineNanos = deadlineNanos;
  }

  /** How many tasks it has got and still holds. */
  public abstract int size();

  /** It was given a task. */
  protected abstract void served(Attempt attempt);

  /** Nothing more comes: it is full, served, timed out or failed. */
  protected abstract void ended();

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

  public final boolean isFull() {
    return size() >= max;
  }

  final boolean isStanding() {
    return deadlineNanos == Timed.NEVER;
  }

  /** Whether this is a pull that got something, and so must not wait for more. */
  final boolean isServed() {
    return !isStanding() && size() > 0;
  }
}
