// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

/**
 * Tracks a lower bound for the arrival time of each message of a subscription. A message in jnats'
 * queue carries no time of arrival, although its lease runs from then on. So the length of that
 * queue is recorded from time to time: a message that was not in the queue at that time arrived
 * later. Costs nothing per message.
 */
final class ArrivalTimes {

  private static final int CAPACITY = 64;

  private final long[] arrived = new long[CAPACITY];
  private final long[] atNanos = new long[CAPACITY];
  private int head;
  private int size;
  private long taken;

  ArrivalTimes(long nowNanos) {
    atNanos[0] = nowNanos;
    size = 1;
  }

  /** Returns the number of messages taken from the queue. */
  long taken() {
    return taken;
  }

  /** Records the number of messages in the queue. */
  void observe(long queued, long nowNanos) {
    long count = taken + queued;
    int last = (head + size - 1) % CAPACITY;
    if (count == arrived[last]) {
      // No message has arrived since the last record, so the next one arrives after this one too.
      atNanos[last] = nowNanos;
    } else if (size < CAPACITY) {
      int next = (head + size) % CAPACITY;
      arrived[next] = count;
      atNanos[next] = nowNanos;
      size++;
    }
    // When the table is full, the last bound stays: a bound that is too early is safe.
  }

  /** Takes the next message; returns a time before its arrival. */
  long take() {
    while (size > 1 && arrived[(head + 1) % CAPACITY] <= taken) {
      head = (head + 1) % CAPACITY;
      size--;
    }
    taken++;
    return atNanos[head];
  }
}
