package dev.jetlane.nats.pull;

import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.request.QueueTimer;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Looks after what a prefetching puller has leased ahead while nobody pulls.
 *
 * <p>With lease keeping, what waits in the subscription is made a delivery from time to time,
 * because only then is its lease kept. Without, the puller is idle after half a lease, and gives
 * back what it has: it would run out here, unseen, and cost the task an attempt and everybody a
 * lease of waiting. It asks for nothing more until somebody pulls.
 *
 * <p>An idle puller first waits until none of its requests is open: a task that is given back would
 * come straight back to one. Requests for tasks ahead therefore last for less than half a lease.
 */
final class PrefetchWatch {

  private final PullContext context;
  private final PullRequests requests;
  private final PullInbox inbox;
  private final OpenRequests credits;
  private final Semaphore turn;

  /** Guarded by the turn. */
  private long usedAtNanos;

  /** Whether a look is to come. Guarded by the turn, unless no thread got it. */
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
              "keeping what was pulled ahead", context.keepEveryNanos, this::keep);
    }
  }

  void close() {
    closed = true;
    QueueTimer.Task periodic = keeping;
    if (periodic != null) {
      periodic.cancel();
    }
  }

  /** Whether the turn is taken for a moment only, by this. */
  boolean isAtWork() {
    return atWork;
  }

  /** Somebody pulled just now. The caller has the turn. */
  void used() {
    usedAtNanos = System.nanoTime();
    if (!planned && context.keepEveryNanos == 0) {
      plan(context.leaseNanos / 2);
    }
  }

  private void plan(long nanos) {
    // Not if the queue was closed, which gave everything back.
    planned = context.session.timer.after("giving back what nobody pulls", nanos, this::look);
  }

  private void look() {
    atWork = true;
    try {
      if (closed) {
        return;
      }
      if (!turn.tryAcquire()) {
        plan(context.leaseNanos / 2); // Somebody pulls.
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
      plan(leaseNanos / 16); // It is about to end.
      return;
    }
    requests.giveBackKept();
    if (open) {
      plan(leaseNanos / 4); // What an answer that was lost has left.
    } else {
      planned = false;
    }
  }

  /** While somebody pulls there is no need to: that empties the subscription. */
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

  /** Never throws: what throws ends a periodic task for good. */
  private void takeIn() {
    try {
      requests.keepQueued();
      inbox.observe();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The queue is being closed.
    } catch (TaskQueueException e) {
      // Next time.
    }
  }
}
