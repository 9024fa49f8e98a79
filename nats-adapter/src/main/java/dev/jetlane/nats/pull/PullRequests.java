// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The requests of a puller and their results. Used under the puller's lock. */
final class PullRequests {

  /** The kind of a request. */
  enum Kind {
    /** Takes the available tasks. The server answers immediately; exceptions: {@link NatsPull}. */
    NOW,
    /**
     * Takes the tasks that are available a moment after the server reported none: a task becomes
     * visible to the consumer a little later than its push is confirmed (seen on 2.15).
     */
    SETTLED,
    /** Takes the available tasks, with a short expiry that the server always answers. */
    CONFIRM,
    /** Waits for tasks, then takes the available ones. */
    SOME,
    /** Waits for one task, because the server assigned the available ones to other requests. */
    ONE
  }

  private static final long STEP_NANOS = MILLISECONDS.toNanos(20);
  private static final long MAX_STEP_NANOS = SECONDS.toNanos(1);
  private static final long SETTLED_NANOS = MILLISECONDS.toNanos(20);
  private static final long CONFIRM_NANOS = MILLISECONDS.toNanos(200);

  /**
   * After this time without any answer the server cannot answer immediately. Not shorter, because
   * withdrawing a request that a busy server is serving moves a redelivery to the end of the queue
   * (measured on 2.15).
   */
  private static final long NO_ANSWER_NANOS = MILLISECONDS.toNanos(250);

  /**
   * After this time since the last task the request has stalled: at maxAckPending the server sends
   * no status, even if there are no more tasks.
   */
  private static final long STALL_NANOS = MILLISECONDS.toNanos(50);

  /** How long to wait for a batch that is in flight. */
  private static final long ON_ITS_WAY_NANOS = MILLISECONDS.toNanos(2);

  /** How long to wait for a server that may be sending. */
  private static final long SENT_NANOS = MILLISECONDS.toNanos(250);

  /** How long a server may serve a request without a subscription. */
  static final long OUTLIVES_NANOS = SECONDS.toNanos(2);

  /** The statuses that the server sends. */
  final PullStatus status;

  private final PullContext context;
  private final ConnectionMonitor monitor;
  private final PullInbox inbox;
  private final OpenRequests credits;
  private final Deque<LeasedDelivery> kept;
  private final Runnable requireOpen;

  /** The reply subject of the last task; null before the first one. */
  private @Nullable String lastTaskReply;

  /** The next available task is larger than the last request allowed. */
  private boolean nextLarge;

  /** The last request of a pull, if it may still bring tasks. */
  private @Nullable SentRequest unanswered;

  /** How many tasks it may still bring. */
  private int missing;

  PullRequests(
      PullContext context,
      PullInbox inbox,
      OpenRequests credits,
      Deque<LeasedDelivery> kept,
      Runnable requireOpen) {
    this.context = context;
    status = new PullStatus(context);
    monitor = context.monitor;
    this.inbox = inbox;
    this.credits = credits;
    this.kept = kept;
    this.requireOpen = requireOpen;
  }

  /** Sends one request and collects its tasks. */
  PullEnd fire(Kind kind, PullBatch batch, long waitNanos) throws InterruptedException {
    SentRequest sent = send(kind, batch, waitNanos, null);
    return sent == null ? PullEnd.LOST : collect(batch, sent);
  }

  /**
   * Sends one request; null if it was not sent.
   *
   * @param bell called with the first message; null if a thread waits
   */
  @Nullable SentRequest send(
      Kind kind, PullBatch batch, long waitNanos, @Nullable Consumer<Message> bell) {
    // No more tasks can be outstanding, and a larger request would stall.
    boolean one = kind == Kind.ONE || nextLarge;
    nextLarge = false;
    int size = one ? 1 : Math.min(batch.room(), context.maxOutstanding);
    long maxBytes = one ? 0 : batch.limitOf(size, context.largestMessage());
    long expiresNanos =
        switch (kind) {
          case NOW -> 0;
          case SETTLED -> SETTLED_NANOS;
          case CONFIRM -> CONFIRM_NANOS;
          case SOME, ONE -> Math.max(MILLISECONDS.toNanos(1), waitNanos);
        };
    RequestTarget target = context.target();
    context.refusals.forget(context.address.nextSubject);
    String reply;
    try {
      reply =
          inbox.request(
              context.address.nextSubject, size, maxBytes, expiresNanos, kind != Kind.ONE, bell);
    } catch (IllegalStateException notSent) {
      return null;
    }
    long patienceNanos = expiresNanos == 0 ? NO_ANSWER_NANOS : expiresNanos + context.graceNanos;
    SentRequest sent = new SentRequest(reply, size, patienceNanos, target, System.nanoTime());
    unanswered = sent;
    missing = size;
    return sent;
  }

