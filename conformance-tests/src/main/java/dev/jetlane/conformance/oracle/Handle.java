package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.TaskState;

/** The client's side of a delivery. */
final class Handle {
  final int number;
  final TaskState task;
  final int incarnation;
  final int puller;
  final int client;

  /** The lease ran out at some moment from one to the other. */
  long leaseEndsMin;

  long leaseEndsMax;
  boolean settled;

  /** It was closed at a moment when its lease may or may not have expired. */
  boolean unclear;

  boolean clientClosed;
  boolean pullerClosed;
  boolean wasExtended;

  /** A settlement of it may have taken effect or not, and its holder knows that. */
  boolean unknown;

  /** Its acks are not confirmed. */
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
