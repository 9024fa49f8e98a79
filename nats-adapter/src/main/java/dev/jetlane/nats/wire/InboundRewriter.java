// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import dev.jetlane.nats.layout.HeaderBlock;
import dev.jetlane.nats.layout.WireHeaders;
import io.nats.client.api.ServerInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites inbound frames before jnats parses them, to reduce allocation and to keep its reader
 * alive. Three kinds of frames are changed, all others pass unchanged:
 *
 * <ul>
 *   <li>A task whose only header is its message id becomes a message without headers, with the
 *       message id in place of the subject. jnats parses headers eagerly, which allocates 1,200
 *       bytes per message; the subject of a task is known.
 *   <li>Answers to requests that a thread waits for are not passed to jnats. All other answers of
 *       one read become one message ({@link FoldedAnswers}).
 *   <li>Headers that jnats cannot parse silently end its reader thread, and any client can store
 *       them. Those of a task are wrapped ({@link HeaderBlock}); those of other messages, which are
 *       not Jetlane's, are left out.
 * </ul>
 *
 * <p>Each refusal of credentials gets an ascending number, because jnats closes a connection
 * permanently when it reads the same refusal twice.
 *
 * <p>A violation of the NATS protocol is an {@link IOException} that describes it: jnats then opens
 * another connection.
 *
 * <p>Used by one thread at a time, the reader of the connection.
 */
public final class InboundRewriter {

  /** The source of the bytes. */
  public interface Source {
    /** See {@link java.io.InputStream#read(byte[], int, int)}. */
    int read(byte[] target, int from, int length) throws IOException;
  }

  /** Receives answers before jnats does. */
  public interface Taker {
    /**
     * Takes an answer, or leaves it to jnats. Must neither block nor keep the array.
     *
     * @param number the number of the request
     */
    boolean take(long number, byte[] source, int from, int length);
  }

  /** A longer message is not an answer of a stream or a consumer. */
  private static final int MAX_ANSWER = 4 * 1024;

  /** A longer block is not the single header of a task. */
  private static final int MAX_HEADER = 512;

  private static final int CAPACITY = 64 * 1024;

  /** A server accepts up to 64 MB, and some more for its own headers. */
  private static final int MAX_MESSAGE = 128 * 1024 * 1024;

  private static final int MAX_TOKENS = 6;
  private static final int DELIVERY_TOKENS = 6;
  private static final int ANSWER_TOKENS = 4;
  private static final String WRONG_LENGTH = "a message with a wrong length";
  private static final String WRONG_ARGUMENTS = "a message with a wrong number of arguments";

  /** The index of the reply subject among the arguments. */
  private static final int REPLY = 3;

  private static final int MAX_DIGITS = 18;
  private static final int MAX_SIZE_DIGITS = 9;
  private static final int MAX_SHOWN = 60;

  private static final byte[] MSG = ascii("MSG");
  private static final byte[] HMSG = ascii("HMSG");
  private static final byte[] INFO = ascii("INFO");
  private static final byte[] ERROR = ascii("-ERR");
  private static final String END_OF_ERROR = "'\r\n";
  private static final List<byte[]> WITHOUT_MORE =
      List.of(ascii("PING"), ascii("PONG"), ascii("+OK"));
  private static final byte[] ACK_PREFIX = ascii("$JS.ACK.");
  private static final byte[] HEADER_START = ascii("NATS/1.0\r\n" + WireHeaders.MESSAGE_ID + ":");
  private static final byte[] HEADER_END = ascii("\r\n\r\n");
  private static final char NO_PARTITION = '@';

  private final Source source;
  private final Supplier<byte @Nullable []> answersPrefix;
  private final Taker taker;
  private final IntSupplier refusals;
  private byte[] in = new byte[CAPACITY];
  private int at;
  private int end;

  /** The number of bytes, from {@link #at} on, that the next frame needs. */
  private long needed;

  private final ByteSink out = new ByteSink(CAPACITY);
  private int outAt;

