package dev.jetlane.nats.wire;

import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.RequestTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the server sends, put differently before jnats reads it, so that jnats makes fewer objects
 * of it. Two kinds of frames are changed, all others pass byte by byte:
 *
 * <ul>
 *   <li>A task whose only header is its message id comes as a message without headers, the message
 *       id in place of the subject. jnats parses headers eagerly, 1,200 bytes a message; the
 *       subject of a task is known.
 *   <li>Answers to {@link RequestTable} never come to jnats where a thread waits for them. All
 *       others that are here together come as one message ({@link #foldedSubject}).
 * </ul>
 *
 * <p>Used by one thread at a time: whoever reads the connection.
 */
public final class InboundRewriter {

  /** Where the bytes come from. */
  public interface Source {
    /** As of {@link java.io.InputStream#read(byte[], int, int)}. */
    int read(byte[] target, int from, int length) throws IOException;
  }

  /** Whom answers are shown to before jnats gets them. */
  public interface Taker {
    /**
     * Takes an answer, or leaves it to jnats. Must not block, nor keep the array.
     *
     * @param number of the request
     */
    boolean take(long number, byte[] source, int from, int length);
  }

  /** What is longer is not an answer of a stream or a consumer. */
  private static final int MAX_ANSWER = 4 * 1024;

  /** What is longer is not the one header of a task. */
  private static final int MAX_HEADER = 512;

  private static final int CAPACITY = 64 * 1024;
  private static final int MAX_TOKENS = 6;
  private static final int DELIVERY_TOKENS = 6;
  private static final int ANSWER_TOKENS = 4;
  private static final int MAX_DIGITS = 18;

  private static final byte[] ACK_PREFIX = ascii("$JS.ACK.");
  private static final byte[] HEADER_START =
      ascii("NATS/1.0\r\n" + PartitionAddress.MESSAGE_ID_HEADER + ":");
  private static final byte[] HEADER_END = ascii("\r\n\r\n");
  private static final char FOLDED = '~';
  private static final char NO_PARTITION = '@';

  private final Source source;
  private final Supplier<byte @Nullable []> answersPrefix;
  private final Taker taker;
  private final byte[] in = new byte[CAPACITY];
  private int at;
  private int end;
  private final ByteSink out = new ByteSink(CAPACITY);
  private int outAt;

  /** Bytes of the current message that pass as they are. */
  private long passing;

  /** Whether the rest of the current line passes as it is. */
  private boolean inLine;

  private final int[] tokenAt = new int[MAX_TOKENS];
  private final int[] tokenEnd = new int[MAX_TOKENS];
  private int tokens;

  private final ByteSink answers = new ByteSink(4 * 1024);
  private byte[] answersSid = {};

  /**
   * @param answersPrefix what the subject of an answer starts with, up to its number; null as long
   *     as nobody asks
   */
  public InboundRewriter(Source source, Supplier<byte @Nullable []> answersPrefix, Taker taker) {
    this.source = source;
    this.answersPrefix = answersPrefix;
    this.taker = taker;
  }

  /**
   * The subject of many answers in one message. Its body has for each answer the number, the length
   * of the body in eight bytes each, and the body.
   */
  public static String foldedSubject(String answersPrefix) {
    return answersPrefix + FOLDED;
  }

  /** As of {@link java.io.InputStream#read(byte[], int, int)}. */
  public int read(byte[] target, int from, int length) throws IOException {
    while (outAt == out.size()) {
      out.clear();
      outAt = 0;
      int read = fill();
      if (read <= 0) {
        return read;
      }
      translate();
    }
    int count = Math.min(length, out.size() - outAt);
    System.arraycopy(out.array(), outAt, target, from, count);
    outAt += count;
    return count;
  }

  private int fill() throws IOException {
    System.arraycopy(in, at, in, 0, end - at);
    end -= at;
    at = 0;
    if (end == in.length) {
      throw new IOException("a protocol line of more than " + CAPACITY + " bytes");
    }
    int read = source.read(in, end, in.length - end);
    if (read > 0) {
      end += read;
    }
    return read;
  }

  private void translate() throws IOException {
    while (at < end) {
      if (passing > 0) {
        passing -= copy((int) Math.min(passing, end - at));
      } else if (inLine || (in[at] != 'M' && in[at] != 'H')) {
        int eol = indexOfLineFeed();
        inLine = eol < 0;
        copy((inLine ? end : eol + 1) - at);
      } else if (!message()) {
        break; // The rest of it has not come yet.
      }
    }
    endAnswers();
  }

  /** Handles a message, at least its first line; false if that is not here in full. */
  private boolean message() throws IOException {
    int eol = indexOfLineFeed();
    if (eol < 0) {
      return false;
    }
    tokenize(eol);
    if (tokens < ANSWER_TOKENS) {
      throw new IOException("not a message of the NATS protocol");
    }
    long body = number(tokens - 1);
    int bodyAt = eol + 1;
    if (isAnswer(body)) {
      int next = bodyAt + (int) body + 2;
      if (next > end) {
        return false;
      }
      addAnswer(bodyAt, (int) body);
      at = next;
      return true;
    }
    if (isDelivery()) {
      int header = (int) number(tokens - 2);
      if (bodyAt + header > end) {
        return false;
      }
      if (isMessageId(bodyAt, header)) {
        putDelivery(bodyAt, header, body - header);
        at = bodyAt + header;
        passing = body - header + 2;
        return true;
      }
    }
    copy(bodyAt - at);
    passing = body + 2;
    return true;
  }

  /** {@code MSG subject sid size}, without a reply subject. */
  private boolean isAnswer(long body) {
    byte[] prefix = answersPrefix.get();
    if (prefix == null || in[at] != 'M' || tokens != ANSWER_TOKENS || body > MAX_ANSWER) {
      return false;
    }
    int digits = tokenEnd[1] - tokenAt[1] - prefix.length;
    return digits > 0 && digits <= MAX_DIGITS && startsWith(tokenAt[1], prefix) && isNumber(digits);
  }

  private boolean isNumber(int digits) {
    for (int i = tokenEnd[1] - digits; i < tokenEnd[1]; i++) {
      if (in[i] < '0' || in[i] > '9') {
        return false;
      }
    }
    return true;
  }

  private void addAnswer(int bodyAt, int body) {
    int prefix = Objects.requireNonNull(answersPrefix.get()).length;
    long number = number(tokenAt[1] + prefix, tokenEnd[1]);
    if (taker.take(number, in, bodyAt, body)) {
      return;
    }
    int sid = tokenAt[2];
    int sidEnd = tokenEnd[2];
    if (!Arrays.equals(in, sid, sidEnd, answersSid, 0, answersSid.length)) {
      endAnswers();
      answersSid = Arrays.copyOfRange(in, sid, sidEnd);
    }
    answers.putLong(number).putLong(body).put(in, bodyAt, body);
  }

  private void endAnswers() {
    byte[] prefix = answersPrefix.get();
    if (!answers.isEmpty() && prefix != null) {
      out.put("MSG ").put(prefix).put(FOLDED).put(' ').put(answersSid).put(' ');
      out.put((long) answers.size()).endLine();
      out.put(answers.array(), 0, answers.size()).endLine();
    }
    answers.clear();
  }

  /**
   * {@code HMSG subject sid reply header-size size}, with the reply subject of a partition's
   * consumer. Consumers with a name that starts as no partition's does are for many subjects.
   */
  private boolean isDelivery() {
    return in[at] == 'H'
        && tokens == DELIVERY_TOKENS
        && startsWith(tokenAt[3], ACK_PREFIX)
        && number(tokens - 2) <= MAX_HEADER
        && !startsAToken(tokenAt[3], tokenEnd[3], NO_PARTITION);
  }

  private boolean startsAToken(int from, int to, char sought) {
    for (int i = from + 1; i < to; i++) {
      if (in[i] == sought && in[i - 1] == '.') {
        return true;
      }
    }
    return false;
  }

  /** Whether the header is a message id, alone, and could stand where a subject stands. */
  private boolean isMessageId(int headerAt, int header) {
    int valueEnd = headerAt + header - HEADER_END.length;
    int valueAt = valueAt(headerAt);
    if (valueAt >= valueEnd
        || !startsWith(headerAt, HEADER_START)
        || !startsWith(valueEnd, HEADER_END)) {
      return false;
    }
    for (int i = valueAt; i < valueEnd; i++) {
      if (in[i] < '!' || in[i] > '~') {
        return false;
      }
    }
    return true;
  }

  private int valueAt(int headerAt) {
    int value = headerAt + HEADER_START.length;
    return value < end && in[value] == ' ' ? value + 1 : value;
  }

  private void putDelivery(int headerAt, int header, long body) {
    int valueAt = valueAt(headerAt);
    endAnswers();
    out.put("MSG ").put(in, valueAt, headerAt + header - HEADER_END.length - valueAt);
    out.put(' ').put(in, tokenAt[2], tokenEnd[3] - tokenAt[2]);
    out.put(' ').put(body).endLine();
  }

  private int copy(int length) {
    endAnswers();
    out.put(in, at, length);
    at += length;
    return length;
  }

  private int indexOfLineFeed() {
    for (int i = at; i < end; i++) {
      if (in[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void tokenize(int eol) {
    tokens = 0;
    int i = at;
    while (tokens < MAX_TOKENS) {
      while (i < eol && in[i] <= ' ') {
        i++;
      }
      if (i == eol) {
        return;
      }
      tokenAt[tokens] = i;
      while (i < eol && in[i] > ' ') {
        i++;
      }
      tokenEnd[tokens++] = i;
    }
  }

  private long number(int token) {
    return number(tokenAt[token], tokenEnd[token]);
  }

  private long number(int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value * 10 + (in[i] - '0');
    }
    return value;
  }

  private boolean startsWith(int from, byte[] text) {
    return from + text.length <= end
        && Arrays.equals(in, from, from + text.length, text, 0, text.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
