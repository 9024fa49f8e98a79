package dev.jetlane.nats.pull;

import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.request.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Settles a delivery; answered by an empty message once the consumer applied it. */
public final class SettleRequest extends Request<Settlement> {

  public static final byte[] ACK = bytes("+ACK");
  public static final byte[] NAK = bytes("-NAK");
  static final byte[] EXTEND = bytes("+WPI");

  /** Without a reason: 2.9 answers a term with a reason and ignores it. */
  static final byte[] TERM = bytes("+TERM");

  private static final Answer<Settlement> IN_TIME = Answer.value(Settlement.SETTLED);
  private static final Answer<Settlement> LATE = Answer.value(Settlement.SETTLED_LATE);

  /** What is settled. */
  interface Target {
    String replySubject();

    /** For errors, such as {@code task t-1 (attempt 2)}. */
    String describe();

    /** Whether its lease has run out. */
    boolean leaseExpired();
  }

  private final Target target;
  private final byte[] what;
  private final Answer<Settlement> result;

  private SettleRequest(
      Target target,
      byte[] what,
      boolean repeatable,
      Answer<Settlement> result,
      Completion<? super Settlement> completion) {
    super(repeatable, completion);
    this.target = target;
    this.what = what;
    this.result = result;
  }

  /**
   * Not to be sent again: when the first one was applied but its confirmation lost, a second one
   * would take the task from its next holder.
   */
  static SettleRequest once(Target target, byte[] what) {
    return new SettleRequest(target, what, false, IN_TIME, Completion.none());
  }

  /** May be sent again. */
  static SettleRequest repeatable(Target target, byte[] what) {
    return new SettleRequest(target, what, true, IN_TIME, Completion.none());
  }

  /** An ack, in time or late. */
  static SettleRequest ack(
      Target target, Settlement settlement, Completion<? super Settlement> completion) {
    boolean late = settlement == Settlement.SETTLED_LATE;
    return new SettleRequest(target, ACK, true, late ? LATE : IN_TIME, completion);
  }

  /** The bytes of a nak. */
  public static byte[] nak(Duration delay) {
    return delay.isZero() ? NAK : bytes("-NAK {\"delay\":" + delay.toNanos() + "}");
  }

  /**
   * After a lease that ran out while the connection was down, a nak or an extension would take the
   * task from its next holder.
   */
  @Override
  protected boolean isTimely() {
    return isRepeatable() || !target.leaseExpired();
  }

  @Override
  protected String describe() {
    int end = 0;
    while (end < what.length && what[end] != ' ') {
      end++;
    }
    return new String(what, 0, end, StandardCharsets.US_ASCII) + " of " + target.describe();
  }

  @Override
  public String subject() {
    return target.replySubject();
  }

  @Override
  public byte[] body() {
    return what;
  }

  @Override
  protected Answer<Settlement> read(byte[] answer, int from, int length) {
    return result;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
