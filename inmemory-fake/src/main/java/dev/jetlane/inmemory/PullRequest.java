package dev.jetlane.inmemory;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A wish for tasks that waits in a partition: one pull, or a puller's standing wish to keep its
 * buffer full. Whoever makes a task visible fills it, so that the lease starts at that very
 * instant. Guarded by the lock of the server's time.
 */
final class PullRequest {

  final InMemoryPuller puller;
  final int max;

  /** {@link Time#NEVER} for a standing request. */
  final long deadlineNanos;

  final Condition ended;
  final ArrayDeque<InMemoryDelivery> deliveries = new ArrayDeque<>();

  /** Served, timed out or closed: nothing more comes. */
  boolean done;

  /** The puller was closed meanwhile. */
  boolean closed;

  /** Why the server ended it; null if it did not. */
  @Nullable String failure;

  PullRequest(InMemoryPuller puller, int max, long deadlineNanos, Condition ended) {
    this.puller = puller;
    this.max = max;
    this.deadlineNanos = deadlineNanos;
    this.ended = ended;
  }

  boolean isStanding() {
    return deadlineNanos == Time.NEVER;
  }

  /** Whether this is a pull that got something, and so must not wait for more. */
  boolean isServed() {
    return !isStanding() && !deliveries.isEmpty();
  }

  boolean isFull() {
    return deliveries.size() >= max;
  }

  void finish() {
    done = true;
    ended.signal();
  }
}
