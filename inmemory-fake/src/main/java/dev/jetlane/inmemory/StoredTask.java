package dev.jetlane.inmemory;

import dev.jetlane.Task;
import org.jspecify.annotations.Nullable;

/** A task in a partition. Guarded by the lock of the server's time. */
final class StoredTask {

  /** Where a task is. Every stored task is in exactly one of these places. */
  enum Place {
    /** Not due. */
    LATER,
    /** Never delivered, in the order of the pushes. */
    NEW,
    /** Delivered, with a lease that runs. */
    LEASED,
    /** Given back for later. */
    DELAYED,
    /** To be delivered again as soon as somebody pulls. */
    REDELIVERY,
    /** Settled for good, or a dead letter. */
    GONE;

    boolean isOutstanding() {
      return this == LEASED || this == DELAYED || this == REDELIVERY;
    }
  }

  /** Its place in the stream; a delayed task gets another one when it becomes due. */
  long sequence;

  final Task task;
  Place place = Place.NEW;
  int deliveries;

  /** When it was delivered last. */
  long leasedAtNanos;

  /** Its last delivery: the head of the list of its deliveries. */
  @Nullable InMemoryDelivery latest;

  /** When the lease or the delay ends; meaningful while {@link Deadlines} holds this task. */
  long deadlineNanos;

  /** Where {@link Deadlines} holds this task. */
  int heapIndex;

  /** Whether a dead letter was made of it: at most one is, however often that is asked for. */
  boolean dead;

  /** Whether it was delayed when it was stored. A restarted server knows no id of such a task. */
  boolean wasLater;

  /** When it was stored, or became due. */
  long storedAtNanos;

  StoredTask(long sequence, Task task, long storedAtNanos) {
    this.sequence = sequence;
    this.task = task;
    this.storedAtNanos = storedAtNanos;
  }
}
