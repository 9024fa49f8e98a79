package dev.jetlane;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Texts in UTF-8. A new decoder reports malformed bytes, where a new String would replace them. */
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
