package dev.jetlane.inmemory;

/**
 * How long the exchanges of a call take: the way of the current call, exchange by exchange, until
 * its deadline. Guarded by the lock of the time.
 */
final class Latency {

  private long eachNanos;
  private long startNanos;
  private long nowNanos;
  private long deadlineNanos;

  /** From now on each exchange takes this long. */
  void slow(long nanos) {
    eachNanos = nanos;
  }

  boolean isSlow() {
    return eachNanos > 0;
  }

  /** A call begins. */
  void begin(long now, long deadline) {
    startNanos = now;
    nowNanos = now;
    deadlineNanos = deadline;
  }

  /** The next exchange of the call; returns whether its answer comes by the deadline. */
  boolean isAnswered() {
    if (!isSlow()) {
      return true; // Also of a call whose time another thread lets pass.
    }
    long answerNanos = nowNanos + eachNanos;
    nowNanos = Math.min(answerNanos, deadlineNanos);
    return answerNanos <= deadlineNanos;
  }

  /** How long the call has taken so far. */
  long tookNanos() {
    return nowNanos - startNanos;
  }
}
