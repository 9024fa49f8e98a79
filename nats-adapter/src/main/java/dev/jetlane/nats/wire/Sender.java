package dev.jetlane.nats.wire;

import io.nats.client.Connection;

/**
 * Sends on a connection. What one thread sends goes out in that order.
 *
 * <p>A method that throws {@link IllegalStateException} has sent nothing: the connection is down or
 * takes nothing more. {@link IllegalArgumentException} means that it would never be sent.
 */
public interface Sender {

  /** Sends a message without an answer; it may stay here for a millisecond. */
  void publish(String subject, byte[] body);

  /** Sends a message that is answered on a subject; it goes out immediately. */
  void publish(String subject, String replyTo, byte[] body);

  /**
   * Accepts a request. Does not write to the socket, and waits for at most a second, for room.
   *
   * @param inbox what the subject of its answer starts with
   * @param token what it ends with
   * @param soon whether another thread is to write it; otherwise the caller flushes
   * @return whether the caller should flush in any case: so much has gathered that it ought to feel
   *     how fast the server takes it
   */
  boolean send(Frame frame, String inbox, long token, boolean soon);

  /** Whether {@link #send} would accept a request now without waiting. */
  boolean hasRoom();

  /**
   * Writes what was accepted. Does not wait for the server. What jnats is given after this, a ping
   * or a subscription, reaches the server after it.
   */
  void flush();

  /** Sends through jnats, one object of its own for each message. */
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
    public boolean send(Frame frame, String inbox, long token, boolean soon) {
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

    /** Its writer never waits. */
    @Override
    public void flush() {}
  }
}