  /** The number of bytes of the current message that pass unchanged. */
  private long passing;

  private @Nullable IOException failure;

  private final int[] tokenAt = new int[MAX_TOKENS];
  private final int[] tokenEnd = new int[MAX_TOKENS];
  private int tokens;
  private boolean emptyReply;

  private final FoldedAnswers answers;

  /**
   * @param answersPrefix the subject of an answer up to its number; null before the first request
   * @param refusals counts the refusals of credentials, over all sockets of a connection
   */
  public InboundRewriter(
      Source source, Supplier<byte @Nullable []> answersPrefix, Taker taker, IntSupplier refusals) {
    this.source = source;
    this.answersPrefix = answersPrefix;
    this.taker = taker;
    this.refusals = refusals;
    answers = new FoldedAnswers(answersPrefix, out);
  }

  /** See {@link java.io.InputStream#read(byte[], int, int)}. */
  public int read(byte[] target, int from, int length) throws IOException {
    while (outAt == out.size()) {
      out.clear();
      outAt = 0;
      if (failure != null) {
        throw failure;
      }
      int read = fill();
      if (read <= 0) {
        return read;
      }
      try {
        translate();
      } catch (ProtocolException e) {
        answers.end();
        failure = e; // The earlier frames are valid.
      } catch (RuntimeException e) {
        // It would end the reader thread of jnats silently.
        failure = new IOException("cannot parse the data of the server: " + e, e);
      }
    }
    int count = Math.min(length, out.size() - outAt);
    System.arraycopy(out.array(), outAt, target, from, count);
    outAt += count;
    return count;
  }

  private int fill() throws IOException {
    int here = end - at;
    byte[] before = in;
    if (needed > in.length) {
      in = new byte[(int) needed];
    } else if (here == 0 && in.length > CAPACITY) {
      in = new byte[CAPACITY];
    }
    System.arraycopy(before, at, in, 0, here);
    end = here;
    at = 0;
    if (end == in.length) {
      throw new ProtocolException("a line of more than " + CAPACITY + " bytes");
    }
    int read = source.read(in, end, in.length - end);
    if (read > 0) {
      end += read;
    }
    return read;
  }

  private void translate() throws ProtocolException {
    while (at < end) {
      if (passing > 0) {
        pass();
      } else if (end - at < needed || !frame()) {
        break; // The rest of the frame has not arrived yet.
      } else {
        needed = 0;
      }
    }
    answers.end();
  }

  /** Copies the bytes of a message that have arrived; the last two end a line. */
  private void pass() throws ProtocolException {
    int arrived = (int) Math.min(passing, end - at);
    requirePassing(passing - 2, arrived, '\r');
    requirePassing(passing - 1, arrived, '\n');
    passing -= copy(arrived);
  }

  private void requirePassing(long offset, int arrived, char expected) throws ProtocolException {
    if (offset >= 0 && offset < arrived && in[at + (int) offset] != expected) {
      throw new ProtocolException(WRONG_LENGTH); // The bytes belong to a payload.
    }
  }

  /** Handles a frame, at least its first line; false if it is incomplete. */
  private boolean frame() throws ProtocolException {
    int eol = indexOfLineFeed();
    if (eol < 0) {
      return false;
    }
    if (eol == at || in[eol - 1] != '\r') {
      throw bad("a line that does not end with CR LF");
    }
    if (starts(HMSG, eol) || starts(MSG, eol)) {
      return message(eol);
    }
    if (starts(ERROR, eol)) {
      putError(eol);
      return true;
    }
    if (starts(INFO, eol)) {
      requireInformation(Math.min(at + INFO.length + 1, eol - 1), eol - 1);
    } else if (WITHOUT_MORE.stream().noneMatch(operation -> starts(operation, eol))) {
      throw bad("an unknown operation");
    }
    copy(eol + 1 - at);
    return true;
  }

