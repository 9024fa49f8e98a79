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
    /** Delivered, with a lease that runs. */
    LEASED,
    /** Given back with a delay. */
    DELAYED,
    /** To be delivered again by the next pull. */
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

  /** When it was delivered last. */
  long leasedAtNanos;

  /** Its last delivery: the head of the list of its deliveries. */
  @Nullable Attempt latest;

  /** When the lease or the delay ends; meaningful while {@link Deadlines} holds this task. */
  long deadlineNanos;

  /** Where {@link Deadlines} holds this task. */
  int heapIndex;

  /** Whether it became a dead letter, which happens at most once. */
  boolean dead;

  /** Whether it was delayed when it was stored. A restarted server knows no id of such a task. */
  boolean wasDelayed;

  long storedAtNanos;

  /** The event of its latest extension, if nothing else has happened to it since. */
  EventLog.@Nullable Event extension;

  StoredTask(long sequence, Task task, long storedAtNanos) {
    this.sequence = sequence;
    this.task = task;
    this.storedAtNanos = storedAtNanos;
  }

  public String id() {
    return task.id();
  }

  int payloadBytes() {
    return task.payloadSize();
  }

  /** When it was stored, or became due. */
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

  /** When the lease or the delay ends; meaningless where the task has neither. */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Its last delivery; null if there was none. */
  public @Nullable Attempt latest() {
    return latest;
  }

  /** Whether a user holds it unsettled, under a lease that runs. */
  public boolean isHeld() {
    return place == Place.LEASED && latest != null && latest.isHeld();
  }
}
