// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The codec of texts in UTF-8. It uses a decoder because that reports malformed bytes, which the
 * constructor of String replaces silently.
 */
enum TextCodec implements Codec<String> {
  INSTANCE;

  @Override
  public byte[] encode(String value) throws CharacterCodingException {
    ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
    byte[] payload = new byte[encoded.remaining()];
    encoded.get(payload);
    return payload;
  }

  @Override
  public String decode(byte[] payload) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
  }
}
