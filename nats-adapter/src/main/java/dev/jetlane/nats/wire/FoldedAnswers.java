// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Joins the answers of one read into one message, so that jnats creates one object for them. For
 * each answer the body of that message contains the number of the request and the length, in eight
 * bytes each, and the bytes of the answer. Used by the thread that reads the connection.
 */
public final class FoldedAnswers {

  private static final char FOLDED = '~';

  private final Supplier<byte @Nullable []> prefix;
  private final ByteSink out;
  private final ByteSink answers = new ByteSink(4 * 1024);
  private byte[] sid = {};

  FoldedAnswers(Supplier<byte @Nullable []> prefix, ByteSink out) {
    this.prefix = prefix;
    this.out = out;
  }

  /**
   * Returns the subject of a message that contains many answers, from the prefix of their subjects.
   */
  public static String subject(String prefix) {
    return prefix + FOLDED;
  }

  /** Returns whether the bytes are the subject of the messages that this class writes. */
  boolean isSubject(byte[] source, int from, int to) {
    if (source[to - 1] != FOLDED) {
      return false;
    }
    byte[] start = prefix.get();
    return start != null && Arrays.equals(source, from, to - 1, start, 0, start.length);
  }

  /**
   * Sets the subscription of the next answer. Answers of another subscription become another
   * message.
   */
  void subscription(byte[] source, int from, int to) {
    if (!Arrays.equals(source, from, to, sid, 0, sid.length)) {
      end();
      sid = Arrays.copyOfRange(source, from, to);
    }
  }

  void add(long number, byte[] source, int from, int length) {
    answers.putLong(number).putLong(length).put(source, from, length);
  }

  /** Writes the message, if there are answers, before another frame. */
  void end() {
    byte[] start = prefix.get();
    if (!answers.isEmpty() && start != null) {
      out.put("MSG ").put(start).put(FOLDED).put(' ').put(sid).put(' ');
      out.put((long) answers.size()).endLine();
      out.put(answers.array(), 0, answers.size()).endLine();
    }
    answers.clear();
  }
}
