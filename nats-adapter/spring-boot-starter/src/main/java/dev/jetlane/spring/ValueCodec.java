// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Codec;
import java.lang.reflect.Type;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The codec of values of one type, by the {@link PayloadCodec} bean. The bean is looked up when it
 * is needed.
 */
final class ValueCodec implements Codec<Object> {

  private final Type type;
  private final Supplier<@Nullable PayloadCodec> payloads;

  private ValueCodec(Type type, Supplier<@Nullable PayloadCodec> payloads) {
    this.type = type;
    this.payloads = payloads;
  }

  /**
   * Returns the codec of a type: bytes and texts without conversion, all other types by the bean.
   */
  static Codec<?> of(Type type, Supplier<@Nullable PayloadCodec> payloads) {
    if (type == byte[].class) {
      return Codec.bytes();
    }
    return type == String.class ? Codec.text() : new ValueCodec(type, payloads);
  }

  @Override
  public byte[] encode(Object value) {
    return payloads().write(value);
  }

  @Override
  public Object decode(byte[] payload) throws Exception {
    return payloads().read(payload, type);
  }

  /**
   * Returns the bean.
   *
   * @throws IllegalStateException if there is none
   */
  PayloadCodec payloads() {
    PayloadCodec present = payloads.get();
    if (present == null) {
      throw new IllegalStateException(
          "no codec for "
              + type.getTypeName()
              + ": define a PayloadCodec bean, or add Jackson to the application");
    }
    return present;
  }
}
