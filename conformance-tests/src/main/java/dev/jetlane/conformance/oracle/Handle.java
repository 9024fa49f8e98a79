// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.TaskState;

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

  Handle(int number, TaskState task, int puller, int client, long leaseEndsMin, long leaseEndsMax) {
    this.number = number;
    this.task = task;
    this.incarnation = task.incarnation;
    this.puller = puller;
    this.client = client;
    this.leaseEndsMin = leaseEndsMin;
    this.leaseEndsMax = leaseEndsMax;
  }

  /** Whether this is the latest delivery of the task. */
  boolean latest() {
    return task.incarnation == incarnation && task.holder == number;
  }

  /** Whether a buffer may have stored the task anew since this delivery. */
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
