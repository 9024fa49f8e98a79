package dev.jetlane.nats.wire;

import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers that are here together and come to jnats as one message, so that it makes one object of
 * them. Its body has for each answer the number, the length of the body in eight bytes each, and
 * the body. Used by the thread that reads the connection.
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

  /** The subject of many answers in one message, by what the subject of an answer starts with. */
  public static String subject(String prefix) {
    return prefix + FOLDED;
  }

  /**
   * The next answer came for this subscription: those of another one are a message of their own.
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

  /** Puts the message, if there are answers: something else comes next. */
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
