// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

/**
 * The duration of exchanges: adds up the exchanges of the current call, up to its deadline. Guarded
 * by the lock of the time.
 */
final class Latency {

  private long eachNanos;
  private long startNanos;
  private long nowNanos;
  private long deadlineNanos;

  /** Sets the duration of each exchange from now on. */
  void slow(long nanos) {
    eachNanos = nanos;
  }

  boolean isSlow() {
    return eachNanos > 0;
  }

  /** Begins a call. */
  void begin(long now, long deadline) {
    startNanos = now;
    nowNanos = now;
    deadlineNanos = deadline;
  }

  /** Performs the next exchange of the call; returns whether its answer arrives by the deadline. */
  boolean isAnswered() {
    if (!isSlow()) {
      return true; // Even after the deadline, because another thread may have moved the time.
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