  /** Returns whether the line starts with the operation, followed by a space or the end. */
  private boolean starts(byte[] operation, int eol) {
    int after = at + operation.length;
    return after < eol
        && startsWith(at, operation)
        && (isSpace(in[after]) || (after == eol - 1 && in[after] == '\r'));
  }

  /**
   * jnats reads the information on its reader thread, which ends silently on any other exception
   * than an {@link IOException}. So it is read here first, in the same way.
   */
  private void requireInformation(int from, int to) throws ProtocolException {
    try {
      var unused = new ServerInfo(new String(in, from, to - from, StandardCharsets.UTF_8));
    } catch (RuntimeException e) {
      throw bad("server information that cannot be parsed");
    }
  }

  private void putError(int eol) {
    String text = new String(in, at, eol + 1 - at, StandardCharsets.ISO_8859_1);
    if (text.endsWith(END_OF_ERROR) && text.toLowerCase(Locale.ROOT).contains("auth")) {
      int quote = text.length() - END_OF_ERROR.length();
      text = text.substring(0, quote) + " (" + refusals.getAsInt() + ")" + END_OF_ERROR;
    }
    answers.end();
    out.put(text.getBytes(StandardCharsets.ISO_8859_1));
    at = eol + 1;
  }

  private boolean message(int eol) throws ProtocolException {
    tokenize(eol - 1);
    boolean withHeaders = in[at] == 'H';
    int least = withHeaders ? ANSWER_TOKENS + 1 : ANSWER_TOKENS;
    if (tokens != least && (tokens != least + 1 || emptyReply)) {
      throw bad(WRONG_ARGUMENTS);
    }
    if (answers.isSubject(in, tokenAt[1], tokenEnd[1])) {
      in[tokenEnd[1] - 1] = '!'; // Another client sent this: it is not a joined answer.
    }
    int size = size(tokens - 1);
    int bodyAt = eol + 1;
    if (withHeaders) {
      return withHeaders(bodyAt, size);
    }
    if (isAnswer(size)) {
      int bodyEnd = bodyAt + size;
      if (end > bodyEnd && in[bodyEnd] != '\r') {
        throw bad(WRONG_LENGTH);
      }
      needed = bodyEnd - at + (end > bodyEnd ? 2L : 1L);
      if (end - at < needed) {
        return false;
      }
      addAnswer(bodyAt, size);
      at = bodyEnd + 2;
      return true;
    }
    copy(bodyAt - at);
    passing = size + 2L;
    return true;
  }

  private boolean withHeaders(int bodyAt, int size) throws ProtocolException {
    int header = size(tokens - 2);
    if (header > size) {
      throw bad("headers that are longer than their message");
    }
    needed = (long) bodyAt - at + header;
    if (end - at < needed) {
      return false;
    }
    int headerEnd = bodyAt + header;
    boolean delivery = tokens == DELIVERY_TOKENS && startsWith(tokenAt[3], ACK_PREFIX);
    if (delivery && isBare(bodyAt, header)) {
      putBare(bodyAt, header, size - header);
    } else if (delivery
        ? HeaderBlock.isPlain(in, bodyAt, headerEnd)
        : HeaderBlock.isPlainStatus(in, bodyAt, headerEnd)) {
      copy(headerEnd - at);
    } else if (delivery) {
      putWrapped(HeaderBlock.wrap(in, bodyAt, headerEnd), size - header);
    } else {
      putLine("MSG ", tokens - 3).put((long) size - header).endLine();
    }
    at = headerEnd;
    passing = size - header + 2L;
    return true;
  }

  /** Returns whether the line is {@code MSG subject sid size} with the subject of an answer. */
  private boolean isAnswer(int body) {
    byte[] prefix = answersPrefix.get();
    if (prefix == null || tokens != ANSWER_TOKENS || body > MAX_ANSWER) {
      return false;
    }
    int digits = tokenEnd[1] - tokenAt[1] - prefix.length;
    return digits > 0
        && digits <= MAX_DIGITS
        && startsWith(tokenAt[1], prefix)
        && isNumber(tokenEnd[1] - digits, tokenEnd[1]);
  }

