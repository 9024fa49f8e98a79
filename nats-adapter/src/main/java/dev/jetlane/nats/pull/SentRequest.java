package dev.jetlane.nats.pull;

/**
 * A pull request that was sent.
 *
 * @param reply the subject of the answers to it
 * @param size for how many tasks it is
 * @param patienceNanos after which something must have come
 * @param epoch the connection that it was sent on
 */
record SentRequest(String reply, int size, long patienceNanos, int epoch, long sentAtNanos) {

  boolean isOver(long nowNanos) {
    return nowNanos - sentAtNanos >= patienceNanos;
  }
}
