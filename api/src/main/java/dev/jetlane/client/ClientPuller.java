// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueEvent;
import dev.jetlane.TaskQueueException;
import dev.jetlane.client.worker.TaskSource;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.PullDriver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** The puller that a user holds. */
final class ClientPuller implements Puller, TaskSource {

  private final DeliveryContext context;
  private final PullDriver driver;
  private final LeaseKeeping keeping;
  private final long maxBytes;
  private final Consumer<ClientPuller> onClose;
  private final Completion<List<Delivery>> pulled = new Pulled();
  private volatile boolean closed;

  /**
   * @param onClose called when this puller is closed
   */
  ClientPuller(
      DeliveryContext context,
      PullDriver driver,
      LeaseKeeping keeping,
      long maxBytes,
      Consumer<ClientPuller> onClose) {
    this.context = context;
    this.driver = driver;
    this.keeping = keeping;
    this.maxBytes = maxBytes;
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
      long untilNanos = untilNanos(wait);
      boolean gotSome;
      do {
        pulled = driver.pull(max, maxBytes, untilNanos);
        gotSome = !pulled.isEmpty();
      } while (gotSome && withoutExpired(pulled).isEmpty());
    } catch (TaskQueueException e) {
      throw failed(e);
    }
    handedOut(pulled);
    return pulled;
  }

  @Override
  public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
    Limits.checkPullSize(max);
    Limits.checkWait(wait);
    requireOpen();
    long untilNanos = untilNanos(wait);
    return PullInParts.start(
        pulled,
        () -> driver.pullAsync(max, maxBytes, untilNanos, Completion.none()),
        ClientPuller::withoutExpired);
  }

  @Override
  public void completeOn(Executor threads) {
    driver.completeOn(threads);
  }

  /** Called before the first pull of a worker. */
  void ofWorker() {
    driver.ofWorker();
  }

  private long untilNanos(Duration wait) {
    return context.clock.nanoTime() + wait.toNanos();
  }

  /** Completes an asynchronous pull. */
  private final class Pulled implements Completion<List<Delivery>> {

    @Override
    public void succeeding(List<Delivery> pulled) {
      handedOut(pulled);
    }

    @Override
    public Throwable failing(Throwable error) {
      return failed(Session.known(error));
    }
  }

  /**
   * Removes the tasks whose deadline has passed, and makes dead letters of them, without waiting.
   * If that fails for a task, the task is leased again later and is not handed out then either.
   *
   * @return the same list
   */
  private static List<Delivery> withoutExpired(List<Delivery> pulled) {
    pulled.removeIf(
        held -> {
          ClientDelivery delivery = (ClientDelivery) held;
          boolean expired = delivery.hasExpired();
          if (expired) {
            delivery.expire();
          }
          return expired;
        });
    return pulled;
  }

  private TaskQueueException failed(TaskQueueException error) {
    TaskQueueException seen = error.seenBy(context.partition, null);
    context.listeners.pullFailed(new QueueEvent.PullFailed(context.partition, seen));
    return seen;
  }

  private void handedOut(List<Delivery> pulled) {
    if (!context.listeners.areAny()) {
      return;
    }
    context.listeners.pulled(new QueueEvent.Pulled(context.partition, pulled));
    long now = context.clock.nanoTime();
    for (Delivery delivery : pulled) {
      ((ClientDelivery) delivery).handedOut(now);
      if (delivery.attempt() > 1) {
        context.listeners.redelivered(new QueueEvent.Redelivered(delivery));
      }
    }
  }

  private void requireOpen() {
    context.session.requireOpen(context.partition, null);
    if (closed) {
      throw new QueueClosedException("the puller is closed", null).seenBy(context.partition, null);
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
