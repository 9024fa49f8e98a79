// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A NATS client of one thread and one blocking socket, as small as it can be: one buffer in, one
 * buffer out, nothing allocated per message. Received messages are handled in one pass, and pending
 * messages are written just before the client would block: the fewest system calls that the
 * protocol allows.
 *
 * <p>It is the measure of what the server itself can do, and it fills the streams without leaving
 * garbage in the allocation figures. It is not a client to use: it knows no TLS, no credentials and
 * no reconnect.
 *
 * <p>Not thread-safe.
 */
final class Wire implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 20;
  private static final int READ_TIMEOUT_MILLIS = 30_000;
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] PUB = ascii("PUB ");
  private static final byte[] HPUB = ascii("HPUB ");
  private static final byte[] PONG = ascii("PONG\r\n");

  private final String inbox =
      "_INBOX.wire" + Long.toHexString(ThreadLocalRandom.current().nextLong());
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private byte[] input = new byte[BUFFER_BYTES];
  private int parsed;
  private int filled;
  private final byte[] output = new byte[BUFFER_BYTES];
  private int unsent;

  /**
   * The frame of the last {@link #next}: the number of its words, and the positions of words and
   * body in {@link #input}.
   */
  private int words;

  private final int[] wordStart = new int[8];
  private final int[] wordEnd = new int[8];
  private int bodyStart;
  private int bodyEnd;

  Wire(String url) throws IOException {
    URI uri = URI.create(url.contains("://") ? url : "nats://" + url);
    if (!"nats".equals(uri.getScheme()) || uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "the benchmarks need a server without TLS and credentials: nats://host:port");
    }
    socket = new Socket(uri.getHost(), uri.getPort() < 0 ? 4222 : uri.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    in = socket.getInputStream();
    out = socket.getOutputStream();
    write(
        ascii(
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
                + "\"lang\":\"java\",\"version\":\"0\",\"protocol\":1}\r\nSUB "
                + inbox
                + ".* 1\r\n"));
  }

  /** Returns an address that this client receives; the last word names the purpose. */
  byte[] address(String purpose) {
    return ascii(inbox + "." + purpose);
  }

  static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  /** Appends a message to the pending ones. An empty {@code reply} requests no reply. */
  void publish(byte[] subject, byte[] reply, byte[] body) throws IOException {
    publish(subject, 0, subject.length, reply, body);
  }

  /**
   * Like {@link #publish(byte[], byte[], byte[])}, with headers: a complete block that ends in an
   * empty line.
   */
  void publish(byte[] subject, byte[] reply, byte[] headers, byte[] body) throws IOException {
    require(subject.length + reply.length + headers.length + body.length + 64);
    append(HPUB, 0, HPUB.length);
    append(subject, 0, subject.length);
    output[unsent++] = ' ';
    if (reply.length > 0) {
      append(reply, 0, reply.length);
      output[unsent++] = ' ';
    }
    appendDecimal(headers.length);
    output[unsent++] = ' ';
    appendDecimal(headers.length + body.length);
    append(CRLF, 0, CRLF.length);
    append(headers, 0, headers.length);
    append(body, 0, body.length);
    append(CRLF, 0, CRLF.length);
  }

  /** Answers the message of the last {@link #next} at its reply address, as an ack does. */
  void answer(byte[] reply, byte[] body) throws IOException {
    publish(input, wordStart[3], wordEnd[3] - wordStart[3], reply, body);
  }

  private void publish(byte[] subject, int offset, int length, byte[] reply, byte[] body)
      throws IOException {
    require(length + reply.length + body.length + 64);
    append(PUB, 0, PUB.length);
    append(subject, offset, length);
    output[unsent++] = ' ';
    if (reply.length > 0) {
      append(reply, 0, reply.length);
      output[unsent++] = ' ';
    }
    appendDecimal(body.length);
    append(CRLF, 0, CRLF.length);
    append(body, 0, body.length);
    append(CRLF, 0, CRLF.length);
  }

  /**
   * Waits for the next message. Pending messages are sent before this blocks.
   *
   * @throws IOException if the server closed the connection, sent an error, or sent nothing for 30
   *     s
   */
  void next() throws IOException {
    while (true) {
      int lineEnd = line();
      switch (input[wordStart[0]]) {
        case 'M', 'H' -> {
          int size = decimal(words - 1);
          bodyStart = lineEnd + 2;
          bodyEnd = bodyStart + size;
          if (!holds(bodyEnd + 2)) {
            continue;
          }
          parsed = bodyEnd + 2;
          return;
        }
        case 'P' -> {
          if (input[wordStart[0] + 1] == 'I') {
            write(PONG);
          }
        }
        case '-' -> throw new IOException("server: " + text(wordStart[0], lineEnd));
        default -> {
          // INFO and +OK need no answer.
        }
      }
      parsed = lineEnd + 2;
    }
  }

  /** Whether the message of the last {@link #next} was sent to {@code address}. */
  boolean isFor(byte[] address) {
    int length = wordEnd[1] - wordStart[1];
    // The first word is the same for all addresses and the purpose is the last one, so this
    // compares backwards.
    if (length != address.length) {
      return false;
    }
    for (int i = length - 1; i >= 0; i--) {
      if (input[wordStart[1] + i] != address[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the message of the last {@link #next} asks for an answer; a status of a pull request
   * does not.
   */
  boolean asksForAnswer() {
    return words == (input[wordStart[0]] == 'H' ? 6 : 5);
  }

  /** Whether the body of the message of the last {@link #next} starts with these bytes. */
  boolean bodyStartsWith(byte[] prefix) {
    if (bodyEnd - bodyStart < prefix.length) {
      return false;
    }
    return Arrays.equals(input, bodyStart, bodyStart + prefix.length, prefix, 0, prefix.length);
  }

  /** Whether the body of the message of the last {@link #next} has these bytes in it. */
  boolean bodyContains(byte[] part) {
    for (int at = bodyStart; at <= bodyEnd - part.length; at++) {
      if (input[at] == part[0]
          && Arrays.equals(input, at, at + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  /** Returns headers and payload of the message of the last {@link #next}. */
  String body() {
    return text(bodyStart, bodyEnd);
  }

  /**
   * Sends a request of the JetStream API and waits for the reply; only while no other request is in
   * flight.
   */
  String request(String subject, String body) throws IOException {
    byte[] address = address("request");
    publish(ascii(subject), address, ascii(body));
    do {
      next();
    } while (!isFor(address));
    String reply = body();
    if (reply.contains("\"error\":{") || reply.startsWith("NATS/1.0 503")) {
      throw new IOException(subject + ": " + reply.strip());
    }
    return reply;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Splits the next line into words and returns its end, without its line break. */
  private int line() throws IOException {
    int end = endOfLine();
    while (end < 0) {
      fill();
      end = endOfLine();
    }
    words = 0;
    int start = parsed;
    for (int at = parsed; at <= end && words < wordStart.length; at++) {
      if (at == end || input[at] == ' ') {
        if (at > start) {
          wordStart[words] = start;
          wordEnd[words++] = at;
        }
        start = at + 1;
      }
    }
    return end;
  }

  /** Returns the index of the next line break in the input; -1 if the line is incomplete. */
  private int endOfLine() {
    for (int at = parsed; at < filled - 1; at++) {
      if (input[at] == '\r' && input[at + 1] == '\n') {
        return at;
      }
    }
    return -1;
  }

  /**
   * Returns whether the input reaches this index; if not, reads more, and the frame must be parsed
   * again.
   */
  private boolean holds(int end) throws IOException {
    if (end <= filled) {
      return true;
    }
    fill();
    return false;
  }

  private void fill() throws IOException {
    flush();
    if (parsed == filled) {
      parsed = 0;
      filled = 0;
    } else if (parsed > 0) {
      System.arraycopy(input, parsed, input, 0, filled - parsed);
      filled -= parsed;
      parsed = 0;
    }
    if (filled == input.length) {
      input = Arrays.copyOf(input, input.length * 2);
    }
    int read = in.read(input, filled, input.length - filled);
    if (read < 0) {
      throw new EOFException("the server closed the connection");
    }
    filled += read;
  }

  /** Sends pending messages now, instead of before the next wait. */
  void flush() throws IOException {
    if (unsent > 0) {
      out.write(output, 0, unsent);
      unsent = 0;
    }
  }

  private void write(byte[] bytes) throws IOException {
    require(bytes.length);
    append(bytes, 0, bytes.length);
  }

  private void require(int bytes) throws IOException {
    if (output.length - unsent < bytes) {
      flush();
    }
  }

  private void append(byte[] bytes, int offset, int length) {
    System.arraycopy(bytes, offset, output, unsent, length);
    unsent += length;
  }

  private void appendDecimal(int value) {
    int digits = 1;
    for (int rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    int rest = value;
    for (int i = digits - 1; i >= 0; i--) {
      output[unsent + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    unsent += digits;
  }

  private int decimal(int word) {
    int value = 0;
    for (int i = wordStart[word]; i < wordEnd[word]; i++) {
      value = value * 10 + input[i] - '0';
    }
    return value;
  }

  private String text(int start, int end) {
    return new String(input, start, end - start, US_ASCII);
  }
}