  private boolean isNumber(int from, int to) {
    for (int i = from; i < to; i++) {
      if (in[i] < '0' || in[i] > '9') {
        return false;
      }
    }
    return true;
  }

  private void addAnswer(int bodyAt, int body) throws ProtocolException {
    if (in[bodyAt + body] != '\r' || in[bodyAt + body + 1] != '\n') {
      throw bad(WRONG_LENGTH);
    }
    int prefix = Objects.requireNonNull(answersPrefix.get()).length;
    long number = number(tokenAt[1] + prefix, tokenEnd[1]);
    if (!taker.take(number, in, bodyAt, body)) {
      answers.subscription(in, tokenAt[2], tokenEnd[2]);
      answers.add(number, in, bodyAt, body);
    }
  }

  /**
   * Returns whether the only header of a task is a message id that could stand in place of a
   * subject. Consumers whose name cannot be that of a partition have many subjects.
   */
  private boolean isBare(int headerAt, int header) {
    if (header > MAX_HEADER || startsAToken(tokenAt[3], tokenEnd[3], NO_PARTITION)) {
      return false;
    }
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

  private boolean startsAToken(int from, int to, char sought) {
    for (int i = from + 1; i < to; i++) {
      if (in[i] == sought && in[i - 1] == '.') {
        return true;
      }
    }
    return false;
  }

  private int valueAt(int headerAt) {
    int value = headerAt + HEADER_START.length;
    return value < end && in[value] == ' ' ? value + 1 : value;
  }

  private void putBare(int headerAt, int header, long body) {
    int valueAt = valueAt(headerAt);
    answers.end();
    out.put("MSG ").put(in, valueAt, headerAt + header - HEADER_END.length - valueAt);
    out.put(' ').put(in, tokenAt[2], tokenEnd[3] - tokenAt[2]);
    out.put(' ').put(body).endLine();
  }

  private void putWrapped(byte[] header, int body) {
    putLine("HMSG ", tokens - 3).put((long) header.length).put(' ');
    out.put((long) header.length + body).endLine().put(header);
  }

  /** Writes the operation, and the arguments from the subject to the last one. */
  private ByteSink putLine(String operation, int lastToken) {
    answers.end();
    out.put(operation).put(in, tokenAt[1], tokenEnd[lastToken] - tokenAt[1]);
    return out.put(' ');
  }

  private int copy(int length) {
    answers.end();
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

  /**
   * Splits the arguments, which are separated by one space or tab. A server writes two spaces after
   * the number of the subscription if the reply subject is empty ({@code msgHeader} in its
   * client.go; the answers of 2.9 have this). A subject may contain any other byte.
   */
  private void tokenize(int lineEnd) throws ProtocolException {
    tokens = 0;
    emptyReply = false;
    int start = at;
    for (int i = at; i <= lineEnd; i++) {
      if (i == lineEnd || isSpace(in[i])) {
        if (i > start) {
          if (tokens == MAX_TOKENS) {
            throw bad(WRONG_ARGUMENTS);
          }
          tokenAt[tokens] = start;
          tokenEnd[tokens++] = i;
        } else if (tokens == REPLY && !emptyReply) {
          emptyReply = true;
        } else {
          throw bad("a message with an empty argument");
        }
        start = i + 1;
      }
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  private int size(int token) throws ProtocolException {
    int from = tokenAt[token];
    int to = tokenEnd[token];
    if (to - from > MAX_SIZE_DIGITS || !isNumber(from, to)) {
      throw bad("a size that is not a number");
    }
    long size = number(from, to);
    if (size > MAX_MESSAGE) {
      throw bad("a message of more than " + MAX_MESSAGE + " bytes");
    }
    return (int) size;
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

  private ProtocolException bad(String what) {
    int shown = Math.min(MAX_SHOWN, end - at);
    String line =
        new String(in, at, shown, StandardCharsets.US_ASCII).lines().findFirst().orElse("");
    return new ProtocolException(what + ": " + line);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
