// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.Task;
import org.jspecify.annotations.Nullable;

/** A task in a partition. Guarded by the lock of the server's time. */
public final class StoredTask {

  /** Where a task is. Every stored task is in exactly one of these places. */
  public enum Place {
    /** Pushed with a delay, and not due. */
    NOT_DUE,
    /** Never delivered, in the order of the pushes. */
    NEW,
    /** Delivered, under a running lease. */
    LEASED,
    /** Given back with a delay. */
    DELAYED,
    /** Queued for redelivery by the next pull. */
    REDELIVERY,
    /** Settled, or a dead letter. */
    GONE;

    boolean isOutstanding() {
      return this == LEASED || this == DELAYED || this == REDELIVERY;
    }
  }

  public final Task task;

  /** Its place in the stream; a delayed task gets another one when it becomes due. */
  long sequence;

  Place place = Place.NEW;
  int deliveries;

  /** The time of its latest delivery. */
  long leasedAtNanos;

  /**
   * The start of its lease in the storage of the server: for a delivery when the task was stored,
   * not when it was delivered ({@code server/consumer.go}, deliverMsg, 2.9 to 2.15), otherwise that
   * of the latest extension or delay. A restarted server knows no other.
   */
  long writtenStartNanos;

  /** Its latest delivery, which is the head of the list of deliveries. */
  @Nullable Attempt latest;

  /** The end of the lease or the delay; meaningful while {@link Deadlines} holds this task. */
  long deadlineNanos;

  /** The index of this task in {@link Deadlines}. */
  int heapIndex;

  /** Whether it was pushed with a delay. */
  boolean wasDelayed;

  /** Whether Jetlane stored it again, with another message id than that of its push. */
  boolean storedAgain;

  /** The letter of which a redrive or a move stored it; null if it was none. */
  @Nullable String redriven;

  /** When a cancellation stops keeping this delayed task from becoming ready; zero for none. */
  long cancelledUntilNanos;

  long storedAtNanos;

  /** The event of its latest extension, if nothing else has happened to it since. */
  EventLog.@Nullable Event extension;

  StoredTask(long sequence, Task task, long storedAtNanos) {
    this.sequence = sequence;
    this.task = task;
    this.storedAtNanos = storedAtNanos;
  }

  boolean isCancelled(long now) {
    return now < cancelledUntilNanos;
  }

  public String id() {
    return task.id();
  }

  /**
   * Whether a server that starts again reads the id of this task from its message. It does not know
   * the id of a delayed task after it became due.
   */
  boolean isKnownById() {
    return !storedAgain && (!wasDelayed || place == Place.NOT_DUE);
  }

  int payloadBytes() {
    return task.payloadSize();
  }

  /** Returns when it was stored or, for a delayed task, became due. */
  public long storedAtNanos() {
    return storedAtNanos;
  }

  public long sequence() {
    return sequence;
  }

  public Place place() {
    return place;
  }

  public int deliveries() {
    return deliveries;
  }

  /** Returns the end of the lease or the delay; meaningless if the task has neither. */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Returns its latest delivery; null if there was none. */
  public @Nullable Attempt latest() {
    return latest;
  }

  /** Whether a user holds it unsettled, under a running lease. */
  public boolean isHeld() {
    return place == Place.LEASED && latest != null && latest.isHeld();
  }
}
