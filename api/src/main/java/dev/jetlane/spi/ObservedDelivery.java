package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A delivery whose end is observed. */
final class ObservedDelivery implements Delivery {

  private final Delivery delivery;
  private final Observation observation;
  private final LongSupplier nanoTime;
  private final long pulledNanos;

  /** Settled, or acked with an unknown outcome: that the lease is over means nothing then. */
  private volatile boolean done;

  private boolean lost;

  /** {@link #leaseLost}, once the listeners know; null if nobody asked. */
  private @Nullable CompletionStage<Void> toldOfLoss;

  ObservedDelivery(
      Delivery delivery, Observation observation, LongSupplier nanoTime, long pulledNanos) {
    this.delivery = delivery;
    this.observation = observation;
    this.nanoTime = nanoTime;
    this.pulledNanos = pulledNanos;
  }

  Delivery inner() {
    return delivery;
  }

  @Override
  public String taskId() {
    return delivery.taskId();
  }

  @Override
  public byte[] payload() {
    return delivery.payload();
  }

  @Override
  public Map<String, String> headers() {
    return delivery.headers();
  }

  @Override
  public String partition() {
    return delivery.partition();
  }

  @Override
  public int attempt() {
    return delivery.attempt();
  }

  @Override
  public Duration leaseRemaining() {
    return delivery.leaseRemaining();
  }

  @Override
  public boolean leaseExpired() {
    return delivery.leaseExpired();
  }

  @Override
  public CompletionStage<Void> leaseLost() {
    synchronized (this) {
      if (toldOfLoss != null) {
        return toldOfLoss;
      }
    }
    // Without the lock: where the lease is lost already, the listeners are told right here.
    CompletionStage<Void> stage = delivery.leaseLost().thenRun(this::leaseIsLost);
    synchronized (this) {
      toldOfLoss = toldOfLoss == null ? stage : toldOfLoss;
      return toldOfLoss;
    }
  }

  @Override
  public CompletableFuture<Settlement> nakAsync(Duration delay) {
    return CompletableFuture.completedFuture(nak(delay));
  }

  @Override
  public Settlement release() {
    return nak();
  }

  @Override
  public CompletableFuture<Settlement> releaseAsync() {
    return CompletableFuture.completedFuture(release());
  }

  @Override
  public CompletableFuture<Settlement> deadLetterAsync(String reason) {
    return CompletableFuture.completedFuture(deadLetter(reason));
  }

  @Override
  public CompletableFuture<Boolean> extendAsync() {
    return CompletableFuture.completedFuture(extend());
  }

  @Override
  public Settlement ack() {
    long held = heldNanos();
    Settlement settlement;
    try {
      settlement = delivery.ack();
    } catch (TaskQueueException e) {
      ackFailed(e);
      throw e;
    }
    acked(settlement, held);
    return settlement;
  }

  @Override
  public CompletableFuture<Settlement> ackAsync() {
    long held = heldNanos();
    CompletableFuture<Settlement> ack = delivery.ackAsync();
    if (ack.isDone() && !ack.isCompletedExceptionally()) {
      acked(ack.join(), held);
      return ack;
    }
    Told told = new Told(this, held);
    var unused = ack.whenComplete(told);
    return told;
  }

  /** An ack that is complete once the listeners know; one object, because there are many. */
  private static final class Told extends CompletableFuture<Settlement>
      implements BiConsumer<@Nullable Settlement, @Nullable Throwable> {

    private final ObservedDelivery delivery;
    private final long heldNanos;

    Told(ObservedDelivery delivery, long heldNanos) {
      this.delivery = delivery;
      this.heldNanos = heldNanos;
    }

    @Override
    public void accept(@Nullable Settlement settlement, @Nullable Throwable error) {
      if (settlement != null) {
        delivery.acked(settlement, heldNanos);
        complete(settlement);
      } else if (error != null) {
        if (ObservedPartition.cause(error) instanceof TaskQueueException e) {
          delivery.ackFailed(e);
        }
        completeExceptionally(error);
      }
    }
  }

  @Override
  public Settlement nak() {
    return nak(Duration.ZERO);
  }

  @Override
  public Settlement nak(Duration delay) {
    long held = heldNanos();
    Settlement settlement = told(() -> delivery.nak(delay));
    if (settlement == Settlement.SETTLED) {
      done = true;
      observation.naked(this, delay, held);
    }
    return settlement;
  }

  @Override
  public boolean extend() {
    boolean extended = told(delivery::extend);
    if (extended) {
      observation.extended(this);
    }
    return extended;
  }

  @Override
  public Settlement deadLetter(String reason) {
    long held = heldNanos();
    Settlement settlement = told(() -> delivery.deadLetter(reason));
    if (settlement == Settlement.SETTLED) {
      done = true;
      observation.deadLettered(this, reason, held);
    }
    return settlement;
  }

  @Override
  public void close() {
    if (delivery.leaseExpired()) {
      if (!done && !isBeingSettled()) {
        leaseIsLost();
      }
      return;
    }
    try {
      nak();
    } catch (TaskQueueException ignored) {
      // Told already. The lease runs out instead.
      AbstractDelivery.keepNoLonger(delivery);
    }
  }

  @Override
  public String toString() {
    return delivery.toString();
  }

  /** In time, as far as anybody knows: {@code ackAsync} may wait for its confirmation. */
  private boolean isBeingSettled() {
    return delivery instanceof AbstractDelivery own && !own.isOpen();
  }

  private void acked(Settlement settlement, long heldNanos) {
    if (settlement == Settlement.ALREADY_SETTLED) {
      return;
    }
    done = true;
    boolean late = settlement == Settlement.SETTLED_LATE;
    if (late) {
      leaseIsLost();
    }
    observation.acked(this, late, heldNanos);
  }

  private void ackFailed(TaskQueueException error) {
    if (error instanceof OutcomeUnknownException) {
      done = true;
    }
    failed(error);
  }

  private <T> T told(Supplier<T> settle) {
    try {
      return settle.get();
    } catch (LeaseExpiredException e) {
      leaseIsLost();
      throw e;
    } catch (TaskQueueException e) {
      failed(e);
      throw e;
    }
  }

  private void failed(TaskQueueException error) {
    if (!(error instanceof QueueClosedException)) {
      observation.settleFailed(this, error);
    }
  }

  private void leaseIsLost() {
    synchronized (this) {
      if (lost) {
        return;
      }
      lost = true;
    }
    observation.leaseLost(this);
  }

  private long heldNanos() {
    return nanoTime.getAsLong() - pulledNanos;
  }
}
