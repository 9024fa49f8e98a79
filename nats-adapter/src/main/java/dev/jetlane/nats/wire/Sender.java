// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import dev.jetlane.driver.Urgency;
import io.nats.client.Connection;

/**
 * Sends on a connection. The messages of one thread keep their order.
 *
 * <p>A method that throws {@link IllegalStateException} has sent nothing: the connection is down or
 * full. {@link IllegalArgumentException} means that the message can never be sent.
 */
public interface Sender {

  /** Sends a message without an answer, after a millisecond at most. */
  void publish(String subject, byte[] body);

  /** Sends a message with a reply subject immediately. */
  void publish(String subject, String replyTo, byte[] body);

  /**
   * Accepts a request. Does not write to the socket, and waits for at most a second, for room.
   *
   * @param inbox the start of the reply subject
   * @param token the end of the reply subject
   * @param urgency {@link Urgency#AWAITED} if the caller flushes; otherwise the thread of the
   *     writer writes it, immediately or a millisecond later
   * @return whether the caller should flush in any case, because many bytes are waiting, so that a
   *     slow server slows it down
   */
  boolean send(Frame frame, String inbox, long token, Urgency urgency);

  /** Returns whether {@link #send} would accept a request now without waiting. */
  boolean hasRoom();

  /**
   * Writes the accepted messages. Does not wait for the server. A later ping or subscription of
   * jnats reaches the server after them.
   */
  void flush();

  /** Sends through jnats, with an object for each message. */
  record ThroughJnats(Connection nc) implements Sender {

    @Override
    public void publish(String subject, byte[] body) {
      nc.publish(subject, body);
    }

    @Override
    public void publish(String subject, String replyTo, byte[] body) {
      nc.publish(subject, replyTo, body);
    }

    @Override
    public boolean send(Frame frame, String inbox, long token, Urgency urgency) {
      for (Frame before : frame.before()) {
        nc.publish(before.subject(), before.headers(), before.body());
      }
      nc.publish(frame.subject(), inbox + token, frame.headers(), frame.body());
      return false;
    }

    @Override
    public boolean hasRoom() {
      return true;
    }

    /** Does nothing, because the writer of jnats does not wait for a flush. */
    @Override
    public void flush() {}
  }
}
