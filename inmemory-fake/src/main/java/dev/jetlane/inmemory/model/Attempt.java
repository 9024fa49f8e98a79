package dev.jetlane.inmemory.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of a task: who got it when, and how that ended on the server. Guarded by the lock of
 * the server's time.
 */
public final class Attempt {

  /** How many of the latest attempts of a task are kept. */
  public static final int KEPT = 100;

  public final StoredTask task;

  /** From 1. */
  public final int number;

  public final String holder;
  public final long leasedAtNanos;

  /** The end of the lease that the client received; an extension may have moved it since. */
  public final long firstLeaseEndNanos;

  /** Whether a user was handed it and can still settle it. */
  public boolean inHands;

  /**
   * What the client made of it. Referred to while it lasts, so that no garbage collector decides
   * whether a kept lease goes on.
   */
  @SuppressWarnings("UnusedVariable") // Being referred to is all.
  private @Nullable Object delivery;

  private @Nullable Attempt previous;
  private @Nullable String end;
  private long endNanos;

  /** The latest of a task under a new lease. */
  Attempt(StoredTask task, String holder) {
    this.task = task;
    this.holder = holder;
    number = task.deliveries;
    leasedAtNanos = task.leasedAtNanos;
    firstLeaseEndNanos = task.deadlineNanos;
    previous = task.latest;
    if (number % KEPT == 0) {
      forgetOldest();
    }
  }

  void end(String how, long now) {
    if (end == null) {
      end = how;
      endNanos = now;
      delivery = null;
    }
  }

  /** Refers to the client's delivery while the attempt lasts. */
  public void refersTo(Object made) {
    delivery = made;
  }

  /** How it ended, such as {@code lease ended}; null while it lasts. */
  public @Nullable String ended() {
    return end;
  }

  /** When it ended; meaningless while it lasts. */
  public long endNanos() {
    return endNanos;
  }

  /** Whether a user holds it unsettled. */
  public boolean isHeld() {
    return inHands && end == null;
  }

  /** This attempt and those before it, oldest first. */
  public List<Attempt> history() {
    List<Attempt> history = new ArrayList<>();
    for (Attempt i = this; i != null && history.size() < KEPT; i = i.previous) {
      history.add(i);
    }
    Collections.reverse(history);
    return history;
  }

  private void forgetOldest() {
    Attempt oldest = this;
    for (int i = 1; i < KEPT && oldest.previous != null; i++) {
      oldest = oldest.previous;
    }
    oldest.previous = null;
  }
}
