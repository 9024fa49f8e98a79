// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.proxy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * One frame of the protocol, as received: a control line, and for a message its headers and body.
 *
 * @param words the words of the control line, the operation first
 * @param bytes the whole frame, to be passed on unchanged
 * @param payloadAt the index where headers and body begin; the length of {@code bytes} if there are
 *     none
 * @param bodyAt the index where the body begins
 */
@SuppressWarnings("ArrayRecordComponent") // Frames are passed on, never compared.
record Frame(String[] words, byte[] bytes, int payloadAt, int bodyAt) {

  private static final int LINE_END_BYTES = 2;

  /** Returns the next frame. Throws {@link EOFException} at the end of the stream. */
  static Frame read(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int last = -1; ; ) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      all.write(next);
      if (last == '\r' && next == '\n') {
        break;
      }
      last = next;
    }
    String line = all.toString(StandardCharsets.ISO_8859_1).strip();
    String[] words = line.split("\\s+");
    int lineBytes = all.size();
    int headerBytes = 0;
    switch (words[0]) {
      case "PUB", "MSG" -> append(in, all, last(words));
      case "HPUB", "HMSG" -> {
        headerBytes = Integer.parseInt(words[words.length - 2]);
        append(in, all, last(words));
      }
      default -> {}
    }
    return new Frame(words, all.toByteArray(), lineBytes, lineBytes + headerBytes);
  }

  private static int last(String[] words) {
    return Integer.parseInt(words[words.length - 1]);
  }

  private static void append(InputStream in, ByteArrayOutputStream all, int bytes)
      throws IOException {
    byte[] rest = in.readNBytes(bytes + LINE_END_BYTES);
    if (rest.length < bytes + LINE_END_BYTES) {
      throw new EOFException();
    }
    all.write(rest);
  }

  String operation() {
    return words[0];
  }

  boolean isPublish() {
    return words[0].equals("PUB") || words[0].equals("HPUB");
  }

  boolean isMessage() {
    return words[0].equals("MSG") || words[0].equals("HMSG");
  }

  String subject() {
    return words[1];
  }

  /** Returns the reply subject; empty if the publisher expects no answer. */
  String reply() {
    int withReply = words[0].equals("HPUB") ? 5 : 4;
    return words.length == withReply ? words[2] : "";
  }

  /** Returns the headers as text, the version line first; empty if there are none. */
  String headers() {
    return new String(bytes, payloadAt, bodyAt - payloadAt, StandardCharsets.ISO_8859_1);
  }

  String body() {
    int length = Math.max(0, bytes.length - bodyAt - LINE_END_BYTES);
    return new String(bytes, bodyAt, length, StandardCharsets.ISO_8859_1);
  }
}