  /** Collects the tasks of a request. */
  PullEnd collect(PullBatch batch, SentRequest sent) throws InterruptedException {
    PullEnd end = collectAll(batch, sent);
    unanswered = null; // Stays if the line above was interrupted.
    return end;
  }

  private PullEnd collectAll(PullBatch batch, SentRequest sent) throws InterruptedException {
    long quietSince = sent.sentAtNanos();
    long stepNanos = STEP_NANOS;
    int received = 0;
    while (received < sent.size()) {
      long limitNanos = received > 0 ? STALL_NANOS : sent.patienceNanos();
      long leftNanos = limitNanos - (System.nanoTime() - quietSince);
      if (leftNanos <= 0) {
        if (context.outlivesInterest) {
          awaitEnds(batch);
        }
        takeBack(batch);
        return received > 0 ? PullEnd.STALLED : PullEnd.SILENT;
      }
      Message message = inbox.poll(Math.min(leftNanos, stepNanos));
      if (message == null) {
        requireUsable();
        if (monitor.epoch() != sent.target().epoch() || !monitor.isConnected()) {
          return PullEnd.LOST;
        }
        if (!sent.target().equals(context.target())) {
          // The request may have reached the new consumer, so that two would be open.
          awaitSent(batch);
          takeBack(batch);
          return PullEnd.LOST;
        }
        stepNanos = Math.min(stepNanos * 2, MAX_STEP_NANOS);
      } else if (!message.isStatusMessage()) {
        accept(message, batch);
        received++;
        quietSince = System.nanoTime();
      } else if (PullStatus.isBatchComplete(message.getStatus())) {
        // The tasks arrive after this status.
      } else if (sent.reply().equals(message.getSubject())) {
        Status end = message.getStatus();
        if (PullStatus.isTooLarge(end)) {
          // The request brought the tasks that fit. If the first one did not fit, the next request
          // is for it alone.
          nextLarge = received == 0 && batch.isEmpty();
          return PullEnd.FILLED;
        }
        return status.ended(end, received);
      } else {
        requireOpen.run(); // The status may be the wake of a close.
        closeCredits(message);
      }
    }
    return PullEnd.FILLED;
  }

  /** Returns whether the next request is for one task of any size. */
  boolean isNextLarge(boolean anySize) {
    nextLarge &= anySize;
    return nextLarge;
  }

  /** Returns a subject that requests need and the server denies; null if there is none. */
  @Nullable String denied() {
    String next = context.address.nextSubject;
    String own = inbox.subject();
    return context.refusals.isDenied(next) ? next : context.refusals.isDenied(own) ? own : null;
  }

  /** Throws the error that makes waiting useless, if there is one. */
  void requireUsable() {
    requireOpen.run();
    String denied = denied();
    if (denied != null) {
      throw new PermissionDeniedException(
          "pull from partition %s: the server does not permit this client to use the subject %s"
              .formatted(context.address.partition, denied),
          null);
    }
    requireAlive();
  }

  /**
   * Throws if the puller or the connection is closed; a lost connection is not an error here,
   * because it can return.
   */
  void requireAlive() {
    requireOpen.run();
    if (monitor.isDead()) {
      throw context.unavailable("the connection was closed");
    }
  }

