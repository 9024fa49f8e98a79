// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.Wire;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Detects two states that jnats does not detect, and opens another connection: a dead reader
 * thread, after an error or, on the caller's connection, after a message with foreign headers; and
 * a lost connection that jnats does not open again.
 */
final class ConnectionWatch {

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int LOOKS = 3;

  /** Short, because leases end while jnats 2.26.2 does not open a lost connection again. */
  private static final int LOOKS_DOWN = 2;

  /** One less than the number of unanswered pings after which jnats itself reconnects. */
  private static final int PINGS = 2;

  private final Wire wire;
  private final ConnectionMonitor monitor;
  private final Function<Runnable, CompletableFuture<?>> threads;
  private long bytesRead = -1;
  private int silent;
  private int down;

  /** Whether a ping is in flight. */
  private volatile boolean asking;

  /** The number of unanswered pings in a row. */
  private volatile int unanswered;

  /**
   * @param threads runs the exchanges with the server, because the timer's thread must not wait;
   *     the future fails if there is no thread
   */
  ConnectionWatch(Wire wire, Function<Runnable, CompletableFuture<?>> threads, QueueTimer timer) {
    this.wire = wire;
    monitor = wire.monitor();
    this.threads = threads;
    timer.every("watching the connection", LOOK_NANOS, this::look);
  }

  void look() {
    if (monitor.isClosed() || monitor.isDead()) {
      return;
    }
    if (!monitor.isConnected()) {
      silent = 0;
      unanswered = 0;
      if (++down % LOOKS_DOWN == 0) {
        var unused = threads.apply(this::reopen); // Does nothing while jnats reconnects.
      }
      return;
    }
    down = 0;
    long bytes = monitor.connection().getStatistics().getInBytes();
    if (bytes != bytesRead || wire.isReading()) {
      bytesRead = bytes;
      silent = 0;
      unanswered = 0;
      return;
    }
    silent++;
    if (wire.isOwn() ? silent >= LOOKS : unanswered >= PINGS) {
      silent = 0;
      unanswered = 0;
      wire.readerDied();
      reconnect();
    } else if (!wire.isOwn() && silent > 1 && !asking) {
      asking = true;
      var unused = threads.apply(this::ask).whenComplete((asked, failed) -> asking = false);
    }
  }

  private void ask() {
    unanswered = wire.flushLock().answersPing() ? 0 : unanswered + 1;
  }

  private void reopen() {
    if (!monitor.isConnected()) { // jnats may have opened it meanwhile.
      monitor.reconnect();
    }
  }

  private void reconnect() {
    var unused = threads.apply(monitor::reconnect);
  }
}
