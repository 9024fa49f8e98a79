package dev.jetlane.nats.layout;

/**
 * Reads the numbers in the reply subject of a JetStream message without splitting it:
 *
 * <pre>
 * $JS.ACK.&lt;stream&gt;.&lt;consumer&gt;.&lt;delivered&gt;.&lt;stream seq&gt;.&lt;consumer seq&gt;.&lt;stored at&gt;.&lt;pending&gt;
 * $JS.ACK.&lt;domain&gt;.&lt;account&gt;.&lt;stream&gt;.&lt;consumer&gt;.&lt;delivered&gt;. ... .&lt;pending&gt;[.&lt;random&gt;]
 * </pre>
 *
 * <p>jnats' own metadata costs 900 bytes a message, and nothing but the delivery count is needed of
 * each.
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
   * A reply subject without the rest of another one. From a route or a leaf node, nats-server 2.9
   * and 2.10 take it together with the subject of the message and an {@code @} between the two, and
   * separate them at the last {@code @}. Our subjects of delayed tasks and of priorities have one,
   * at the start of a token, so that a part of them stays here.
   */
  public static String whole(String reply) {
    return isTorn(reply) ? reply.substring(0, reply.lastIndexOf('@')) : reply;
  }

  /** The subject of a message with this reply subject, see {@link #whole}. */
  public static String subject(String reply, String subject) {
    return isTorn(reply) ? reply.substring(reply.lastIndexOf('@') + 1) + '@' + subject : subject;
  }

  private static boolean isTorn(String reply) {
    return reply.endsWith(".") && reply.indexOf('@') >= 0;
  }

  /** Where the delivery count starts; -1 if this is not a reply subject of JetStream. */
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

  /** Whether the message comes from this consumer. */
  public static boolean isOf(String consumer, String reply, int numbersAt) {
    int at = numbersAt - 1 - consumer.length();
    return at > 0 && reply.charAt(at - 1) == '.' && reply.startsWith(consumer, at);
  }

  /** The number with this index, counted from the delivery count; -1 if it is not there. */
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
