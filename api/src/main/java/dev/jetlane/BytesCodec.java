package dev.jetlane;

/** Values that are their payloads. */
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
