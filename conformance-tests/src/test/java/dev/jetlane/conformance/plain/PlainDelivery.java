package dev.jetlane.conformance.plain;

import dev.jetlane.spi.AbstractDelivery;
import dev.jetlane.spi.LeaseKeeper;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

final class PlainDelivery extends AbstractDelivery {

  private final PlainQueue queue;
  private final String partition;
  private final PlainLane lane;
  private final PlainLane.Item item;
  private final byte[] payload;
  private final int attempt;
  private volatile long leaseEndNanos;

  PlainDelivery(PlainQueue queue, String partition, PlainLane lane, PlainLane.Item item) {
    this.queue = queue;
    this.partition = partition;
    this.lane = lane;
    this.item = item;
    payload = item.task.payload();
    attempt = item.attempts;
    restartLease();
  }

  private void restartLease() {
    leaseEndNanos = queue.store.nowNanos() + queue.config.lease().toNanos();
  }

  @Override
  public String taskId() {
    return item.task.id();
  }

  @Override
  public byte[] payload() {
    return payload;
  }

  @Override
  public Map<String, String> headers() {
    return item.task.headers();
  }

  @Override
  public String partition() {
    return partition;
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public Duration leaseRemaining() {
    return Duration.ofNanos(Math.max(0, leaseEndNanos - queue.store.nowNanos()));
  }

  @Override
  public boolean leaseExpired() {
    return lane.clientSeesExpiry() && super.leaseExpired();
  }

  @Override
  protected void sendAck() {
    send(() -> lane.ack(item, attempt));
  }

  @Override
  protected void sendNak(Duration delay) {
    send(() -> lane.nak(item, delay, queue.store.nowNanos()));
  }

  @Override
  protected void sendExtend() {
    send(
        () -> {
          lane.extend(item, queue.store.nowNanos());
          restartLease();
        });
  }

  @Override
  protected LeaseKeeper keeper() {
    return queue.keeper;
  }

  @Override
  protected long leaseEndNanos() {
    return leaseEndNanos;
  }

  @Override
  protected CompletableFuture<Void> sendBeat(long now) {
    sendExtend();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  protected void sendDeadLetter(String reason) {
    send(() -> lane.deadLetter(item, reason));
  }

  private void send(Runnable request) {
    synchronized (queue.store) {
      queue.requireOpen();
      request.run();
      queue.store.notifyAll();
    }
  }
}
