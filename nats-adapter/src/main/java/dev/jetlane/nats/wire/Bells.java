package dev.jetlane.nats.wire;

import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells that something came to a subscription that no thread waits on: a second subscription to the
 * same subject, for one message, whose copy only says what it is. All of them share one thread.
 *
 * <p>This class is thread-safe.
 */
public final class Bells {

  /** Rings once. */
  public final class Bell {

    private final Subscription subscription;

    private Bell(Subscription subscription) {
      this.subscription = subscription;
    }

    /** It need not ring any more. */
    public void remove() {
      Dispatcher open = dispatcher;
      try {
        if (open != null && subscription.isActive()) {
          open.unsubscribe(subscription);
        }
      } catch (IllegalStateException | IllegalArgumentException gone) {
        // It has rung, or the connection was closed.
      }
    }
  }

  private final ConnectionMonitor monitor;
  private volatile @Nullable Dispatcher dispatcher;

  public Bells(ConnectionMonitor monitor) {
    this.monitor = monitor;
  }

  /**
   * Has the next message to a subject ring. Later calls of jnats reach the server after it.
   *
   * @param ring is given that message; must not block
   * @throws IllegalStateException if the connection is closed
   */
  public Bell hang(String subject, Consumer<Message> ring) {
    Dispatcher open = dispatcher();
    Subscription subscription = open.subscribe(subject, ring::accept);
    open.unsubscribe(subscription, 1);
    return new Bell(subscription);
  }

  private synchronized Dispatcher dispatcher() {
    Dispatcher open = dispatcher;
    if (open == null || !open.isActive()) {
      open = monitor.connection().createDispatcher();
      dispatcher = open;
    }
    return open;
  }

  /** Ends the thread. */
  public synchronized void close() {
    Dispatcher open = dispatcher;
    if (open != null) {
      try {
        monitor.connection().closeDispatcher(open);
      } catch (IllegalStateException | IllegalArgumentException closed) {
        // With its connection.
      }
    }
  }
}
