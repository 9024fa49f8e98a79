package dev.jetlane.nats.pull;

import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.wire.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Settles a delivery; answered by an empty message once the consumer applied it. */
public final class SettleRequest extends Request<Settlement> {

  public static final byte[] ACK = bytes("+ACK");
  public static final byte[] NAK = bytes("-NAK");
  static final byte[] EXTEND = bytes("+WPI");

  /** Without a reason: 2.9 answers a term with a reason and ignores it. */
  static final byte[] TERM = bytes("+TERM");

  private static final Answer<Settlement> IN_TIME = Answer.value(Settlement.SETTLED);
  private static final Answer<Settlement> LATE = Answer.value(Settlement.SETTLED_LATE);

  private final NatsDelivery delivery;
  private final byte[] what;
  private final Kind kind;

  /** What a settlement is to those who asked for it. */
  enum Kind {
    /**
     * Not to be sent again: when the first one was applied but its confirmation lost, a second one
     * would take the task from whoever holds it by then.
     */
    ONCE,
    /** May be sent again. */
    REPEATABLE,
    /** An ack that the delivery is told about, in time or late. */
    ACK,
    LATE_ACK
  }

  SettleRequest(NatsDelivery delivery, byte[] what, Kind kind) {
    super(kind != Kind.ONCE);
    this.delivery = delivery;
    this.what = what;
    this.kind = kind;
  }

  /** An ack whose outcome the delivery hears of before anybody else. */
  static SettleRequest ack(NatsDelivery delivery, Settlement settlement) {
    boolean late = settlement == Settlement.SETTLED_LATE;
    return new SettleRequest(delivery, ACK, late ? Kind.LATE_ACK : Kind.ACK);
  }

  public static byte[] nak(Duration delay) {
    return delay.isZero() ? NAK : bytes("-NAK {\"delay\":" + delay.toNanos() + "}");
  }

  /**
   * After a lease that ran out while the connection was down, a nak or an extension would take the
   * task from its next holder.
   */
  @Override
  public boolean isTimely() {
    return kind != Kind.ONCE || !delivery.leaseExpired();
  }

  @Override
  public String describe() {
    int end = 0;
    while (end < what.length && what[end] != ' ') {
      end++;
    }
    return new String(what, 0, end, StandardCharsets.US_ASCII)
        + " of task "
        + delivery.taskId()
        + " (attempt "
        + delivery.attempt()
        + ")";
  }

  @Override
  public String subject() {
    return delivery.replySubject();
  }

  @Override
  public byte[] body() {
    return what;
  }

  @Override
  public Answer<Settlement> read(byte[] answer, int from, int length) {
    return kind == Kind.LATE_ACK ? LATE : IN_TIME;
  }

  @Override
  public void released(@Nullable TaskQueueException error) {
    if (kind == Kind.ACK || kind == Kind.LATE_ACK) {
      delivery.acked(error);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
