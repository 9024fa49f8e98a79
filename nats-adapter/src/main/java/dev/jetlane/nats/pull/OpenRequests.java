package dev.jetlane.nats.pull;

import java.util.ArrayDeque;

/**
 * How many tasks a prefetching puller has asked for and not yet taken.
 *
 * <p>The server says nothing when a request is filled, names no request with a message, and loses
 * open requests with a restart. So this counts messages against the sum, closes requests by their
 * status, and forgets the rest once all of them must be over.
 */
final class OpenRequests {

  private record Open(String reply, long overAtNanos) {}

  private final ArrayDeque<Open> open = new ArrayDeque<>();
  private int ahead;

  void requested(String reply, int batch, long overAtNanos) {
    open.add(new Open(reply, overAtNanos));
    ahead += batch;
  }

  /** A message was taken. */
  void received() {
    ahead = Math.max(0, ahead - 1);
  }

  /**
   * The server closed a request with so many messages left to send; so many are queued and not
   * taken.
   */
  void closed(String reply, int left, int queued) {
    if (open.removeIf(request -> request.reply.equals(reply))) {
      ahead = open.isEmpty() ? queued : Math.max(queued, ahead - left);
    }
  }

  /** Forgets requests that must be over by now. */
  void expire(long nowNanos, int queued) {
    // Oldest first, and all are open for equally long.
    for (Open first = open.peek();
        first != null && nowNanos - first.overAtNanos >= 0;
        first = open.peek()) {
      open.remove();
    }
    if (open.isEmpty()) {
      ahead = queued;
    }
  }

  /** Forgets all requests: the connection that they were sent on is gone. */
  void reset(int queued) {
    open.clear();
    ahead = queued;
  }

  /** Whether a request may still bring something. */
  boolean anyOpen() {
    return !open.isEmpty() && ahead > 0;
  }

  int ahead() {
    return ahead;
  }
}
