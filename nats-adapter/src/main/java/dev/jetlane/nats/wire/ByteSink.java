// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import java.util.Arrays;

/** A growing byte array for frames of the NATS protocol. Not thread-safe. */
public final class ByteSink {

  private static final int KEEP_BYTES = 1 << 20;
  private static final byte[] CRLF = {'\r', '\n'};

  private final int initialCapacity;
  private byte[] bytes;
  private int size;

  ByteSink(int initialCapacity) {
    this.initialCapacity = initialCapacity;
    bytes = new byte[initialCapacity];
  }

  /** Returns the array itself, which the next {@code put} may replace. */
  public byte[] array() {
    return bytes;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Drops the content, and also the array if a rare large payload made it large. */
  void clear() {
    size = 0;
    if (bytes.length > KEEP_BYTES) {
      bytes = new byte[initialCapacity];
    }
  }

  /** Drops all bytes after the first {@code length}. */
  void truncate(int length) {
    size = length;
  }

  /** Makes room for {@code length} bytes and returns their offset. */
  public int reserve(int length) {
    int at = size;
    if (bytes.length - at < length) {
      bytes = Arrays.copyOf(bytes, Math.max(at + length, bytes.length * 2));
    }
    size = at + length;
    return at;
  }

  public ByteSink put(char ascii) {
    // A single expression would read the field before {@code reserve} replaces the array.
    int at = reserve(1);
    bytes[at] = (byte) ascii;
    return this;
  }

  /** Appends a string. Earlier checks have refused characters that are not ASCII. */
  @SuppressWarnings(
      "deprecation") // The only way to copy the bytes of a string without a new array.
  public ByteSink put(String ascii) {
    int length = ascii.length();
    int at = reserve(length);
    ascii.getBytes(0, length, bytes, at);
    return this;
  }

  public ByteSink put(byte[] source) {
    return put(source, 0, source.length);
  }

  public ByteSink put(byte[] source, int from, int length) {
    int at = reserve(length);
    System.arraycopy(source, from, bytes, at, length);
    return this;
  }

  /** Appends a number in decimal digits. */
  public ByteSink put(long number) {
    int digits = 1;
    for (long left = number / 10; left > 0; left /= 10) {
      digits++;
    }
    int at = reserve(digits) + digits;
    long left = number;
    do {
      bytes[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left > 0);
    return this;
  }

  public ByteSink endLine() {
    return put(CRLF);
  }

  /** Appends a number in eight bytes. */
  public ByteSink putLong(long number) {
    int at = reserve(Long.BYTES);
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      bytes[at++] = (byte) (number >>> shift);
    }
    return this;
  }

  /** Returns the number that {@link #putLong} wrote. */
  public static long longAt(byte[] source, int at) {
    long number = 0;
    for (int i = at; i < at + Long.BYTES; i++) {
      number = number << Byte.SIZE | (source[i] & 0xFF);
    }
    return number;
  }
}
