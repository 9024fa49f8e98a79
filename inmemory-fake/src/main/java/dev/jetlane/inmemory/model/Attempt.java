// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of a task: its holder, its start, and its end on the server. Guarded by the lock of
 * the server's time.
 */
public final class Attempt {

  /** The number of latest attempts of a task that are kept. */
  public static final int KEPT = 100;

  public final StoredTask task;

  /** The number of this delivery, from 1. */
  public final int number;

  public final String holder;
  public final long leasedAtNanos;

  /** The end of the lease without extensions. */
  public final long firstLeaseEndNanos;

  /** Whether the delivery was handed to a user, who can still settle it. */
  public boolean inHands;

  /**
   * The client's delivery. Strongly referenced until the attempt ends, because the lease keeper
   * refers to it weakly: otherwise the garbage collector would decide whether a kept lease is
   * extended.
   */
  @SuppressWarnings("UnusedVariable") // The field exists only as a reference.
  private @Nullable Object delivery;

  private @Nullable Attempt previous;
  private @Nullable String end;
  private long endNanos;

  /** Creates the latest attempt of a task that has just been leased. */
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

  /** Keeps a reference to the client's delivery until the attempt ends. */
  public void refersTo(Object made) {
    delivery = made;
  }

  /** Returns the kind of its end, such as {@code lease ended}; null before its end. */
  public @Nullable String ended() {
    return end;
  }

  /** Returns the time of its end; undefined before its end. */
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
