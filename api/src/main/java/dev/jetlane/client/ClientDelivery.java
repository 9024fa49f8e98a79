// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.DeadLetter;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.client.worker.HeldDelivery;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The delivery that a user holds: the rules of settlement that no server enforces. The first
 * settlement wins. A late ack is sent and reported as late. A late nak, extension or dead-lettering
 * is refused.
 *
 * <p>The server identifies the task of a settlement by its stream sequence and does not check the
 * delivery (nats-server 2.9 to 2.15, {@code server/consumer.go}, {@code processAckMsgLocked}). A
 * stale nak would therefore requeue a task that another worker holds, and a stale extension would
 * prolong that worker's lease. That is why the client's own deadline decides here.
 *
 * <p><b>State.</b> A settlement claims the delivery by changing {@link #state} atomically from open
 * to settling, without a lock. A failed settlement goes back to open, or to unknown if it may have
 * been applied.
 *
 * <p><b>Size.</b> Every delivery has one of these objects, so it has few fields (40 bytes). It is
 * also the {@link Completion} of its own ack, so that an ack creates only the driver's future.
 */
final class ClientDelivery extends LeasedTask
    implements KeepableLease, HeldDelivery, Completion<Settlement> {

  private static final AtomicIntegerFieldUpdater<ClientDelivery> STATE =
      AtomicIntegerFieldUpdater.newUpdater(ClientDelivery.class, "state");

  private static final int OPEN = 0;

  /** A settlement is in flight. */
  private static final int SETTLING = 1;

  private static final int SETTLED = 2;

  /** An ack or a nak may have been applied, so only an ack may still be sent. */
  private static final int UNKNOWN = 3;

  /** After an unknown outcome an ack is in flight. */
  private static final int SETTLING_UNKNOWN = 4;

  /** The delay before a delivery that was closed unsettled is redelivered. */
  private static final RetryPolicy AFTER_CLOSE = RetryPolicy.standard();

  /** Null if there are no listeners. */
  private final @Nullable DeliveryEvents events;

  private volatile int state; // OPEN. An initializer would be a volatile write per delivery.

  /** Null until the lease is kept or watched, which most leases never are. */
  private volatile @Nullable KeptLease kept;

  /** Changed under this object's monitor. */
  private volatile long leaseEndNanos;

  ClientDelivery(DeliveryContext context, Lease lease) {
    super(context, lease);
    leaseEndNanos = lease.endNanos();
    events = context.listeners.areAny() ? new DeliveryEvents(context.listeners, this) : null;
  }

  @Override
  public Duration leaseRemaining() {
    return Duration.ofNanos(Math.max(0, leaseEndNanos - context.clock.nanoTime()));
  }

  @Override
  public boolean leaseExpired() {
    return leaseEndNanos - context.clock.nanoTime() <= 0;
  }

  @Override
  public CompletionStage<Void> whenLeaseLost() {
    CompletionStage<Void> lost = context.keeper.watch(this);
    return events == null ? lost : events.afterLoss(lost);
  }

  @Override
  public Settlement ack() {
    return claimForAck() ? settle(Intent.ack(leaseExpired())) : tooLate();
  }

  @Override
  public CompletableFuture<Settlement> ackAsync() {
    return ackAsync(Urgency.PIPELINED);
  }

  @Override
  public CompletableFuture<Settlement> ackLater() {
    return ackAsync(Urgency.DEFERRED);
  }

  private CompletableFuture<Settlement> ackAsync(Urgency urgency) {
    if (!claimForAck()) {
      return CompletableFuture.completedFuture(tooLate());
    }
    Intent ack = Intent.ack(leaseExpired());
    return start(ack.sent(), events == null ? this : new Settling(ack), urgency);
  }

  @Override
  public Settlement nak() {
    return nak(Duration.ZERO);
  }

  @Override
  public Settlement nak(Duration delay) {
    Limits.checkDelay(delay);
    return claim("nak") ? settle(nakNow(delay)) : tooLate();
  }

  @Override
  public CompletableFuture<Settlement> nakAsync(Duration delay) {
    Limits.checkDelay(delay);
    return settleAsync("nak", nakNow(delay));
  }

  @Override
  public Settlement release() {
    return claim("release") ? settle(releaseNow()) : tooLate();
  }

  @Override
  public CompletableFuture<Settlement> releaseAsync() {
    return settleAsync("release", releaseNow());
  }

  @Override
  public Settlement deadLetter(String reason) {
    Limits.checkReason(reason);
    return claim("deadLetter") ? settle(Intent.move(reason, leaseEndNanos)) : tooLate();
  }

  @Override
  public CompletableFuture<Settlement> deadLetterAsync(String reason) {
    Limits.checkReason(reason);
    return settleAsync("deadLetter", Intent.move(reason, leaseEndNanos));
  }

  /** Makes a dead letter of a task whose deadline passed before the delivery was handed out. */
  void expire() {
    handedOut(context.clock.nanoTime());
    var unused =
        deadLetterAsync(DeadLetter.EXPIRED)
            .whenComplete(
                (settlement, error) -> {
                  if (error != null) {
                    keepNoLonger();
                  }
                });
  }

  @Override
  public boolean extend() {
    if (state != OPEN) {
      return false;
    }
    requireLease("extend");
    long now = context.clock.nanoTime();
    try {
      context.session.requireOpen();
      long deadlineNanos = context.session.deadlineNanos();
      var unused =
          context.session.await(
              lease.start(extendNow(), Completion.none(), Urgency.AWAITED, deadlineNanos),
              deadlineNanos);
      extended(now);
    } catch (RuntimeException | Error e) {
      throw told(Session.known(e));
    }
    extensionConfirmed();
    return true;
  }

  @Override
  public CompletableFuture<Boolean> extendAsync() {
    if (state != OPEN) {
      return CompletableFuture.completedFuture(false);
    }
    try {
      requireLease("extend");
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
    long now = context.clock.nanoTime();
    DriverFuture<Boolean> extension = new DriverFuture<>(new Extending());
    var unused =
        start(extendNow(), Completion.none(), Urgency.PIPELINED)
            .whenComplete(
                (confirmed, error) -> {
                  try {
                    if (error == null) {
                      extended(now);
                      extension.succeed(true);
                    } else {
                      extension.fail(error);
                    }
                  } catch (OutcomeUnknownException e) {
                    extension.fail(e);
                  }
                });
    return extension;
  }

  @Override
  public void close() {
    boolean open = state == OPEN;
    if (open && !leaseExpired()) {
      try {
        nak(pause());
      } catch (TaskQueueException e) {
        // The listeners were called. The lease expires instead, so the redelivery only comes later.
      }
    } else if (open && events != null) {
      events.leaseLost();
    }
    if (state != SETTLED) {
      keepNoLonger(); // Otherwise a settlement that has failed, or fails now, would be kept.
    }
  }

  private Duration pause() {
    return AFTER_CLOSE
        .delay(attempt(), new IllegalStateException("closed unsettled"))
        .orElse(Duration.ZERO);
  }

  /** Records that a pull handed this delivery out. */
  void handedOut(long now) {
    if (events != null) {
      events.handedOut(now);
    }
  }

  @Override
  public void dropped() {
    forget();
  }

  @Override
  public void keepNoLonger() {
    KeptLease known = kept;
    if (known != null) {
      context.keeper.keepNoLonger(known);
    }
  }

  @Override
  public boolean isOpen() {
    return state == OPEN;
  }

  @Override
  public boolean canBeLost() {
    return state == OPEN || state == UNKNOWN;
  }

  @Override
  public long leaseEndNanos() {
    return leaseEndNanos;
  }

  @Override
  public synchronized KeptLease kept() {
    KeptLease known = kept;
    if (known == null) {
      known = new KeptLease(this);
      kept = known;
    }
    return known;
  }

  @Override
  public CompletableFuture<?> extendKept(long now) {
    return lease
        .start(
            extendNow(), Completion.none(), Urgency.PIPELINED, now + context.session.timeoutNanos())
        .thenAccept(confirmed -> extended(now));
  }

  /** Completes an asynchronous ack when there are no listeners. */
  @Override
  public void succeeding(Settlement settlement) {
    settled();
  }

  @Override
  public Throwable failing(Throwable error) {
    return failed(Session.known(error), UNKNOWN);
  }

  /** Completes an asynchronous settlement in all other cases. */
  private final class Settling implements Completion<Settlement> {

    private final Intent intent;
    private final long calledNanos = context.clock.nanoTime();

    Settling(Intent intent) {
      this.intent = intent;
    }

    @Override
    public void succeeding(Settlement settlement) {
      settled(intent, calledNanos);
    }

    @Override
    public Throwable failing(Throwable error) {
      return failed(Session.known(error), ifUnknown(intent));
    }
  }

  /** Completes an asynchronous extension. */
  private final class Extending implements Completion<Boolean> {

    @Override
    public void succeeding(Boolean restarted) {
      extensionConfirmed();
    }

    @Override
    public Throwable failing(Throwable error) {
      return told(Session.known(error));
    }
  }

  private CompletableFuture<Settlement> settleAsync(String what, Intent intent) {
    try {
      return claim(what)
          ? start(intent.sent(), new Settling(intent), Urgency.PIPELINED)
          : CompletableFuture.completedFuture(tooLate());
    } catch (LeaseExpiredException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private DriverFuture<Settlement> start(
      LeaseAction action, Completion<? super Settlement> completion, Urgency urgency) {
    try {
      context.session.requireOpen();
      return lease.start(action, completion, urgency, context.session.deadlineNanos());
    } catch (RuntimeException | Error e) {
      return DriverFuture.failed(completion, Session.known(e));
    }
  }

  private Settlement settle(Intent intent) {
    long calledNanos = events == null ? 0 : context.clock.nanoTime();
    try {
      context.session.requireOpen();
      long deadlineNanos = context.session.deadlineNanos();
      var unused =
          context.session.await(
              lease.start(intent.sent(), Completion.none(), Urgency.AWAITED, deadlineNanos),
              deadlineNanos);
    } catch (RuntimeException | Error e) {
      throw failed(Session.known(e), ifUnknown(intent));
    }
    settled(intent, calledNanos);
    return intent.sent().result();
  }

  private static int ifUnknown(Intent intent) {
    return intent.isSafeToAskAgain() ? OPEN : UNKNOWN;
  }

  private boolean claim(String what) {
    if (state != OPEN) {
      return false;
    }
    requireLease(what);
    return STATE.compareAndSet(this, OPEN, SETTLING);
  }

  private boolean claimForAck() {
    return STATE.compareAndSet(this, OPEN, SETTLING)
        || STATE.compareAndSet(this, UNKNOWN, SETTLING_UNKNOWN);
  }

  /** Returns the result of a call that could not claim the delivery. */
  private Settlement tooLate() {
    return state == UNKNOWN ? Settlement.OUTCOME_UNKNOWN : Settlement.ALREADY_SETTLED;
  }

  private Intent nakNow(Duration delay) {
    return Intent.nak(delay, leaseEndNanos, isLastAttempt());
  }

  private Intent releaseNow() {
    return Intent.release(leaseEndNanos, isLastAttempt());
  }

  private boolean isLastAttempt() {
    return attempt() >= context.maxDeliveries;
  }

  private LeaseAction extendNow() {
    return new LeaseAction.Extend(leaseEndNanos);
  }

  private void requireLease(String what) {
    if (!leaseExpired()) {
      return;
    }
    throw told(
        new LeaseExpiredException(
            what
                + " of task "
                + taskId()
                + " (attempt "
                + attempt()
                + ") refused: the lease expired, so another worker may hold the task",
            null));
  }

  private synchronized void extended(long requestedNanos) {
    if (leaseExpired()) {
      // An expired lease stays expired: a holder that saw it has stopped working.
      throw new OutcomeUnknownException(
          "extend of task " + taskId() + ": the confirmation came after the lease expired", null);
    }
    long endNanos = requestedNanos + context.leaseNanos;
    if (endNanos - leaseEndNanos > 0) { // Answers may arrive out of order.
      leaseEndNanos = endNanos;
    }
  }

  private void settled(Intent intent, long calledNanos) {
    settled();
    if (events != null) {
      events.settled(intent, calledNanos, context.clock.nanoTime());
    }
  }

  private void settled() {
    state = SETTLED;
    forget();
  }

  /** Reopens the delivery unless the outcome is unknown, and returns the error for the user. */
  private TaskQueueException failed(TaskQueueException error, int ifUnknown) {
    int before = state == SETTLING_UNKNOWN ? UNKNOWN : OPEN;
    state = error instanceof OutcomeUnknownException ? ifUnknown : before;
    if (state == OPEN) {
      changed();
    } else {
      keepNoLonger(); // An extension could prolong the lease of another worker.
    }
    return told(error);
  }

  private void extensionConfirmed() {
    changed();
    if (events != null) {
      events.extended();
    }
  }

  private TaskQueueException told(TaskQueueException error) {
    TaskQueueException seen = error.seenBy(context.partition, taskId());
    if (events != null) {
      events.failed(seen);
    }
    return seen;
  }

  private void changed() {
    KeptLease known = kept;
    if (known != null) {
      context.keeper.changed(known, this);
    }
  }

  private void forget() {
    KeptLease known = kept;
    if (known != null) {
      context.keeper.release(known);
    }
  }
}
