// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * Turns values into payloads and payloads into values, for a {@link TypedPartition}. Must be
 * thread-safe.
 *
 * <p>Any client that may push can write a payload, so a codec must take the type from the
 * application, never from the payload.
 *
 * @param <T> the type of the values
 */
public interface Codec<T> {

  /**
   * Turns a value into a payload. Runs on the thread that pushes.
   *
   * @param value the value
   * @return the payload; the caller may keep the array
   * @throws Exception if the value cannot be encoded; the push then refuses it with {@link
   *     InvalidInputException}
   */
  byte[] encode(T value) throws Exception;

  /**
   * Turns a payload into a value. Runs on the thread of the handler, or on the one that pulls.
   *
   * @param payload the bytes of the task
   * @return the value, never null
   * @throws Exception if the payload cannot be decoded: the task then becomes a dead letter
   *     immediately. The message of the exception is part of the reason, so it must contain nothing
   *     confidential. An {@link Error} instead fails the attempt like an error of a handler.
   */
  T decode(byte[] payload) throws Exception;

  /**
   * Returns a codec that encodes with this codec and then with another one, such as a compression
   * or an encryption, and decodes in the reverse order.
   *
   * <pre>{@code
   * Codec<String> confidential = Codec.text().then(new Gzip()).then(new Encryption(key));
   * }</pre>
   *
   * @param outer encodes after this codec and decodes before it
   * @return the chain
   * @throws InvalidInputException if {@code outer} is null
   */
  default Codec<T> then(Codec<byte[]> outer) {
    return new ChainedCodec<>(this, Limits.checkPresent("codec", outer));
  }

  /**
   * Returns the codec of payloads that are the values themselves.
   *
   * @return the codec
   */
  static Codec<byte[]> bytes() {
    return BytesCodec.INSTANCE;
  }

  /**
   * Returns the codec of texts in UTF-8. It is strict: a payload with malformed bytes cannot be
   * decoded, and a text with half a surrogate pair cannot be encoded.
   *
   * @return the codec
   */
  static Codec<String> text() {
    return TextCodec.INSTANCE;
  }
}
