package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/** Waits until the server has got what was sent, and until everything has come that it sent. */
final class Flushing {

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
  private static final Duration STANDS_STILL_FOR = Duration.ofSeconds(5);

  /** One per connection, which several queues may share. */
  private static final Map<Connection, ReentrantLock> LOCKS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final ConnectionMonitor link;
  private volatile long stoodStillAtNanos;
  private volatile boolean stoodStillOnce;

  Flushing(ConnectionMonitor link) {
    this.link = link;
  }

  /**
   * Ends the interest of a subscription and waits until everything has come that was sent to it.
   * Without an answer within a second, or with the connection down, just ends it.
   *
   * <p>An interrupt does not end this: a subscription that is half drained gives nothing back, and
   * what came for it would be held back until its leases run out. So another thread does it.
   */
  void drain(Subscription subscription) {
    link.sender().flush();
    if (link.isConnected() && !stoodStill()) {
      try {
        CompletableFuture.runAsync(
                () -> drainAlone(subscription), link.connection().getOptions().getExecutor())
            .join();
        return;
      } catch (CompletionException | RejectedExecutionException closed) {
        // The connection ends, and its threads with it.
      }
    }
    subscription.unsubscribe();
  }

  private void drainAlone(Subscription subscription) {
    try {
      alone(
          () -> {
            var unused = subscription.drain(ANSWER_WITHIN);
          });
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
    }
  }

  /** As {@link #drain(Subscription)}, for a dispatcher, which then has handled what came. */
  void drain(Dispatcher dispatcher) throws InterruptedException {
    link.sender().flush();
    if (link.isConnected() && !stoodStill()) {
      alone(
          () -> {
            try {
              dispatcher.drain(ANSWER_WITHIN).get();
            } catch (ExecutionException | IllegalStateException notDrained) {
              // It is gone already.
            }
          });
    } else {
      try {
        link.connection().closeDispatcher(dispatcher);
      } catch (IllegalStateException | IllegalArgumentException alreadyClosed) {
        // As above.
      }
    }
  }

  /** Waits until the server has got everything that was sent, for at most a second. */
  void flush() throws InterruptedException {
    link.sender().flush();
    if (link.isConnected() && !stoodStill()) {
      alone(() -> link.connection().flush(ANSWER_WITHIN));
    }
  }

  private interface Exchange {
    void run() throws InterruptedException, TimeoutException;
  }

  /**
   * jnats counts a flush as a ping, and cuts a healthy connection when more than maxPingsOut are
   * under way: one at a time, for all queues on one connection.
   */
  private void alone(Exchange exchange) throws InterruptedException {
    ReentrantLock flushing = LOCKS.computeIfAbsent(link.connection(), key -> new ReentrantLock());
    flushing.lockInterruptibly();
    long startNanos = System.nanoTime();
    try {
      exchange.run();
    } catch (TimeoutException silence) {
      // As said: the caller goes on without.
    } finally {
      // jnats keeps to itself that a drain was not answered. An interrupt says nothing about the
      // server.
      if (System.nanoTime() - startNanos >= ANSWER_WITHIN.toNanos()) {
        stoodStillAtNanos = System.nanoTime();
        stoodStillOnce = true;
      }
      flushing.unlock();
    }
  }

  /**
   * So that closing a hundred pullers on a server that stands still takes a second, and not a
   * hundred.
   */
  private boolean stoodStill() {
    return stoodStillOnce && System.nanoTime() - stoodStillAtNanos < STANDS_STILL_FOR.toNanos();
  }

  /** Asks the server for a sign of life, and waits a second for it. */
  boolean answersPing() {
    try {
      link.connection().flush(ANSWER_WITHIN);
      return true;
    } catch (TimeoutException silence) {
      return false;
    } catch (IllegalStateException disconnected) {
      return true; // It is known already.
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
