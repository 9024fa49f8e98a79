package dev.jetlane.inmemory;

import org.jspecify.annotations.Nullable;

/** What a client asks of a partition. */
enum Operation {
  PUSH(Faults.Call.PUSH, false),
  FIND(null, false),
  CANCEL(Faults.Call.CANCEL, false),
  OPEN(null, true),
  PULL(null, true),
  ACK(Faults.Call.ACK, true),
  NAK(Faults.Call.NAK, true),
  PUT_BACK(null, true),
  EXTEND(Faults.Call.EXTEND, true),
  DEAD_LETTER(Faults.Call.DEAD_LETTER, true),
  LOOK(null, true),
  DEAD_LETTERS(null, false),
  ADMIN(null, false),
  REDRIVE(Faults.Call.REDRIVE, false);

  /** The faults that can hit it; null if only a lost connection can. */
  final Faults.@Nullable Call call;

  /**
   * Whether it needs the consumer of the partition. If that was deleted, it creates it again and
   * fails, except for {@link #OPEN}.
   */
  final boolean needsConsumer;

  Operation(Faults.@Nullable Call call, boolean needsConsumer) {
    this.call = call;
    this.needsConsumer = needsConsumer;
  }
}
