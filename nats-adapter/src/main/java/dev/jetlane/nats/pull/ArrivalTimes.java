package dev.jetlane.nats.pull;

/**
 * Bounds from below when each message of a subscription arrived. A message that waits in jnats' own
 * queue carries no time of arrival, and its lease has been running since; so the length of that
 * queue is looked at now and then, and a message that was not there yet arrived later than that.
 * Costs nothing per message.
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

  /** How many messages were taken from the queue. */
  long taken() {
    return taken;
  }

  /** The queue has this many messages now. */
  void observe(long queued, long nowNanos) {
    long count = taken + queued;
    int last = (head + size - 1) % CAPACITY;
    if (count == arrived[last]) {
      // Nothing arrived since: what comes next arrived even later.
      atNanos[last] = nowNanos;
    } else if (size < CAPACITY) {
      int next = (head + size) % CAPACITY;
      arrived[next] = count;
      atNanos[next] = nowNanos;
      size++;
    }
    // When full, the last bound stays: too early is safe.
  }

  /** Takes the next message; returns a time at which it was not there yet. */
  long take() {
    while (size > 1 && arrived[(head + 1) % CAPACITY] <= taken) {
      head = (head + 1) % CAPACITY;
      size--;
    }
    taken++;
    return atNanos[head];
  }
}
