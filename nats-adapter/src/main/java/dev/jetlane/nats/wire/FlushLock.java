// SPDX-License-Identifier: Apache-2.0
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
import java.util.function.LongSupplier;

/**
 * Runs flushes and drains of a connection one at a time. jnats counts each as a ping, and cuts a
 * healthy connection when more than maxPingsOut are in flight, for all queues on it together.
 *
 * <p>Every method waits for the server for at most a second. For five seconds after an unanswered
 * one the methods do not wait, so that closing a hundred pullers on a suspended server takes a
 * second, not a hundred.
 */
public final class FlushLock {

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
  private static final Duration STANDS_STILL_FOR = Duration.ofSeconds(5);

  /** One lock per connection, which several queues may share. */
  private static final Map<Connection, ReentrantLock> LOCKS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final ConnectionMonitor monitor;
  private final Sender sender;

  /** A monotonic clock, in nanoseconds. */
  private final LongSupplier clock;

  private final ReentrantLock lock;
  private volatile long stoodStillAtNanos;
  private volatile boolean stoodStillOnce;

  FlushLock(ConnectionMonitor monitor, Sender sender) {
    this(monitor, sender, System::nanoTime);
  }

  /** Creates a lock with another clock, for tests. */
  FlushLock(ConnectionMonitor monitor, Sender sender, LongSupplier clock) {
    this.monitor = monitor;
    this.sender = sender;
    this.clock = clock;
    lock = LOCKS.computeIfAbsent(monitor.connection(), key -> new ReentrantLock());
  }

  /** Waits until the server has received everything that was sent. */
  public void flush() throws InterruptedException {
    sender.flush();
    boolean unused = alone(() -> monitor.connection().flush(ANSWER_WITHIN));
  }

  /**
   * Ends a subscription and waits until all messages that were sent to it have arrived.
   *
   * <p>An interrupt does not end this, because the tasks of a half drained subscription would wait
   * for the end of their leases. So the drain runs on another thread.
   */
  public void drain(Subscription subscription) {
    sender.flush();
    if (!(answers() && drainElsewhere(subscription))) {
      subscription.unsubscribe();
    }
  }

  private boolean drainElsewhere(Subscription subscription) {
    try {
      return CompletableFuture.supplyAsync(
              () -> drainAlone(subscription), monitor.connection().getOptions().getExecutor())
          .join();
    } catch (CompletionException | RejectedExecutionException | OutOfMemoryError noThread) {
      return false; // The connection ends and its threads too, or no other thread can start.
    }
  }

  private boolean drainAlone(Subscription subscription) {
    try {
      return alone(
          () -> {
            var unused = subscription.drain(ANSWER_WITHIN);
          });
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /**
   * Like {@link #drain(Subscription)}, for a dispatcher, which has handled all messages when this
   * returns. An interrupt ends the dispatcher without a wait for its messages.
   */
  public void drain(Dispatcher dispatcher) throws InterruptedException {
    sender.flush();
    boolean drained = false;
    try {
      drained =
          alone(
              () -> {
                try {
                  dispatcher.drain(ANSWER_WITHIN).get();
                } catch (ExecutionException | IllegalStateException notDrained) {
                  // The dispatcher has ended already.
                }
              });
    } finally {
      // Also after an interrupt: the caller does not try again.
      if (!drained) {
        end(dispatcher);
      }
    }
  }

  private void end(Dispatcher dispatcher) {
    try {
      monitor.connection().closeDispatcher(dispatcher);
    } catch (IllegalStateException | IllegalArgumentException alreadyClosed) {
      // It needs no end.
    }
  }

  /** Sends a ping, and waits a second for the answer. */
  public boolean answersPing() {
    try {
      monitor.connection().flush(ANSWER_WITHIN);
      return true;
    } catch (TimeoutException silence) {
      return false;
    } catch (IllegalStateException disconnected) {
      return true; // The last answer is recent.
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Returns whether the connection is up, and no exchange of the last seconds had no answer. */
  public boolean answers() {
    boolean stoodStill =
        stoodStillOnce && clock.getAsLong() - stoodStillAtNanos < STANDS_STILL_FOR.toNanos();
    return monitor.isConnected() && !stoodStill;
  }

  private interface Exchange {
    void run() throws InterruptedException, TimeoutException;
  }

  /**
   * Returns false, without the exchange, if the server does not answer, even if that is only seen
   * while this waits for the exchange of another thread.
   */
  private boolean alone(Exchange exchange) throws InterruptedException {
    if (!answers()) {
      return false;
    }
    lock.lockInterruptibly();
    try {
      return answers() && run(exchange);
    } finally {
      lock.unlock();
    }
  }

  private boolean run(Exchange exchange) throws InterruptedException {
    long startNanos = clock.getAsLong();
    try {
      exchange.run();
    } catch (TimeoutException silence) {
      // The caller continues without an answer.
    } finally {
      // jnats does not report an unanswered drain, so the duration decides. An interrupt says
      // nothing about the server.
      if (clock.getAsLong() - startNanos >= ANSWER_WITHIN.toNanos()) {
        stoodStillAtNanos = clock.getAsLong();
        stoodStillOnce = true;
      }
    }
    return true;
  }
}
