// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.util.Locale;

/**
 * One line of a history: a call that is about to be made, or its answer.
 *
 * @param micros the time of the line, by the machine's clock
 * @param kind the kind of the event
 * @param subject the id of a task; for {@link Kind#FAULT} the kind of the fault
 * @param attempt the attempt of the delivery; 0 without a delivery
 * @param sinceMicros the beginning of the answered call: the server cannot have sent the answer
 *     earlier; for {@link Kind#FAULT} the beginning of the fault
 * @param outcome the result
 */
record Event(
    long micros, Kind kind, String subject, int attempt, long sinceMicros, Outcome outcome) {

  enum Kind {
    /** A push is about to be sent. */
    PUSH,
    PUSHED,
    /** A delivery was handed out. */
    GOT,
    /** A lease was restarted, or the library kept it until now. */
    KEPT,
    /** An ack is about to be sent. */
    ACK,
    ACKED,
    /** A task is about to be given back. */
    NAK,
    /** A fault of the nemesis. */
    FAULT
  }

  enum Outcome {
    /** A line without an answer, or about a fault. */
    NONE,
    /** Confirmed: stored, or settled; for a delivery: the payload is that of the push. */
    OK,
    /** Confirmed, and already in the queue. */
    DUPLICATE,
    /** Settled after the lease. */
    LATE,
    /** Settled before. */
    ALREADY,
    /** May have taken effect. */
    UNKNOWN,
    /** Did not take effect; for a delivery: not the pushed task. */
    FAILED
  }

  private static final int FIELDS = 6;

  /** Whether a call with this outcome certainly took effect. */
  boolean confirmed() {
    return switch (outcome) {
      case OK, DUPLICATE, LATE -> true;
      case NONE, ALREADY, UNKNOWN, FAILED -> false;
    };
  }

  String line() {
    return micros
        + "\t"
        + kind.name().toLowerCase(Locale.ROOT)
        + "\t"
        + subject
        + "\t"
        + attempt
        + "\t"
        + sinceMicros
        + "\t"
        + outcome.name().toLowerCase(Locale.ROOT)
        + "\n";
  }

  /** Reads a line; an incomplete line of a killed process is an error. */
  static Event parse(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException("not an event: " + line);
    }
    return new Event(
        Long.parseLong(fields[0]),
        Kind.valueOf(fields[1].toUpperCase(Locale.ROOT)),
        fields[2],
        Integer.parseInt(fields[3]),
        Long.parseLong(fields[4]),
        Outcome.valueOf(fields[5].toUpperCase(Locale.ROOT)));
  }
}