  /**
   * Waits until the connection is back. A pull whose wait has ended asks once more; if it then
   * loses its connection again, it fails.
   */
  void awaitReconnect(long untilNanos) throws InterruptedException {
    if (!monitor.awaitConnected(untilNanos, this::requireAlive)) {
      requireOpen.run();
      throw context.unavailable(monitor.whyDown());
    }
    if (System.nanoTime() - untilNanos > context.graceNanos) {
      throw context.unavailable("the connection was lost before the server could answer");
    }
  }

  /** Takes the messages in the subscription, without waiting. */
  void takeQueued(PullBatch batch) throws InterruptedException {
    while (batch.room() > 0) {
      Message message = inbox.poll(0);
      if (message == null) {
        return;
      }
      acceptAny(message, batch);
    }
  }

  /** Waits until one of the open requests brings a task, then takes all that have arrived. */
  void awaitQueued(PullBatch batch, long untilNanos) throws InterruptedException {
    RequestTarget target = context.target();
    long stepNanos = STEP_NANOS;
    while (batch.room() > 0 && credits.anyOpen()) {
      boolean something = !batch.isEmpty() || batch.hasExhausted();
      if (something && undelivered() <= 0) {
        takeQueued(batch);
        return;
      }
      long leftNanos = untilNanos - System.nanoTime();
      Message message = inbox.poll(something ? ON_ITS_WAY_NANOS : Math.min(leftNanos, stepNanos));
      if (message != null) {
        acceptAny(message, batch);
        requireOpen.run();
        continue;
      }
      boolean lost = !target.equals(context.target()) || !monitor.isConnected();
      if (something || leftNanos <= 0 || lost) {
        return;
      }
      requireUsable();
      stepNanos = Math.min(stepNanos * 2, MAX_STEP_NANOS);
      credits.expire(System.nanoTime(), inbox.queued());
    }
  }

  /** Returns the number of tasks that the server had left when it sent the last one. */
  private long undelivered() {
    String reply = lastTaskReply;
    return reply == null
        ? 0
        : AckSubject.number(
            reply, AckSubject.numbersAt(reply, context.address.ackPrefix), AckSubject.PENDING);
  }

  /**
   * Requests more tasks once half of the prefetch is used up, so that they arrive before the other
   * half is used up too.
   */
  void topUp() {
    int prefetch = context.options.prefetch();
    int ahead = credits.ahead() + kept.size();
    if (ahead > prefetch / 2 || !monitor.isConnected()) {
      return;
    }
    try {
      int size = prefetch - ahead;
      // Two of them may be open at the same time.
      long maxBytes = Math.max(1, context.options.maxBytes() / 2);
      String reply =
          inbox.request(
              context.address.nextSubject, size, maxBytes, context.aheadNanos, false, null);
      credits.requested(reply, size, System.nanoTime() + context.aheadNanos + context.graceNanos);
    } catch (IllegalStateException notSent) {
      // The next pull finds the lost connection.
    }
  }

  /** Makes deliveries of the messages in the subscription, so that their leases are kept. */
  void keepQueued() throws InterruptedException {
    PullBatch batch = new PullBatch(Integer.MAX_VALUE, Long.MAX_VALUE);
    takeQueued(batch);
    batch.deliveries().forEach(kept::add);
    context.moveExhausted(batch);
  }

  /** Gives back the buffered deliveries, which no pull took in time. */
  void giveBackKept() {
    kept.forEach(PullContext::giveBack);
    kept.clear();
  }

  void acceptAny(Message message, PullBatch batch) {
    if (message.isStatusMessage()) {
      closeCredits(message);
    } else {
      accept(message, batch);
    }
  }

  private void closeCredits(Message message) {
    if (PullStatus.isBatchComplete(message.getStatus())) {
      return;
    }
    status.saw(message.getStatus());
    SentRequest sent = unanswered;
    if (sent != null && sent.reply().equals(message.getSubject())) {
      unanswered = null;
    }
    Headers headers = message.getHeaders();
    String left = headers == null ? null : headers.getFirst("Nats-Pending-Messages");
    credits.closed(message.getSubject(), left == null ? 0 : Integer.parseInt(left), inbox.queued());
  }

  /** Returns the subject on which a message is settled; empty if it has none. */
  static String replySubject(Message message) {
    String reply = message.getReplyTo();
    return reply == null ? "" : AckSubject.whole(reply);
  }

