package dev.jetlane.spi;

import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Records what would be sent, and fails as told. */
class ScriptedDelivery extends AbstractDelivery {

  final List<String> sent = new ArrayList<>();
  Duration remaining = Duration.ofSeconds(1);
  CompletableFuture<Void> confirmation = CompletableFuture.completedFuture(null);
  CompletableFuture<Void> beatConfirmation = CompletableFuture.completedFuture(null);
  @Nullable TaskQueueException failure;
  final LeaseKeeper keeper;
  final ManualTimer timer;
  long leaseNanos;
  long leaseEndNanos;

  ScriptedDelivery() {
    this(new ManualTimer(), Duration.ofSeconds(1));
  }

  /** With a lease that ends by the timer. */
  ScriptedDelivery(ManualTimer timer, Duration lease) {
    this.timer = timer;
    keeper = timer.keeper;
    remaining = lease;
    leaseNanos = lease.toNanos();
    leaseEndNanos = timer.nowNanos() + leaseNanos;
  }

  private void send(String what) {
    sent.add(what);
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  protected void sendAck() {
    send("ack");
  }

  @Override
  protected CompletableFuture<Settlement> startAck(Settlement settlement) {
    send("ack");
    return confirmation.handle(
        (nothing, error) -> {
          ackEnded(error);
          if (error != null) {
            throw new CompletionException(error);
          }
          return settlement;
        });
  }

  @Override
  protected void sendNak(Duration delay) {
    send("nak " + delay);
  }

  @Override
  protected void sendExtend() {
    send("extend");
    leaseEndNanos = timer.nowNanos() + leaseNanos;
  }

  @Override
  protected LeaseKeeper keeper() {
    return keeper;
  }

  @Override
  protected long leaseEndNanos() {
    return leaseEndNanos;
  }

  @Override
  protected CompletableFuture<Void> sendBeat(long now) {
    sent.add("beat " + Duration.ofNanos(now - timer.startNanos()));
    if (failure != null) {
      throw failure;
    }
    return beatConfirmation.thenRun(() -> leaseEndNanos = now + leaseNanos);
  }

  @Override
  protected void sendDeadLetter(String reason) {
    send("deadLetter " + reason);
  }

  @Override
  public String taskId() {
    return "task-7";
  }

  @Override
  public byte[] payload() {
    return new byte[0];
  }

  @Override
  public Map<String, String> headers() {
    return Map.of();
  }

  @Override
  public String partition() {
    return "p";
  }

  @Override
  public int attempt() {
    return 3;
  }

  @Override
  public Duration leaseRemaining() {
    long left = Math.min(remaining.toNanos(), leaseEndNanos - timer.nowNanos());
    return Duration.ofNanos(Math.max(0, left));
  }
}
