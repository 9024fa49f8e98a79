// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.jackson;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.jetlane.Codec;
import dev.jetlane.InvalidInputException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Values as JSON by Jackson 2, or as any other format that an {@link ObjectMapper} writes.
 * Immutable and thread-safe.
 *
 * <p>The application chooses the type. Do not enable Jackson's default typing, with which a payload
 * names classes: any client that may push could choose a class.
 *
 * @param <T> the type of the values
 */
@SuppressWarnings(
    "exports") // Jackson is optional: "requires transitive" would require it of every user.
public final class JacksonCodec<T> implements Codec<T> {

  private final ObjectWriter writer;
  private final ObjectReader reader;
  private final JavaType type;

  private JacksonCodec(ObjectMapper mapper, JavaType type) {
    this.type = type;
    writer = mapper.writerFor(type);
    reader = mapper.readerFor(type).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /**
   * Creates a codec of a class.
   *
   * @param mapper writes and reads; its later reconfiguration has no effect
   * @param type the class of the values
   * @param <T> the type of the values
   * @return the codec
   * @throws InvalidInputException if an argument is null
   */
  public static <T> JacksonCodec<T> of(ObjectMapper mapper, Class<T> type) {
    return new JacksonCodec<>(
        present("mapper", mapper), mapper.constructType(present("type", type)));
  }

  /**
   * Creates a codec of a generic type, such as {@code new TypeReference<List<Order>>() {}}.
   *
   * @param mapper writes and reads; its later reconfiguration has no effect
   * @param type the type of the values
   * @param <T> the type of the values
   * @return the codec
   * @throws InvalidInputException if an argument is null
   */
  public static <T> JacksonCodec<T> of(ObjectMapper mapper, TypeReference<T> type) {
    return new JacksonCodec<>(
        present("mapper", mapper), mapper.constructType(present("type", type)));
  }

  private static <T> T present(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }

  @Override
  public byte[] encode(T value) throws IOException {
    return writer.writeValueAsBytes(value);
  }

  /**
   * Reads a value. Its errors name the kind of the problem and its place. Unlike Jackson's own
   * messages, they contain no part of the payload.
   *
   * @param payload the bytes of the task
   * @return the value
   * @throws IOException if the payload is not exactly one such value
   */
  @Override
  public T decode(byte[] payload) throws IOException {
    try {
      return reader.readValue(payload);
    } catch (JsonProcessingException e) {
      throw new IOException(e.getClass().getSimpleName() + " for " + type.toCanonical() + place(e));
    }
  }

  private static String place(JsonProcessingException error) {
    JsonLocation at = error.getLocation();
    return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  @Override
  public String toString() {
    return "JacksonCodec[" + type.toCanonical() + "]";
  }
}
