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

/**
 * Flushes and drains of a connection, one at a time: jnats counts each as a ping, and cuts a
 * healthy connection when more than maxPingsOut are under way, for all queues on it together.
 *
 * <p>Every method waits for the server for at most a second, and not at all for five seconds after
 * one did not answer: closing a hundred pullers on a server that stands still takes a second, not a
 * hundred.
 */
public final class FlushLock {

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
  private static final Duration STANDS_STILL_FOR = Duration.ofSeconds(5);

  /** One per connection, which several queues may share. */
  private static final Map<Connection, ReentrantLock> LOCKS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final ConnectionMonitor monitor;
  private final Sender sender;
  private final ReentrantLock lock;
  private volatile long stoodStillAtNanos;
  private volatile boolean stoodStillOnce;

  FlushLock(ConnectionMonitor monitor, Sender sender) {
    this.monitor = monitor;
    this.sender = sender;
    lock = LOCKS.computeIfAbsent(monitor.connection(), key -> new ReentrantLock());
  }

  /** Waits until the server has received everything that was sent. */
  public void flush() throws InterruptedException {
    sender.flush();
    if (answers()) {
      alone(() -> monitor.connection().flush(ANSWER_WITHIN));
    }
  }

  /**
   * Ends the interest of a subscription and waits until everything has arrived that was sent to it.
   *
   * <p>An interrupt does not end this: a subscription that is half drained gives nothing back, and
   * what came for it would be held back until its leases run out. So another thread does it.
   */
  public void drain(Subscription subscription) {
    sender.flush();
    if (answers()) {
      try {
        CompletableFuture.runAsync(
                () -> drainAlone(subscription), monitor.connection().getOptions().getExecutor())
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
  public void drain(Dispatcher dispatcher) throws InterruptedException {
    sender.flush();
    if (answers()) {
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
        monitor.connection().closeDispatcher(dispatcher);
      } catch (IllegalStateException | IllegalArgumentException alreadyClosed) {
        // As above.
      }
    }
  }

  /** Asks the server for a sign of life, and waits a second for it. */
  public boolean answersPing() {
    try {
      monitor.connection().flush(ANSWER_WITHIN);
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

  private boolean answers() {
    boolean stoodStill =
        stoodStillOnce && System.nanoTime() - stoodStillAtNanos < STANDS_STILL_FOR.toNanos();
    return monitor.isConnected() && !stoodStill;
  }

  private interface Exchange {
    void run() throws InterruptedException, TimeoutException;
  }

  private void alone(Exchange exchange) throws InterruptedException {
    lock.lockInterruptibly();
    long startNanos = System.nanoTime();
    try {
      exchange.run();
    } catch (TimeoutException silence) {
      // The caller goes on without.
    } finally {
      // jnats keeps to itself that a drain was not answered. An interrupt says nothing about the
      // server.
      if (System.nanoTime() - startNanos >= ANSWER_WITHIN.toNanos()) {
        stoodStillAtNanos = System.nanoTime();
        stoodStillOnce = true;
      }
      lock.unlock();
    }
  }
}
