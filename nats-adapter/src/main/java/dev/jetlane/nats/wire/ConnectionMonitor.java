// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.DriverEvents;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tracks whether the connection is up, how often it was restored, and whether the queue on it is
 * closed.
 */
public final class ConnectionMonitor implements ConnectionListener {

  /** Receives changes, on a thread of jnats. Must not block. */
  public interface Observer {
    /**
     * The connection and its subscriptions are restored; requests of the old connection are lost.
     */
    default void reconnected() {}

    /** The server refused a publish to the subject, or a subscription to it. */
    default void denied(String subject) {}

    /** The server answered that a stream or a consumer does not exist. Does not block. */
    default void missed() {}
  }

  private record Death(String text, long atNanos) {}

  private record Failure(String text, long atNanos) {}

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final Duration LATELY = Duration.ofMinutes(10);
  private static final long BEFORE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final List<Observer> observers = new CopyOnWriteArrayList<>();
  private final Object changed = new Object();
  private final Refusals refusals = new Refusals(this::denied);
  private volatile @Nullable Connection connection;
  private volatile boolean closed;
  private volatile @Nullable DriverEvents events;

  /**
   * Whether the loss was reported, because jnats reports it again at every attempt to reconnect.
   */
  private final AtomicBoolean lost = new AtomicBoolean();

  private volatile long lostAtNanos = System.nanoTime();
  private volatile @Nullable Death lastDeath;
  private volatile @Nullable Failure lastFailure;
  private final AtomicInteger epoch = new AtomicInteger();
  private final AtomicInteger changes = new AtomicInteger();
  private volatile long reconnectedAtNanos = System.nanoTime();

  void bind(Connection nc) {
    connection = nc;
    refusals.bind(nc);
  }

  Refusals refusals() {
    return refusals;
  }

  /** Sets the receiver of lost and restored connections. */
  public void tell(DriverEvents told) {
    events = told;
  }

  /** Returns the connection of jnats. */
  public Connection connection() {
    Connection nc = connection;
    if (nc == null) {
      throw new IllegalStateException("not connected yet");
    }
    return nc;
  }

  /** Returns the text of an error on a lost connection. */
  public String whyDown() {
    if (isDead()) {
      return "the connection is down: it was closed";
    }
    String said = refusals.serverSays(lostAtNanos);
    return "the connection is down, and the client keeps trying to reconnect"
        + (said.isEmpty() ? lastFailure(lostAtNanos) : said);
  }

  private String lastFailure(long sinceNanos) {
    Failure failure = lastFailure;
    return failure == null || failure.atNanos - sinceNanos < 0 ? "" : " (" + failure.text + ")";
  }

  /** Records why an attempt to connect again failed. */
  void attemptFailed(Throwable failure) {
    lastFailure = new Failure(ConnectFailures.words(failure), System.nanoTime());
  }

  /** Reports a violation of the protocol by the server: jnats opens another connection. */
  void protocolFailed(ProtocolException e) {
    warn(e.getMessage() + "; the client opens another connection");
  }

  /** Reports an open connection whose reader thread has ended. */
  void readerDied(String text) {
    lastDeath = new Death(text, System.nanoTime());
    warn(text);
  }

  private void warn(String text) {
    LOG.log(Level.WARNING, text);
    tell(told -> told.warned(text));
  }

  /** Returns the recent report that no thread read the connection; null if there is none. */
  public @Nullable String recentDeath() {
    Death death = lastDeath;
    return death == null || System.nanoTime() - death.atNanos > LATELY.toNanos()
        ? null
        : death.text;
  }

  /** Opens another connection, unless jnats does so already. May block until it is open. */
  public void reconnect() {
    try {
      connection().forceReconnect();
    } catch (IOException | IllegalStateException e) {
      LOG.log(Level.WARNING, "no other connection could be opened; the client tries again", e);
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
    }
  }

  public void observe(Observer observer) {
    observers.add(observer);
  }

  public void forget(Observer observer) {
    observers.remove(observer);
  }

  /** Reports that a stream or a consumer is missing, as far as one exchange shows. */
  public void missing() {
    observers.forEach(Observer::missed);
  }

  public boolean isConnected() {
    Connection nc = connection;
    return nc != null && nc.getStatus() == Connection.Status.CONNECTED;
  }

