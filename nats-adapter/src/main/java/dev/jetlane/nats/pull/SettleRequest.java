// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.nats.request.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Settles a message, or extends its lease. The answer comes when the consumer has applied it. */
public final class SettleRequest extends Request<Settlement> {

  public static final byte[] ACK = bytes("+ACK");
  public static final byte[] NAK = bytes("-NAK");
  private static final byte[] EXTEND = bytes("+WPI");

  /** Without a reason, because 2.9 confirms a term with a reason and ignores it. */
  private static final byte[] TERM = bytes("+TERM");

  private static final Answer<Settlement> IN_TIME = Answer.value(Settlement.SETTLED);
  private static final Answer<Settlement> LATE = Answer.value(Settlement.SETTLED_LATE);

  /** The message to settle. */
  interface Target {
    String replySubject();

    /** The description in errors, such as {@code task t-1 (attempt 2)}. */
    String describe();
  }

  private final Target target;
  private final byte[] what;
  private final Answer<Settlement> result;

  private SettleRequest(
      Target target,
      byte[] what,
      Repeat repeat,
      Answer<Settlement> result,
      Completion<? super Settlement> completion) {
    super(repeat, completion);
    this.target = target;
    this.what = what;
    this.result = result;
  }

  /** Creates an ack, a nak or an extension. */
  static SettleRequest of(
      Target target, LeaseAction action, Completion<? super Settlement> completion) {
    if (action instanceof LeaseAction.Nak nak) {
      return once(target, nak(nak.delay()), completion, nak.notAfterNanos());
    }
    if (action instanceof LeaseAction.Extend extend) {
      return once(target, EXTEND, completion, extend.notAfterNanos());
    }
    boolean late = action.result() == Settlement.SETTLED_LATE;
    return new SettleRequest(target, ACK, Repeat.ALWAYS, late ? LATE : IN_TIME, completion);
  }

  /**
   * Creates a request that is never sent again: if the first one was applied and its confirmation
   * lost, a second one would take the task from its next holder. For the same reason it is not sent
   * after its lease expired while the connection was down.
   */
  private static SettleRequest once(
      Target target, byte[] what, Completion<? super Settlement> completion, long notAfterNanos) {
    SettleRequest once = new SettleRequest(target, what, Repeat.NEVER, IN_TIME, completion);
    once.notAfter(notAfterNanos);
    return once;
  }

  /** Creates the removal of a message whose dead letter is stored. */
  static SettleRequest removal(Target target) {
    return new SettleRequest(target, TERM, Repeat.ALWAYS, IN_TIME, Completion.none());
  }

  /** Returns the bytes of a nak. */
  public static byte[] nak(Duration delay) {
    return delay.isZero() ? NAK : bytes("-NAK {\"delay\":" + delay.toNanos() + "}");
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
