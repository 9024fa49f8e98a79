// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signals the arrival of a message at a subscription on which no thread waits. A bell is a second
 * subscription to the same subject, for one message. The bell's copy of the message is only a
 * signal; the task is taken from the first subscription. All bells share one thread.
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

    /** Removes the bell before it rings. */
    public void remove() {
      Dispatcher open = dispatcher;
      try {
        if (open != null && subscription.isActive()) {
          open.unsubscribe(subscription);
        }
      } catch (IllegalStateException | IllegalArgumentException gone) {
        // The bell has rung, or the connection was closed.
      }
    }
  }

  private final ConnectionMonitor monitor;
  private volatile @Nullable Dispatcher dispatcher;
  private boolean closed;

  public Bells(ConnectionMonitor monitor) {
    this.monitor = monitor;
  }

  /**
   * Creates a bell for the next message to a subject. Later calls of jnats reach the server after
   * its subscription.
   *
   * @param ring is given that message; must not block
   * @throws IllegalStateException if the connection is closed, or the bells are
   */
  public Bell hang(String subject, Consumer<Message> ring) {
    Dispatcher open = dispatcher();
    Subscription subscription = open.subscribe(subject, ring::accept);
    open.unsubscribe(subscription, 1);
    return new Bell(subscription);
  }

  private synchronized Dispatcher dispatcher() {
    if (closed) {
      throw new IllegalStateException("closed"); // No later close would end another thread.
    }
    Dispatcher open = dispatcher;
    if (open == null || !open.isActive()) {
      open = monitor.connection().createDispatcher();
      dispatcher = open;
    }
    return open;
  }

  /** Ends the thread. */
  public synchronized void close() {
    closed = true;
    Dispatcher open = dispatcher;
    if (open != null) {
      try {
        monitor.connection().closeDispatcher(open);
      } catch (IllegalStateException | IllegalArgumentException closed) {
        // The dispatcher has ended with its connection.
      }
    }
  }
}
