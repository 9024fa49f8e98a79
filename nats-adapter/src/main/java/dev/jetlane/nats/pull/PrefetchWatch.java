// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.request.QueueTimer;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the prefetched tasks of a puller between its pulls.
 *
 * <p>With lease keeping, messages in the subscription become deliveries from time to time, because
 * only the lease of a delivery is kept. Without it, the puller is idle after half a lease and gives
 * its tasks back: their leases would expire unnoticed in the buffer, and each task would lose an
 * attempt and wait for the rest of its lease. An idle puller requests no tasks until the next pull.
 *
 * <p>An idle puller first waits until none of its requests is open, because an open request would
 * receive a returned task immediately. Requests for tasks ahead therefore last for less than half a
 * lease.
 */
final class PrefetchWatch {

  private final PullContext context;
  private final PullRequests requests;
  private final PullInbox inbox;
  private final OpenRequests credits;
  private final Semaphore turn;

  /** Guarded by the turn. */
  private long usedAtNanos;

  /** Whether a check is scheduled. Guarded by the turn, unless the executor refused the check. */
  private volatile boolean planned;

  private volatile boolean atWork;
  private volatile boolean closed;
  private volatile QueueTimer.@Nullable Task keeping;

  PrefetchWatch(
      PullContext context,
      PullRequests requests,
      PullInbox inbox,
      OpenRequests credits,
      Semaphore turn) {
    this.context = context;
    this.requests = requests;
    this.inbox = inbox;
    this.credits = credits;
    this.turn = turn;
  }

  void start() {
    if (context.keepEveryNanos > 0 && context.options.prefetch() > 0) {
      keeping =
          context.session.timer.every(
              "keeping the leases of prefetched tasks", context.keepEveryNanos, this::keep);
    }
  }

  void close() {
    closed = true;
    QueueTimer.Task periodic = keeping;
    if (periodic != null) {
      periodic.cancel();
    }
  }

  /** Returns whether this holds the turn, which lasts for a moment only. */
  boolean isAtWork() {
    return atWork;
  }

  /** Records a pull. The caller has the turn. */
  void used() {
    usedAtNanos = System.nanoTime();
    if (!planned && context.keepEveryNanos == 0) {
      plan(context.leaseNanos / 2);
    }
  }

  private void plan(long nanos) {
    // A closed queue refuses; it has given back all tasks.
    planned =
        context.session.timer.after(
            "giving back prefetched tasks of an idle puller", nanos, this::look);
  }

  private void look() {
    atWork = true;
    try {
      if (closed) {
        return;
      }
      if (!turn.tryAcquire()) {
        plan(context.leaseNanos / 2); // A pull has the turn.
        return;
      }
      try {
        lookAlone();
      } finally {
        turn.release();
      }
    } finally {
      atWork = false;
    }
  }

  private void lookAlone() {
    long leaseNanos = context.leaseNanos;
    long idleNanos = System.nanoTime() - usedAtNanos;
    if (idleNanos < leaseNanos / 2) {
      plan(leaseNanos / 2 - idleNanos);
      return;
    }
    takeIn();
    credits.expire(System.nanoTime(), inbox.queued());
    boolean open = credits.anyOpen();
    if (open && idleNanos < leaseNanos * 3 / 4) {
      plan(leaseNanos / 16); // The request ends soon.
      return;
    }
    requests.giveBackKept();
    if (open) {
      plan(leaseNanos / 4); // A lost answer left the request open.
    } else {
      planned = false;
    }
  }

  /** Does nothing during a pull, which empties the subscription. */
  private void keep() {
    atWork = true;
    try {
      if (!closed && turn.tryAcquire()) {
        try {
          takeIn();
        } finally {
          turn.release();
        }
      }
    } finally {
      atWork = false;
    }
  }

  /** Leaves a failure to the next check. */
  private void takeIn() {
    try {
      requests.keepQueued();
      inbox.observe();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The queue is being closed.
    } catch (TaskQueueException e) {
      // The next check tries again.
    }
  }
}
