// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import java.util.ArrayDeque;

/**
 * Counts the tasks that a prefetching puller has requested and not yet taken.
 *
 * <p>The server sends no status for a filled request, names no request in a message, and loses open
 * requests at a restart. So this class subtracts messages from the sum, closes requests by their
 * status, and forgets the others after their expiry.
 */
final class OpenRequests {

  private record Open(String reply, long overAtNanos) {}

  private final ArrayDeque<Open> open = new ArrayDeque<>();
  private int ahead;

  void requested(String reply, int batch, long overAtNanos) {
    open.add(new Open(reply, overAtNanos));
    ahead += batch;
  }

  /** Counts a message that was taken. */
  void received() {
    ahead = Math.max(0, ahead - 1);
  }

  /** The server closed a request. */
  void closed(String reply, int left, int queued) {
    if (open.removeIf(request -> request.reply.equals(reply))) {
      ahead = open.isEmpty() ? queued : Math.max(queued, ahead - left);
    }
  }

  /** Forgets expired requests. */
  void expire(long nowNanos, int queued) {
    // The oldest is first, and all have the same duration.
    for (Open first = open.peek();
        first != null && nowNanos - first.overAtNanos >= 0;
        first = open.peek()) {
      open.remove();
    }
    if (open.isEmpty()) {
      ahead = queued;
    }
  }

  /** Forgets all requests, because their connection or their consumer is lost. */
  void reset(int queued) {
    open.clear();
    ahead = queued;
  }

  /** Returns whether a request may still bring a task. */
  boolean anyOpen() {
    return !open.isEmpty() && ahead > 0;
  }

  int ahead() {
    return ahead;
  }
}
