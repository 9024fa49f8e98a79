package dev.jetlane.nats.request;

import dev.jetlane.nats.wire.ConnectionMonitor;
import java.util.concurrent.TimeUnit;

/**
 * Notices what jnats does not: that its reader thread has died, which an error or, on a connection
 * of the caller's, a message with foreign headers brings about; and that a lost connection is not
 * being opened again. Another connection is then opened.
 */
final class ConnectionWatch {

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int LOOKS = 3;
  private static final int LOOKS_DOWN = 10;

  private final ConnectionMonitor link;
  private final JetStreamApi admin;
  private long bytesRead = -1;
  private int silent;
  private int down;

  /** A ping is under way. */
  private volatile boolean asking;

  /** How many pings in a row were not answered. */
  private volatile int unanswered;

  ConnectionWatch(ConnectionMonitor link, JetStreamApi admin, QueueTimer timer) {
    this.link = link;
    this.admin = admin;
    timer.every("watching the connection", LOOK_NANOS, this::look);
  }

  private void look() {
    if (link.isClosed() || link.isDead()) {
      return;
    }
    if (!link.isConnected()) {
      silent = 0;
      unanswered = 0;
      if (++down % LOOKS_DOWN == 0) {
        reconnect(); // Does nothing while jnats is at it.
      }
      return;
    }
    down = 0;
    long bytes = link.connection().getStatistics().getInBytes();
    if (bytes != bytesRead || link.isReading()) {
      bytesRead = bytes;
      silent = 0;
      unanswered = 0;
      return;
    }
    silent++;
    if (link.isOwn() ? silent >= LOOKS : unanswered >= LOOKS) {
      silent = 0;
      unanswered = 0;
      link.readerDied();
      reconnect();
    } else if (!link.isOwn() && silent > 1 && !asking) {
      asking = true;
      var unused = admin.later(this::ask);
    }
  }

  private void ask() {
    try {
      unanswered = link.answersPing() ? 0 : unanswered + 1;
    } finally {
      asking = false;
    }
  }

  private void reconnect() {
    var unused = admin.later(link::reconnect);
  }
}
