// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/** Two codecs, one around the other. */
record ChainedCodec<T>(Codec<T> inner, Codec<byte[]> outer) implements Codec<T> {

  @Override
  public byte[] encode(T value) throws Exception {
    return outer.encode(inner.encode(value));
  }

  @Override
  public T decode(byte[] payload) throws Exception {
    return inner.decode(outer.decode(payload));
  }
}
