package dev.jetlane.client;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.PullDriver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The puller that a user holds. */
final class ClientPuller implements Puller {

  private static final long UNBOUNDED = Long.MAX_VALUE;

  private final DeliveryContext context;
  private final PullDriver driver;
  private final LeaseKeeping keeping;
  private final Consumer<ClientPuller> onClose;
  private volatile boolean closed;

  /**
   * @param onClose hears of the end of this puller
   */
  ClientPuller(
      DeliveryContext context,
      PullDriver driver,
      LeaseKeeping keeping,
      Consumer<ClientPuller> onClose) {
    this.context = context;
    this.driver = driver;
    this.keeping = keeping;
    this.onClose = onClose;
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    Limits.checkPullSize(max);
    Limits.checkWait(wait);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    requireOpen();
    List<Delivery> pulled;
    try {
      pulled = driver.pull(max, UNBOUNDED, untilNanos(wait));
    } catch (TaskQueueException e) {
      context.listeners.pullFailed(context.partition, e);
      throw e;
    }
    if (context.listeners.areAny()) {
      handedOut(pulled);
    }
    return pulled;
  }

  /** As {@link #pull}, without waiting; cancelling it ends the wait of the queue. */
  CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
    Limits.checkPullSize(max);
    Limits.checkWait(wait);
    requireOpen();
    return driver.pullAsync(max, UNBOUNDED, untilNanos(wait), this::pulled);
  }

  private long untilNanos(Duration wait) {
    return context.clock.nanoTime() + wait.toNanos();
  }

  private void pulled(@Nullable List<Delivery> deliveries, @Nullable Throwable error) {
    if (deliveries != null && context.listeners.areAny()) {
      handedOut(deliveries);
    } else if (error instanceof TaskQueueException known) {
      context.listeners.pullFailed(context.partition, known);
    }
  }

  private void handedOut(List<Delivery> pulled) {
    context.listeners.pulled(context.partition, pulled.size());
    long now = context.clock.nanoTime();
    for (Delivery delivery : pulled) {
      ((ClientDelivery) delivery).handedOut(now);
      if (delivery.attempt() > 1) {
        context.listeners.redelivered(delivery);
      }
    }
  }

  private void requireOpen() {
    context.session.requireOpen();
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
  }

  @Override
  public void close() {
    close(context.session.deadlineNanos());
  }

  void close(long deadlineNanos) {
    closed = true;
    keeping.close();
    driver.close(deadlineNanos);
    onClose.accept(this);
  }

  @Override
  public String toString() {
    return "Puller[" + context.partition + "]";
  }
}