  private void accept(Message message, PullBatch batch) {
    credits.received();
    missing--;
    String reply = replySubject(message);
    if (AckSubject.numbersAt(reply, context.address.ackPrefix) < 0) {
      return; // Another client published to the inbox; there is nothing to settle.
    }
    lastTaskReply = reply;
    NatsLease lease = new NatsLease(context, message, inbox.lastReceivedNanos());
    if (lease.isOver()) {
      return; // Its lease expired in the buffer, and the server delivers it again.
    }
    if (lease.attempt() > context.maxDeliveries) {
      batch.addExhausted(lease);
      return;
    }
    LeasedDelivery delivery = context.delivery(lease);
    if (batch.takes(delivery)) {
      batch.add(delivery);
    } else {
      kept.add(delivery);
    }
  }

  /**
   * Receives the tasks that the server is sending for the open requests. No client receives a
   * message that is sent while its subscription ends, although its lease has begun. So the
   * subscription must end when no message is in flight. The server takes requests in turn: its
   * answer to a refused request proves that it has served the earlier ones. Ignores interrupts.
   */
  void awaitSent(PullBatch batch) {
    if (context.outlivesInterest) {
      awaitEnds(batch);
      return;
    }
    boolean open = unanswered != null || credits.anyOpen();
    unanswered = null;
    if (!open || !context.serverAnswers()) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      String fence = inbox.probe(context.address.nextSubject);
      long untilNanos = System.nanoTime() + SENT_NANOS;
      boolean served = false;
      for (long left = SENT_NANOS; left > 0; left = untilNanos - System.nanoTime()) {
        try {
          boolean more = credits.anyOpen() && undelivered() > 0;
          Message message = inbox.poll(served && !more ? ON_ITS_WAY_NANOS : left);
          if (message == null) {
            return;
          }
          served |= message.isStatusMessage() && fence.equals(message.getSubject());
          acceptAny(message, batch);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (IllegalStateException notSent) {
      // The connection is down, so no message arrives.
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean anyOpen() {
    return (unanswered != null && missing > 0) || credits.anyOpen();
  }

  /**
   * Accepts messages until the server has filled or ended all requests, or they are too old to be
   * served without a subscription. Ignores interrupts.
   */
  private void awaitEnds(PullBatch batch) {
    boolean interrupted = Thread.interrupted();
    int epoch = monitor.epoch();
    long untilNanos = System.nanoTime() + OUTLIVES_NANOS;
    long leftNanos = OUTLIVES_NANOS;
    while (anyOpen() && leftNanos > 0 && context.serverAnswers() && monitor.epoch() == epoch) {
      try {
        Message message = inbox.poll(Math.min(leftNanos, STEP_NANOS));
        if (message != null) {
          acceptAny(message, batch);
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
      leftNanos = untilNanos - System.nanoTime();
    }
    unanswered = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Withdraws every open request; tasks that arrived before are in the batch or the buffer. */
  void takeBack(PullBatch batch) {
    inbox.drop(message -> acceptAny(message, batch));
    credits.reset(0);
  }

  /** Checks that there is a consumer and that this client may use it; leases no task. */
  void probe(long untilNanos) {
    context.refusals.forget(context.address.nextSubject);
    try {
      String reply = inbox.probe(context.address.nextSubject);
      while (true) {
        long leftNanos = untilNanos - System.nanoTime();
        Message message = leftNanos <= 0 ? null : inbox.poll(Math.min(leftNanos, STEP_NANOS));
        if (message != null && reply.equals(message.getSubject())) {
          if (message.isStatusMessage()
              && message.getStatus().getCode() == Status.NO_RESPONDERS_CODE) {
            throw status.gone();
          }
          return;
        }
        requireUsable();
        if (leftNanos <= 0) {
          throw context.unavailable(
              "no answer: the partition is gone, or the server is not reachable");
        }
      }
    } catch (IllegalStateException notSent) {
      requireOpen.run();
      throw context.unavailable(monitor.whyDown(), notSent);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw context.unavailable("interrupted", e);
    }
  }
}
