package dev.jetlane.nats;

import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Settles a delivery; answered by an empty message once the consumer applied it. */
final class SettleRequest extends Request<Void> {

  static final byte[] ACK = bytes("+ACK");
  static final byte[] NAK = bytes("-NAK");
  static final byte[] EXTEND = bytes("+WPI");

  /** Without a reason: 2.9 answers a term with a reason and ignores it. */
  static final byte[] TERM = bytes("+TERM");

  private static final Answer<Void> CONFIRMED = new Answer<>(null, null, null);

  private final NatsDelivery delivery;

  /**
   * @param repeatable false for a nak: when the first one was applied but its confirmation lost, a
   *     second one would take the task from whoever holds it by then
   */
  SettleRequest(NatsDelivery delivery, byte[] what, boolean repeatable) {
    super(delivery.replySubject(), null, what, repeatable);
    this.delivery = delivery;
  }

  static byte[] nak(Duration delay) {
    return delay.isZero() ? NAK : bytes("-NAK {\"delay\":" + delay.toNanos() + "}");
  }

  @Override
  String describe() {
    int end = 0;
    while (end < body.length && body[end] != ' ') {
      end++;
    }
    return new String(body, 0, end, StandardCharsets.US_ASCII)
        + " of task "
        + delivery.taskId()
        + " (attempt "
        + delivery.attempt()
        + ")";
  }

  @Override
  Answer<Void> read(Message message) {
    return CONFIRMED;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
