package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The rules of settlement that no server enforces: the first settlement wins, a late ack goes out
 * and is reported, a late nak, extension or dead-lettering is refused. An implementation adds what
 * is sent.
 *
 * <p>The server keys every settlement by stream sequence and compares no delivery (nats-server 2.9
 * to 2.15, {@code server/consumer.go}, {@code processAckMsgLocked}), so a stale nak would requeue,
 * and a stale extension would prolong, what another worker holds. That is why the client's own
 * deadline decides here.
 *
 * <p>A {@code send} method either returns normally once the queue confirmed, or throws: {@link
 * OutcomeUnknownException} when the request may have taken effect, any other {@link
 * TaskQueueException} when it did not.
 */
public abstract class AbstractDelivery implements Delivery {

  private static final AtomicIntegerFieldUpdater<AbstractDelivery> STATE =
      AtomicIntegerFieldUpdater.newUpdater(AbstractDelivery.class, "state");

  private static final int OPEN = 0;

  /** A settlement is on its way. */
  private static final int SETTLING = 1;

  private static final int SETTLED = 2;

  /**
   * An ack or a nak may have been applied. After the one the work is done; after the other somebody
   * else may hold the task by now, whom nothing but an ack may reach.
   */
  private static final int UNKNOWN = 3;

  private volatile int state = OPEN;

  /** Made for those who are kept or watched; most are not. */
  private volatile @Nullable Hold hold;

  /** For implementations. */
  protected AbstractDelivery() {}

  /** The implementation's own delivery behind one that is observed. */
  public static Delivery unwrapped(Delivery delivery) {
    return delivery instanceof ObservedDelivery observed ? observed.inner() : delivery;
  }

  /** Sends an ack and waits for the confirmation. */
  protected abstract void sendAck();

  /**
   * Starts an ack without waiting for its confirmation. The future completes with the given
   * settlement, or with what {@link #sendAck} throws, after {@link #ackEnded} was called; it is
   * handed out as it is, so that an ack costs one object. Throws what happens before anything can
   * be under way.
   *
   * <p>By itself this waits: right where {@link #sendAck} does not.
   */
  protected CompletableFuture<Settlement> startAck(Settlement settlement) {
    sendAck();
    ackEnded(null);
    return CompletableFuture.completedFuture(settlement);
  }

  /**
   * An ack that was started has ended.
   *
   * @param error null once the queue has confirmed it
   */
  protected final void ackEnded(@Nullable Throwable error) {
    if (error == null) {
      settled();
    } else {
      failed(stateAfter(error));
    }
  }

  /** Sends a nak, delayed unless zero, and waits for the confirmation. */
  protected abstract void sendNak(Duration delay);

  /**
   * Asks for a new lease, waits for the confirmation, and restarts {@link #leaseRemaining} as of
   * the request.
   */
  protected abstract void sendExtend();

  /** Keeps and watches the leases of the queue that this was pulled from. */
  protected abstract LeaseKeeper keeper();

  /** When the lease ends, on the clock of {@link #keeper}. */
  protected abstract long leaseEndNanos();

  /**
   * Asks for a new lease as {@link #sendExtend} does, without waiting; the stage completes on the
   * confirmation, and the lease is the longer one from then on. Called by the {@link LeaseKeeper}
   * while the lease runs and nothing was settled.
   *
   * @param now the moment of the request
   */
  protected abstract CompletableFuture<Void> sendBeat(long now);

  /** Stores the dead letter, then removes the task; waits for both confirmations. */
  protected abstract void sendDeadLetter(String reason);

  @Override
  public final Settlement ack() {
    if (!claimForAck()) {
      return Settlement.ALREADY_SETTLED;
    }
    Settlement settlement = ackKind();
    try {
      sendAck();
    } catch (RuntimeException | Error e) {
      failed(stateAfter(e));
      throw e;
    }
    settled();
    return settlement;
  }

