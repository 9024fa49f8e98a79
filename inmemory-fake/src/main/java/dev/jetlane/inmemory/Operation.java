// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import org.jspecify.annotations.Nullable;

/** The kinds of requests of a client to a server. */
enum Operation {
  OPEN_PARTITION(null, false, 2, true),
  PUSH(Faults.Call.PUSH, false, 0, true),
  /**
   * A push with a delay into a partition with a limit, before which the client counts the tasks.
   */
  PUSH_LATER(Faults.Call.PUSH, false, 1, true),
  FIND(null, false, 0, false),
  CANCEL(Faults.Call.CANCEL, false, 0, true),
  OPEN(null, true, 0, false),
  PULL(null, true, 0, false),
  ACK(Faults.Call.ACK, true, 0, true),
  NAK(Faults.Call.NAK, true, 0, true),
  /** Stores the task again, then removes the old one. */
  PUT_BACK(null, true, 1, true),
  EXTEND(Faults.Call.EXTEND, true, 0, true),
  DEAD_LETTER(Faults.Call.DEAD_LETTER, true, 0, true),
  STATS(null, true, 3, false),
  LOOK(null, false, 0, false),
  DEAD_LETTERS(null, false, 0, false),
  /** One change by an operator. */
  CHANGE(null, false, 0, true),
  /** Several read requests of an operator. */
  ADMIN(null, false, 3, false),
  /** One read request of an operator. */
  ADMIN_FIND(null, false, 0, false),
  /** A read request of an operator, then a change. */
  ADMIN_CHANGE(null, false, 1, true),
  REDRIVE(Faults.Call.REDRIVE, false, 1, true);

  /** The kind of call for faults; null if only a lost connection can affect the operation. */
  final Faults.@Nullable Call call;

  /**
   * Whether the operation needs the consumer of the partition. If the consumer was deleted, the
   * operation creates it again and fails; {@link #OPEN} creates it and succeeds.
   */
  final boolean needsConsumer;

  /**
   * The smallest number of exchanges that a client of a nats-server makes before the one with the
   * effect.
   */
  final int looks;

  /** Whether an unanswered request may have made a change. */
  final boolean changes;

  Operation(Faults.@Nullable Call call, boolean needsConsumer, int looks, boolean changes) {
    this.call = call;
    this.needsConsumer = needsConsumer;
    this.looks = looks;
    this.changes = changes;
  }
}