  /**
   * Returns whether the connection is up and its subscriptions are restored. Just before that jnats
   * already reports a connection, but a request would belong to the earlier epoch.
   */
  public boolean isReady() {
    return isConnected() && !lost.get();
  }

  /** Returns whether jnats is trying to restore the connection. */
  public boolean isReconnecting() {
    Connection nc = connection;
    return nc != null && nc.getStatus() == Connection.Status.RECONNECTING;
  }

  /**
   * Returns whether the connection is closed permanently: jnats gave up, or the owner closed it.
   */
  public boolean isDead() {
    Connection nc = connection;
    return nc != null && nc.getStatus() == Connection.Status.CLOSED;
  }

  /** Marks the queue as closed, which ends all waits. */
  public void markClosed() {
    closed = true;
    wakeAll();
  }

  public boolean isClosed() {
    return closed;
  }

  /** Throws if the queue is closed. */
  public void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the queue is closed", null);
    }
  }

  /** Returns the number of reconnects. A request of an earlier epoch receives no answer. */
  public int epoch() {
    return epoch.get();
  }

  /**
   * Returns whether the last reconnect was within this time, so that a server may still be loading
   * its streams and consumers.
   */
  public boolean reconnectedWithin(long nanos) {
    return epoch.get() > 0 && System.nanoTime() - reconnectedAtNanos < nanos;
  }

  /**
   * Waits until the connection is ready; false if the time ends first, or the queue is closed.
   *
   * @param requireUsable throws when waiting is useless; called repeatedly
   */
  public boolean awaitConnected(long untilNanos, Runnable requireUsable)
      throws InterruptedException {
    synchronized (changed) {
      while (!isReady() && !closed) {
        requireUsable.run();
        long left = untilNanos - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        // The status of jnats changes a little before or after its event, so it is also checked
        // without an event.
        changed.wait(Math.max(1, Math.min(left / 1_000_000, 50)));
      }
    }
    return !closed;
  }

  /** Waits for a time, or until the queue is closed. */
  public void pause(long nanos) throws InterruptedException {
    long untilNanos = System.nanoTime() + nanos;
    synchronized (changed) {
      for (long left = nanos; left > 0 && !closed; left = untilNanos - System.nanoTime()) {
        changed.wait(Math.max(1, left / 1_000_000));
      }
    }
  }

  @Override
  @SuppressWarnings(
      "deprecation") // The only abstract method of the interface; the method that replaces it calls
  // it.
  public void connectionEvent(Connection nc, Events type) {
    if (type == Events.RESUBSCRIBED) {
      epoch.incrementAndGet();
      reconnectedAtNanos = System.nanoTime();
      refusals.forgetAll();
      observers.forEach(Observer::reconnected);
      if (lost.compareAndSet(true, false)) {
        long millis = (System.nanoTime() - lostAtNanos - BEFORE_NANOS) / 1_000_000;
        LOG.log(Level.INFO, () -> "the connection was restored after " + millis + " ms");
        tell(DriverEvents::connectionRestored);
      }
    } else if (type == Events.CONNECTED) {
      lost.set(false); // The first connection. Attempts before it may have failed.
    } else if (type == Events.DISCONNECTED && !closed && lost.compareAndSet(false, true)) {
      // The error that the server sent right before the loss is its reason.
      lostAtNanos = System.nanoTime() - BEFORE_NANOS;
      LOG.log(
          Level.INFO,
          () -> "the connection was lost; connecting again" + refusals.serverSays(lostAtNanos));
      tell(DriverEvents::connectionLost);
    }
    wakeAll();
  }

  private void tell(Consumer<DriverEvents> event) {
    DriverEvents told = events;
    if (told != null) {
      event.accept(told);
    }
  }

  private void denied(String subject) {
    observers.forEach(observer -> observer.denied(subject));
    wakeAll();
  }

  /**
   * Wakes all waits: something else has changed that they check, such as the consumer of a pull.
   */
  public void changed() {
    wakeAll();
  }

  /** Returns a number that each change increases. */
  public int changes() {
    return changes.get();
  }

  private void wakeAll() {
    changes.incrementAndGet();
    synchronized (changed) {
      changed.notifyAll();
    }
  }
}
