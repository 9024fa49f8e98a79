// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The part of a puller for one priority. Used under the puller's lock. */
final class PriorityLevel {

  final PullRequests requests;

  /** The tasks that this pull leased and has not handed out, in the order of the server. */
  final Deque<LeasedDelivery> found = new ArrayDeque<>();

  private final PullContext context;
  private final ConnectionMonitor monitor;
  private final PullInbox inbox;

  /** Tasks beyond the size of a request; always empty. */
  private final Deque<LeasedDelivery> beyond = new ArrayDeque<>();

  private final PullBatch waited = new PullBatch(Integer.MAX_VALUE, Long.MAX_VALUE);

  /** The reply subject of the waiting request; null if there is none. */
  private @Nullable String waiting;

  PriorityLevel(PullContext context, PullInbox inbox, Runnable requireOpen) {
    this.context = context;
    this.inbox = inbox;
    monitor = context.monitor;
    requests = new PullRequests(context, inbox, new OpenRequests(), beyond, requireOpen);
  }

  /**
   * Takes available tasks, up to a count.
   *
   * @param anySize whether a single task may exceed {@code maxBytes}
   */
  PullEnd take(int count, long maxBytes, boolean anySize) throws InterruptedException {
    PullBatch batch = new PullBatch(count, maxBytes);
    try {
      while (true) {
        PullEnd end =
            monitor.isReady() ? requests.fire(PullRequests.Kind.NOW, batch, 0) : PullEnd.LOST;
        // A task that is moved to the dead letters took a place in the batch.
        boolean more = (end == PullEnd.FILLED || end == PullEnd.STALLED) && batch.hasExhausted();
        context.settleExhausted(batch);
        if (!(more || requests.isNextLarge(anySize)) || batch.room() <= 0) {
          return end;
        }
      }
    } finally {
      collect(batch);
      found.addAll(beyond);
      beyond.clear();
    }
  }

  /** Sends a waiting request for one task. */
  void ask(long expiresNanos) {
    context.refusals.forget(context.address.nextSubject);
    waiting = inbox.request(context.address.nextSubject, 1, 0, expiresNanos, false, null);
  }

  boolean isWaiting() {
    return waiting != null;
  }

  void waitsNoMore() {
    waiting = null;
  }

  /** Returns whether this status ends the waiting request. */
  boolean ends(Message status) {
    boolean ours = status.getSubject().equals(waiting);
    if (ours) {
      waiting = null;
    }
    return ours;
  }

  /** Takes a message if it has this priority. */
  boolean accepts(Message message) {
    String reply = PullRequests.replySubject(message);
    int numbersAt = AckSubject.numbersAt(reply, context.address.ackPrefix);
    if (numbersAt < 0 || !AckSubject.isOf(context.address.consumer, reply, numbersAt)) {
      return false;
    }
    requests.acceptAny(message, waited);
    collect(waited);
    waiting = null; // It was for one task.
    return true;
  }

  void moveExhausted() throws InterruptedException {
    context.settleExhausted(waited);
  }

  /** Forgets the tasks whose leases have expired, which the server delivers again. */
  void dropExpired() {
    found.removeIf(LeasedDelivery::leaseExpired);
  }

  /** Gives back up to {@code count} of the tasks that were not handed out, the last ones first. */
  void giveBack(int count) {
    for (int i = 0; i < count && !found.isEmpty(); i++) {
      PullContext.giveBack(found.removeLast());
    }
  }

  /** Gives back the tasks that were not handed out, in the order of their arrival. */
  void giveBack() {
    context.moveExhausted(waited);
    found.forEach(PullContext::giveBack);
    found.clear();
  }

  private void collect(PullBatch batch) {
    found.addAll(batch.deliveries());
    batch.clear();
  }
}
