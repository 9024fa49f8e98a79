package dev.jetlane.client;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.Urgency;
import dev.jetlane.spi.KeptDelivery;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The delivery that a user holds: the rules of settlement that no server enforces. The first
 * settlement wins, a late ack is sent and reported, a late nak, extension or dead-lettering is
 * refused.
 *
 * <p>The server keys every settlement by stream sequence and compares no delivery (nats-server 2.9
 * to 2.15, {@code server/consumer.go}, {@code processAckMsgLocked}), so a stale nak would requeue,
 * and a stale extension would prolong, what another worker holds. That is why the client's own
 * deadline decides here.
 *
 * <p><b>State.</b> A settlement is claimed by one change of {@link #state} from open to settling;
 * there is no lock. What fails goes back to open, or to unknown if it may have been applied.
 *
 * <p><b>Size.</b> There is one of these for every delivery, so it has few fields (40 bytes), and is
 * itself the {@link Completion} of its ack, which then costs no object but the driver's future.
 */
final class ClientDelivery
    implements LeasedDelivery, KeepableLease, KeptDelivery, Completion<Settlement> {

  private static final AtomicIntegerFieldUpdater<ClientDelivery> STATE =
      AtomicIntegerFieldUpdater.newUpdater(ClientDelivery.class, "state");

  private static final int OPEN = 0;

  /** A settlement is on its way. */
  private static final int SETTLING = 1;

  private static final int SETTLED = 2;

  /**
   * An ack or a nak may have been applied. After an ack the work is done; after a nak another
   * worker may hold the task, so that nothing but an ack may still be sent.
   */
  private static final int UNKNOWN = 3;

  private final DeliveryContext context;
  private final Lease lease;

  /** Null if there are no listeners. */
  private final @Nullable DeliveryEvents events;

  private volatile int state = OPEN;

  /** Null until the lease is kept or watched; most are not. */
  private volatile @Nullable KeptLease kept;

  /** Changed under this object's monitor. */
  private volatile long leaseEndNanos;

  ClientDelivery(DeliveryContext context, Lease lease) {
    this.context = context;
    this.lease = lease;
    leaseEndNanos = lease.endNanos();
    events = context.listeners.areAny() ? new DeliveryEvents(context.listeners, this) : null;
  }

  @Override
  public Lease lease() {
    return lease;
  }

  @Override
  public String taskId() {
    return lease.taskId();
  }

  @Override
  public byte[] payload() {
    return lease.payload();
  }

  @Override
  public Map<String, String> headers() {
    return lease.headers();
  }

  @Override
  public String partition() {
    return context.partition;
  }

  @Override
  public int attempt() {
    return lease.attempt();
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
  public CompletionStage<Void> leaseLost() {
    CompletionStage<Void> lost = context.keeper.watch(this);
    return events == null ? lost : events.afterLoss(lost);
  }

  @Override
  public Settlement ack() {
    if (!claimForAck()) {
      return Settlement.ALREADY_SETTLED;
    }
    return settle(ackNow(), UNKNOWN);
  }

  @Override
  public CompletableFuture<Settlement> ackAsync() {
    if (!claimForAck()) {
      return CompletableFuture.completedFuture(Settlement.ALREADY_SETTLED);
    }
    LeaseAction ack = ackNow();
    Completion<Settlement> completion = events == null ? this : telling(events, ack);
    try {
      context.session.requireOpen();
      return lease.start(ack, completion, Urgency.PIPELINED, context.session.deadlineNanos());
    } catch (RuntimeException | Error e) {
      completion.completing(null, e);
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public Settlement nak() {
    return nak(Duration.ZERO);
  }

  @Override
  public Settlement nak(Duration delay) {
    Limits.checkDelay(delay);
    return claim("nak")
        ? settle(new LeaseAction.Nak(delay, leaseEndNanos), UNKNOWN)
        : Settlement.ALREADY_SETTLED;
  }

  @Override
  public Settlement deadLetter(String reason) {
    Limits.checkReason(reason);
    // Asked for again it is stored once, and nobody else gets the task meanwhile.
    return claim("deadLetter")
        ? settle(new LeaseAction.MoveToDeadLetters(reason, leaseEndNanos), OPEN)
        : Settlement.ALREADY_SETTLED;
  }

  @Override
  public boolean extend() {
    if (state != OPEN) {
      return false;
    }
    requireLease("extend");
    try {
      long now = context.clock.nanoTime();
      context.session.requireOpen();
      long deadlineNanos = context.session.deadlineNanos();
      LeaseAction extend = new LeaseAction.Extend(leaseEndNanos);
      var unused =
          context.session.await(
              lease.start(extend, Completion.none(), Urgency.AWAITED, deadlineNanos),
              deadlineNanos);
      extended(now);
    } catch (TaskQueueException e) {
      told(e);
      throw e;
    }
    changed();
    if (events != null) {
      events.extended();
    }
    return true;
  }

  @Override
  public void close() {
    if (state != OPEN) {
      return;
    }
    if (leaseExpired()) {
      if (events != null) {
        events.leaseLost();
      }
      return;
    }
    try {
      nak();
    } catch (TaskQueueException e) {
      // The listeners know. The lease runs out instead: nothing is lost, only later.
      keepNoLonger();
    }
  }

  /** A pull has handed this out. */
  void handedOut(long now) {
    if (events != null) {
      events.handedOut(now);
    }
  }

  @Override
  public void dropped() {
    release();
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
            new LeaseAction.Extend(leaseEndNanos),
            Completion.none(),
            Urgency.PIPELINED,
            now + context.session.timeoutNanos())
        .thenAccept(confirmed -> extended(now));
  }

  /** The end of an ack that nobody waits for and no listener hears of. */
  @Override
  public void completing(@Nullable Settlement settlement, @Nullable Throwable error) {
    if (error == null) {
      settled();
    } else {
      failed(stateAfter(error, UNKNOWN));
    }
  }

  private Completion<Settlement> telling(DeliveryEvents told, LeaseAction action) {
    long calledNanos = context.clock.nanoTime();
    return (settlement, error) -> {
      completing(settlement, error);
      if (error == null) {
        told.settled(action, calledNanos);
      } else {
        told.failed(error);
      }
    };
  }

  /**
   * Sends what was claimed, and waits for the confirmation.
   *
   * @param ifUnknown the state after {@link OutcomeUnknownException}
   */
  private Settlement settle(LeaseAction action, int ifUnknown) {
    long calledNanos = events == null ? 0 : context.clock.nanoTime();
    try {
      context.session.requireOpen();
      long deadlineNanos = context.session.deadlineNanos();
      var unused =
          context.session.await(
              lease.start(action, Completion.none(), Urgency.AWAITED, deadlineNanos),
              deadlineNanos);
    } catch (RuntimeException | Error e) {
      failed(stateAfter(e, ifUnknown));
      told(e);
      throw e;
    }
    settled();
    if (events != null) {
      events.settled(action, calledNanos);
    }
    return action.result();
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
        || STATE.compareAndSet(this, UNKNOWN, SETTLING);
  }

  private LeaseAction ackNow() {
    return leaseExpired() ? LeaseAction.Ack.LATE : LeaseAction.Ack.IN_TIME;
  }

  private void requireLease(String what) {
    if (!leaseExpired()) {
      return;
    }
    LeaseExpiredException error =
        new LeaseExpiredException(
            what
                + " of task "
                + taskId()
                + " (attempt "
                + attempt()
                + ") refused: its lease ran out, another worker may hold it",
            null);
    told(error);
    throw error;
  }

  private synchronized void extended(long requestedNanos) {
    if (leaseExpired()) {
      // An expired lease stays expired: whoever looked at it meanwhile has stopped working.
      throw new OutcomeUnknownException(
          "extend of task " + taskId() + ": the confirmation came after the lease ran out", null);
    }
    long endNanos = requestedNanos + context.leaseNanos;
    if (endNanos - leaseEndNanos > 0) { // Answers may come in another order.
      leaseEndNanos = endNanos;
    }
  }

  private void settled() {
    state = SETTLED;
    release();
  }

  private void failed(int then) {
    state = then;
    if (then == OPEN) {
      changed();
    }
  }

  private static int stateAfter(Throwable error, int ifUnknown) {
    return error instanceof OutcomeUnknownException ? ifUnknown : OPEN;
  }

  private void told(Throwable error) {
    if (events != null) {
      events.failed(error);
    }
  }

  private void changed() {
    KeptLease known = kept;
    if (known != null) {
      context.keeper.changed(known, this);
    }
  }

  private void release() {
    KeptLease known = kept;
    if (known != null) {
      context.keeper.release(known);
    }
  }

  /** Names the task, the attempt and the partition; a payload may be confidential. */
  @Override
  public String toString() {
    return "Delivery[" + taskId() + " in " + partition() + ", attempt " + attempt() + "]";
  }
}
