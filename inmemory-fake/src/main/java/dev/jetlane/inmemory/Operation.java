package dev.jetlane.inmemory;

import org.jspecify.annotations.Nullable;

/** The kinds of requests of a client to a server. */
enum Operation {
  OPEN_PARTITION(null, false, 2, true),
  PUSH(Faults.Call.PUSH, false, 0, true),
  /** With a delay, into a partition with a limit: the client counts the tasks first. */
  PUSH_LATER(Faults.Call.PUSH, false, 1, true),
  FIND(null, false, 0, false),
  CANCEL(Faults.Call.CANCEL, false, 0, true),
  OPEN(null, true, 0, false),
  PULL(null, true, 0, false),
  ACK(Faults.Call.ACK, true, 0, true),
  NAK(Faults.Call.NAK, true, 0, true),
  /** Stores the task as a new one, then removes the old one. */
  PUT_BACK(null, true, 1, true),
  EXTEND(Faults.Call.EXTEND, true, 0, true),
  DEAD_LETTER(Faults.Call.DEAD_LETTER, true, 0, true),
  STATS(null, true, 3, false),
  LOOK(null, true, 0, false),
  DEAD_LETTERS(null, false, 0, false),
  /** An operator makes one change. */
  CHANGE(null, false, 0, true),
  /** An operator makes several reading exchanges. */
  ADMIN(null, false, 3, false),
  /** An operator looks for one thing. */
  ADMIN_FIND(null, false, 0, false),
  /** An operator reads, then makes a change. */
  ADMIN_CHANGE(null, false, 1, true),
  REDRIVE(Faults.Call.REDRIVE, false, 1, true);

  /** The faults that can hit it; null if only a lost connection can. */
  final Faults.@Nullable Call call;

  /**
   * Whether it needs the consumer of the partition. If that was deleted, it creates it again and
   * fails, except for {@link #OPEN}.
   */
  final boolean needsConsumer;

  /** How many exchanges a client of a nats-server makes, at least, before the one that counts. */
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
