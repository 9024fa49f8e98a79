// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The practical limit: {@link Wire} with a window of unconfirmed messages, each with its own
 * confirmation.
 */
final class SocketPush implements PushLoop {

  private static final byte[] STORED = Wire.ascii("{\"stream\"");
  private static final byte[] DUPLICATE = Wire.ascii("\"duplicate\"");
  private static final String DIGITS = "000000000";
  private static final String END = "\r\n\r\n";

  private final Wire wire;
  private final byte[][] subjects;
  private int next;
  private final byte[] payload;
  private final byte[] stored;
  private final int window;

  /**
   * The header of a push of the queue: an id, which is incremented in place. Empty for messages
   * without ids.
   */
  private final byte[] headers;

  private final int lastDigit;

  /**
   * @param places the partitions that receive the tasks, in turn
   * @param window the largest number of unconfirmed messages
   * @param withIds whether each message has an id that the server checks for duplicates
   */
  SocketPush(Wire wire, List<Place> places, byte[] payload, int window, boolean withIds) {
    this.wire = wire;
    subjects = places.stream().map(place -> Wire.ascii(place.subject())).toArray(byte[][]::new);
    this.payload = payload;
    this.stored = wire.address("stored");
    this.window = window;
    String run = Integer.toHexString(ThreadLocalRandom.current().nextInt());
    headers =
        withIds
            ? Wire.ascii("NATS/1.0\r\nNats-Msg-Id: drain/" + run + "-" + DIGITS + END)
            : new byte[0];
    lastDigit = headers.length - END.length() - 1;
  }

  @Override
  public void push(int tasks) throws IOException {
    int sent = 0;
    for (int confirmed = 0; confirmed < tasks; confirmed++) {
      while (sent < tasks && sent - confirmed < window) {
        send();
        sent++;
      }
      wire.next();
      if (!wire.isFor(stored) || !wire.bodyStartsWith(STORED) || wire.bodyContains(DUPLICATE)) {
        throw new IOException("a task was not stored: " + wire.body());
      }
    }
  }

  private void send() throws IOException {
    byte[] subject = subjects[next];
    next = (next + 1) % subjects.length;
    if (headers.length == 0) {
      wire.publish(subject, stored, payload);
      return;
    }
    for (int digit = lastDigit; ; digit--) {
      if (headers[digit] != '9') {
        headers[digit]++;
        break;
      }
      headers[digit] = '0';
    }
    wire.publish(subject, stored, headers, payload);
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
