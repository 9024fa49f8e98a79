package dev.jetlane;

/**
 * Turns values into payloads and payloads into values, for a {@link TypedPartition}. Must be
 * thread-safe.
 *
 * <p>A payload may come from any client that may push: a codec takes the type from the application
 * and never from the payload.
 *
 * @param <T> the type of the values
 */
public interface Codec<T> {

  /**
   * Turns a value into a payload. Runs on the thread that pushes.
   *
   * @param value the value
   * @return the payload; the caller may keep the array
   * @throws Exception if this value has no payload; the push then refuses it with {@link
   *     InvalidInputException}
   */
  byte[] encode(T value) throws Exception;

  /**
   * Turns a payload into a value. Runs on the thread of the handler, or on the one that pulls.
   *
   * @param payload the bytes of the task
   * @return the value, never null
   * @throws Exception if the payload is no such value: the task then becomes a dead letter
   *     immediately, and the message of the exception is a part of its reason, so it must contain
   *     nothing confidential. An {@link Error} is an ordinary failure of the attempt instead.
   */
  T decode(byte[] payload) throws Exception;

  /**
   * Returns a codec that gives the payloads of this one to another codec, such as a compression or
   * an encryption, and takes them from it.
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
