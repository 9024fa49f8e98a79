// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.TaskState;
import org.jspecify.annotations.Nullable;

/** A delivery, as its holder sees it. */
final class Handle {
  final int number;
  final TaskState task;
  final int incarnation;
  final int puller;
  final int client;

  /** The earliest and the latest moment at which the lease may have ended. */
  long leaseEndsMin;

  long leaseEndsMax;
  boolean settled;

  /** Whether it was closed at a moment at which its lease may have expired. */
  boolean unclear;

  boolean clientClosed;
  boolean pullerClosed;
  boolean wasExtended;

  /** Whether its holder knows that the outcome of a settlement is unknown. */
  boolean unknown;

  /** Whether its acks are sent without waiting for a confirmation. */
  boolean unconfirmed;

  /** How its lease is kept; null if it is not. */
  @Nullable Keeping keeping;

  /** The earliest and the latest end of the lease if no extension of the keeper took effect. */
  private long ownEndMin;

  private long ownEndMax;

  Handle(int number, TaskState task, int puller, int client, long leaseEndsMin, long leaseEndsMax) {
    this.number = number;
    this.task = task;
    this.incarnation = task.incarnation;
    this.puller = puller;
    this.client = client;
    leaseBegan(leaseEndsMin, leaseEndsMax);
  }

  /** Records that the lease began, or that its holder extended it. */
  void leaseBegan(long endsMin, long endsMax) {
    ownEndMin = endsMin;
    ownEndMax = endsMax;
    leaseEndsMin = keeping == null ? endsMin : Math.max(endsMin, leaseEndsMin);
    leaseEndsMax = keeping == null ? endsMax : Math.max(endsMax, leaseEndsMax);
  }

  /** Records that the lease is kept from now on. */
  void keep(Keeping how) {
    keeping = how;
    leaseEndsMin = Math.max(ownEndMin, how.leaseEndsMin());
    leaseEndsMax = Math.max(ownEndMax, how.leaseEndsMax());
  }

  /** Records that the lease is not kept any more after this span. */
  void keepNoLonger(Span time) {
    if (keeping != null) {
      leaseEndsMin = Math.max(ownEndMin, Math.min(leaseEndsMin, keeping.leaseEndsMin(time)));
      leaseEndsMax = Math.max(ownEndMax, Math.min(leaseEndsMax, keeping.leaseEndsMax(time)));
    }
  }

  /** Returns the shortest time that may remain of the lease at this moment. */
  long leastRemaining(long now) {
    long sure = leaseEndsMin - now;
    if (keeping != null) {
      sure = Math.max(ownEndMin - now, Math.min(sure, keeping.leastRemaining()));
    }
    return Math.max(0, sure);
  }

  /** Whether this is the latest delivery of the task. */
  boolean latest() {
    return task.incarnation == incarnation && task.holder == number;
  }

  /** Whether a buffer may have stored the task again since this delivery. */
  boolean mayBeReplaced() {
    return number < task.storedSince;
  }

  boolean expiredForSure(Span time) {
    return !latest() || time.before() >= leaseEndsMax;
  }

  boolean liveForSure(Span time) {
    return latest() && time.after() < leaseEndsMin;
  }
}
