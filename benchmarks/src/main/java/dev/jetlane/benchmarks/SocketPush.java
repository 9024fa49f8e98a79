package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * The practical limit: {@link Wire} with a window of unconfirmed messages, each confirmed by
 * itself, without ids.
 */
final class SocketPush implements PushLoop {

  private static final byte[] STORED = Wire.ascii("{\"stream\"");

  private final Wire wire;
  private final byte[] subject;
  private final byte[] payload;
  private final byte[] stored;
  private final int window;

  SocketPush(Wire wire, String subject, byte[] payload, int window) {
    this.wire = wire;
    this.subject = Wire.ascii(subject);
    this.payload = payload;
    this.stored = wire.address("stored");
    this.window = window;
  }

  @Override
  public void push(int tasks) throws IOException {
    int sent = 0;
    for (int confirmed = 0; confirmed < tasks; confirmed++) {
      while (sent < tasks && sent - confirmed < window) {
        wire.publish(subject, stored, payload);
        sent++;
      }
      wire.next();
      if (!wire.isFor(stored) || !wire.bodyStartsWith(STORED)) {
        throw new IOException("a task was not stored: " + wire.body());
      }
    }
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
