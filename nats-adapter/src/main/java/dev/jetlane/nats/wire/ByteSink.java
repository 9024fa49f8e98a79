package dev.jetlane.nats.wire;

import java.util.Arrays;

/** Bytes that grow: frames of the NATS protocol on their way in or out. Not thread-safe. */
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

  /** The array itself, which the next call of a {@code put} may replace. */
  public byte[] array() {
    return bytes;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Forgets the content, and a capacity that only a rare large payload needed. */
  void clear() {
    size = 0;
    if (bytes.length > KEEP_BYTES) {
      bytes = new byte[initialCapacity];
    }
  }

  /** Makes room for so many bytes and returns where they go. */
  public int reserve(int length) {
    int at = size;
    if (bytes.length - at < length) {
      bytes = Arrays.copyOf(bytes, Math.max(at + length, bytes.length * 2));
    }
    size = at + length;
    return at;
  }

  public ByteSink put(char ascii) {
    // In one expression the old array would be taken before there is a new one.
    int at = reserve(1);
    bytes[at] = (byte) ascii;
    return this;
  }

  /** What is not ASCII has been refused long before this. */
  @SuppressWarnings("deprecation") // The one way to get bytes out of a string without a new array.
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

  /** In decimal digits. */
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

  /** In eight bytes. */
  public ByteSink putLong(long number) {
    int at = reserve(Long.BYTES);
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      bytes[at++] = (byte) (number >>> shift);
    }
    return this;
  }

  /** The number that {@link #putLong} put there. */
  public static long longAt(byte[] source, int at) {
    long number = 0;
    for (int i = at; i < at + Long.BYTES; i++) {
      number = number << Byte.SIZE | (source[i] & 0xFF);
    }
    return number;
  }
}
