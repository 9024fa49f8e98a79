// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/** The codec of values that are the payloads themselves. */
enum BytesCodec implements Codec<byte[]> {
  INSTANCE;

  @Override
  public byte[] encode(byte[] value) {
    return value;
  }

  @Override
  public byte[] decode(byte[] payload) {
    return payload;
  }
}
