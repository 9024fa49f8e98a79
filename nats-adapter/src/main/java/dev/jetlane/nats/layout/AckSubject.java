// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

/**
 * Reads the numbers in the reply subject of a JetStream message without splitting it:
 *
 * <pre>
 * $JS.ACK.&lt;stream&gt;.&lt;consumer&gt;.&lt;delivered&gt;.&lt;stream seq&gt;.&lt;consumer seq&gt;.&lt;stored at&gt;.&lt;pending&gt;
 * $JS.ACK.&lt;domain&gt;.&lt;account&gt;.&lt;stream&gt;.&lt;consumer&gt;.&lt;delivered&gt;. ... .&lt;pending&gt;[.&lt;random&gt;]
 * </pre>
 *
 * <p>The metadata of jnats allocates 900 bytes per message, and most messages need the delivery
 * count only.
 */
public final class AckSubject {

  public static final int DELIVERED = 0;
  public static final int STREAM_SEQUENCE = 1;
  public static final int STORED_AT_NANOS = 3;
  public static final int PENDING = 4;

  private static final int SHORT_FORM = 9;
  private static final int NUMBERS_AT_SHORT = 4;
  private static final int NUMBERS_AT_LONG = 6;

  private AckSubject() {}

  /**
   * Returns a reply subject without a part of another subject. On a route or a leaf node,
   * nats-server 2.9 and 2.10 join the reply subject and the subject of the message with an
   * {@code @}, and separate them at the last {@code @}. Jetlane's subjects of delayed tasks and of
   * priorities contain an {@code @} at the start of a token, so a part of them stays in the reply
   * subject.
   */
  public static String whole(String reply) {
    return isTorn(reply) ? reply.substring(0, reply.lastIndexOf('@')) : reply;
  }

  /** Returns the subject of a message with this reply subject, see {@link #whole}. */
  public static String subject(String reply, String subject) {
    return isTorn(reply) ? reply.substring(reply.lastIndexOf('@') + 1) + '@' + subject : subject;
  }

  private static boolean isTorn(String reply) {
    return reply.endsWith(".") && reply.indexOf('@') >= 0;
  }

  /** Returns the index of the delivery count; -1 if this is not a reply subject of JetStream. */
  public static int numbersAt(String reply, String expectedPrefix) {
    if (reply.startsWith(expectedPrefix)) {
      return expectedPrefix.length();
    }
    if (!reply.startsWith("$JS.ACK.")) {
      return -1;
    }
    int tokens = 1 + (int) reply.chars().filter(c -> c == '.').count();
    if (tokens < SHORT_FORM) {
      return -1;
    }
    int at = 0;
    for (int skip = tokens == SHORT_FORM ? NUMBERS_AT_SHORT : NUMBERS_AT_LONG; skip > 0; skip--) {
      at = reply.indexOf('.', at) + 1;
    }
    return at;
  }

  /** Returns whether the message comes from this consumer. */
  public static boolean isOf(String consumer, String reply, int numbersAt) {
    int at = numbersAt - 1 - consumer.length();
    return at > 0 && reply.charAt(at - 1) == '.' && reply.startsWith(consumer, at);
  }

  /** Returns the number with this index, counted from the delivery count; -1 if it is missing. */
  public static long number(String reply, int numbersAt, int index) {
    int at = numbersAt;
    for (int skip = index; skip > 0; skip--) {
      at = reply.indexOf('.', at) + 1;
      if (at == 0) {
        return -1;
      }
    }
    long value = 0;
    int start = at;
    while (at < reply.length() && reply.charAt(at) != '.') {
      int digit = reply.charAt(at) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
      at++;
    }
    return at == start ? -1 : value;
  }
}