  @Override
  public final CompletableFuture<Settlement> ackAsync() {
    if (!claimForAck()) {
      return CompletableFuture.completedFuture(Settlement.ALREADY_SETTLED);
    }
    Settlement settlement = ackKind();
    try {
      return startAck(settlement);
    } catch (RuntimeException | Error e) {
      failed(stateAfter(e));
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public final Settlement nak() {
    return nak(Duration.ZERO);
  }

  @Override
  public final Settlement nak(Duration delay) {
    Limits.checkDelay(delay);
    return settle("nak", () -> sendNak(delay), UNKNOWN);
  }

  @Override
  public final CompletableFuture<Settlement> nakAsync(Duration delay) {
    return CompletableFuture.completedFuture(nak(delay));
  }

  @Override
  public final Settlement release() {
    return nak();
  }

  @Override
  public final CompletableFuture<Settlement> releaseAsync() {
    return CompletableFuture.completedFuture(release());
  }

  @Override
  public final CompletableFuture<Settlement> deadLetterAsync(String reason) {
    return CompletableFuture.completedFuture(deadLetter(reason));
  }

  @Override
  public final CompletableFuture<Boolean> extendAsync() {
    return CompletableFuture.completedFuture(extend());
  }

  @Override
  public final Settlement deadLetter(String reason) {
    Limits.checkReason(reason);
    // Asked for again it is stored once, and nobody else gets the task meanwhile.
    return settle("deadLetter", () -> sendDeadLetter(reason), OPEN);
  }

  @Override
  public final boolean extend() {
    if (state != OPEN) {
      return false;
    }
    requireLease("extend");
    sendExtend();
    Hold kept = hold;
    if (kept != null) {
      keeper().changed(kept, this);
    }
    return true;
  }

  @Override
  public final CompletionStage<Void> leaseLost() {
    return keeper().watch(this);
  }

  @Override
  public final void close() {
    if (state != OPEN || leaseExpired()) {
      return;
    }
    try {
      nak();
    } catch (TaskQueueException ignored) {
      // The lease runs out instead: nothing is lost, only later. So it must not be kept.
      keepNoLonger(this);
    }
  }

  /**
   * Whether no settlement of this delivery has succeeded, or is on its way, or may have succeeded.
   */
  protected final boolean isOpen() {
    return state == OPEN;
  }

  /** The lease is neither kept nor watched any longer: whoever gave the task back calls this. */
  protected final void forget() {
    Hold kept = hold;
    if (kept != null) {
      keeper().release(kept);
    }
  }

  /** Nobody will settle it any more: its lease is to run out, and whoever watches it is told. */
  static void keepNoLonger(Delivery delivery) {
    if (delivery instanceof KeptDelivery clients) {
      clients.keepNoLonger();
    } else if (unwrapped(delivery) instanceof AbstractDelivery own) {
      Hold kept = own.hold;
      if (kept != null && !kept.over) {
        own.keeper().keepNoLonger(kept);
      }
    }
  }

  final synchronized Hold hold() {
    Hold made = hold;
    if (made == null) {
      made = new Hold(this);
      hold = made;
    }
    return made;
  }

  /**
   * @param ifUnknown the state after {@link OutcomeUnknownException}
   */
  private Settlement settle(String what, Runnable send, int ifUnknown) {
    if (state != OPEN) {
      return Settlement.ALREADY_SETTLED;
    }
    requireLease(what);
    if (!STATE.compareAndSet(this, OPEN, SETTLING)) {
      return Settlement.ALREADY_SETTLED;
    }
    try {
      send.run();
    } catch (RuntimeException | Error e) {
      failed(e instanceof OutcomeUnknownException ? ifUnknown : OPEN);
      throw e;
    }
    settled();
    return Settlement.SETTLED;
  }

  private void settled() {
    state = SETTLED;
    forget();
  }

  private void failed(int then) {
    state = then;
    Hold kept = hold;
    if (then == OPEN && kept != null) {
      keeper().changed(kept, this);
    }
  }

  private void requireLease(String what) {
    if (leaseExpired()) {
      throw new LeaseExpiredException(
          what
              + " of task "
              + taskId()
              + " (attempt "
              + attempt()
              + ") refused: its lease ran out, another worker may hold it",
          null);
    }
  }

  private boolean claimForAck() {
    return STATE.compareAndSet(this, OPEN, SETTLING)
        || STATE.compareAndSet(this, UNKNOWN, SETTLING);
  }

  private Settlement ackKind() {
    return leaseExpired() ? Settlement.SETTLED_LATE : Settlement.SETTLED;
  }

  private static int stateAfter(Throwable error) {
    return error instanceof OutcomeUnknownException ? UNKNOWN : OPEN;
  }

  /** Names the task, the attempt and the partition; a payload may be confidential. */
  @Override
  public final String toString() {
    return "Delivery[" + taskId() + " in " + partition() + ", attempt " + attempt() + "]";
  }
}
