package dev.jetlane.nats.wire;

import io.nats.client.Connection;

/**
 * Sends on a connection. What one thread sends goes out in that order.
 *
 * <p>A method that throws {@link IllegalStateException} has sent nothing: the connection is down or
 * takes nothing more. {@link IllegalArgumentException} means that it would never be sent.
 */
public interface Sender {

  /** Sends a message that nobody answers; it may stay here for a moment. */
  void publish(String subject, byte[] body);

  /** Sends a message, to be answered on a subject; it may stay here until the {@link #flush}. */
  void publish(String subject, String replyTo, byte[] body);

  /** Sends a request; its answer comes to the inbox followed by the token of the request. */
  void send(Request<?> request, String inbox);

  /** What was sent goes out now. Does not wait for the server. */
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
    public void send(Request<?> request, String inbox) {
      nc.publish(request.subject(), inbox + request.token, request.headers(), request.body());
    }

    /** Its writer never waits. */
    @Override
    public void flush() {}
  }
}
