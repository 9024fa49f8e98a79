package dev.jetlane.nats.pull;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.wire.InboundRewriter;
import dev.jetlane.spi.AbstractDelivery;
import dev.jetlane.spi.LeaseKeeper;
import io.nats.client.Message;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A message under a lease. Everything that not every worker asks for is read from the message when
 * it is asked for.
 */
public final class NatsDelivery extends AbstractDelivery implements SettleRequest.Target {

  private final PullContext context;
  private final Message message;
  private final int numbersAt;
  private final int attempt;
  private volatile long deadlineNanos;
  private volatile @Nullable Map<String, String> headers;

  /**
   * @param numbersAt as of {@link AckSubject#numbersAt}, not -1
   * @param receivedNanos not later than the message arrived, as far as that can be known
   */
  NatsDelivery(PullContext context, Message message, int numbersAt, long receivedNanos) {
    this.context = context;
    this.message = message;
    this.numbersAt = numbersAt;
    long delivered = AckSubject.number(replySubject(), numbersAt, AckSubject.DELIVERED);
    attempt = (int) Math.max(1, Math.min(Integer.MAX_VALUE, delivered));
    deadlineNanos = receivedNanos + context.leaseNanos;
  }

  @Override
  public String describe() {
    return "task " + taskId() + " (attempt " + attempt + ")";
  }

  @Override
  public String replySubject() {
    return message.getReplyTo();
  }

  @Override
  public String taskId() {
    String redriven = header(WireHeaders.TASK_ID);
    if (redriven != null && WireHeaders.isTaskId(redriven)) {
      return redriven;
    }
    String text = context.dialect.taskId(payload());
    if (text != null) {
      return text;
    }
    String messageId = messageId();
    String ours = messageId == null ? null : context.address.taskIdIn(messageId);
    return ours != null && WireHeaders.isTaskId(ours) ? ours : "seq-" + streamSequence();
  }

  /**
   * Stores the task once more, behind everything that is in the partition; a second time is refused
   * by the dedup window. Returns false if this delivery is settled.
   */
  public boolean storeAgain() {
    if (!isOpen()) {
      return false;
    }
    if (leaseExpired()) {
      throw new LeaseExpiredException("task " + taskId() + " refused: its lease ran out", null);
    }
    Map<String, String> all = new LinkedHashMap<>(headers());
    all.put(WireHeaders.TASK_ID, taskId());
    all.put(
        WireHeaders.MESSAGE_ID,
        context.address.movedMessageId(streamSequence() + "-" + storedAtNanos()));
    context.requests.call(
        new StoreRequest(
            taskId(), "postponement of task ", context.address.subject, all, payload()),
        context.session.deadlineNanos());
    return true;
  }

  /** Without headers the message id may be where the subject was (see {@link InboundRewriter}). */
  private @Nullable String messageId() {
    if (message.getHeaders() != null) {
      return header(WireHeaders.MESSAGE_ID);
    }
    String subject = message.getSubject();
    return subject.equals(context.address.subject) ? null : subject;
  }

  @Override
  public byte[] payload() {
    return message.getData();
  }

  @Override
  public Map<String, String> headers() {
    Map<String, String> known = headers;
    if (known == null) {
      known = TaskHeaders.of(message.getHeaders()).users();
      headers = known;
    }
    return known;
  }

  @Override
  public String partition() {
    return context.address.partition;
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public Duration leaseRemaining() {
    return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
  }

  @Override
  public boolean leaseExpired() {
    return deadlineNanos - System.nanoTime() <= 0;
  }

  @Override
  protected void sendAck() {
    if (context.options.confirmAcks()) {
      call(repeatable(SettleRequest.ACK));
    } else {
      context.session.publish(replySubject(), SettleRequest.ACK);
    }
  }

  @Override
  protected CompletableFuture<Settlement> startAck(Settlement settlement) {
    if (context.options.confirmAcks()) {
      return context.requests.send(
          SettleRequest.ack(this, settlement, new AckEnd()),
          Urgency.PIPELINED,
          context.session.deadlineNanos());
    }
    context.session.publish(replySubject(), SettleRequest.ACK);
    ackEnded(null);
    return CompletableFuture.completedFuture(settlement);
  }

  /** The end of an ack that nobody waits for. */
  private final class AckEnd implements Completion<Settlement> {

    @Override
    public void succeeding(Settlement settlement) {
      ackEnded(null);
    }

    @Override
    public Throwable failing(Throwable error) {
      ackEnded(error);
      return error;
    }
  }

  private SettleRequest repeatable(byte[] what) {
    return SettleRequest.repeatable(this, what);
  }

  private void call(SettleRequest request) {
    context.requests.call(request, context.session.deadlineNanos());
  }

  private SettleRequest once(byte[] what) {
    return SettleRequest.once(this, what);
  }

  @Override
  protected void sendNak(Duration delay) {
    call(once(SettleRequest.nak(delay)));
  }

  @Override
  protected void sendExtend() {
    long requestedNanos = System.nanoTime();
    call(once(SettleRequest.EXTEND));
    extended(requestedNanos);
  }

  private synchronized void extended(long requestedNanos) {
    if (leaseExpired()) {
      // An expired lease stays expired: whoever looked at it meanwhile has stopped working.
      throw new OutcomeUnknownException(
          "extend of task " + taskId() + ": the confirmation came after the lease ran out", null);
    }
    long endNanos = requestedNanos + context.leaseNanos;
    if (endNanos - deadlineNanos > 0) { // Answers may come in another order.
      deadlineNanos = endNanos;
    }
  }

  @Override
  protected LeaseKeeper keeper() {
    return context.session.keeper;
  }

  @Override
  protected long leaseEndNanos() {
    return deadlineNanos;
  }

  /** Not sent while the connection is down: it could go out when another worker has the task. */
  @Override
  protected CompletableFuture<Void> sendBeat(long now) {
    if (!context.monitor.isConnected()) {
      return CompletableFuture.failedFuture(
          new QueueUnavailableException("the connection is down", null));
    }
    long requestedNanos = System.nanoTime();
    return context
        .requests
        .send(once(SettleRequest.EXTEND), Urgency.PIPELINED, context.session.deadlineNanos())
        .thenRun(() -> extended(requestedNanos));
  }

  @Override
  protected void sendDeadLetter(String reason) {
    long deadlineNanos = context.session.deadlineNanos();
    context.requests.await(context.deadLetters.move(this, reason, deadlineNanos), deadlineNanos);
  }

  /**
   * Gives back what nobody saw, without waiting. When this does not get through, the lease runs out
   * instead.
   */
  void giveBackUnseen() {
    forget();
    if (!leaseExpired() && context.monitor.isConnected()) {
      try {
        context.sender.publish(replySubject(), SettleRequest.NAK);
      } catch (IllegalStateException disconnected) {
        // As said above.
      }
    }
  }

  /** Removes the task; its dead letter is stored. */
  SettleRequest removal() {
    return repeatable(SettleRequest.TERM);
  }

  public long streamSequence() {
    return AckSubject.number(replySubject(), numbersAt, AckSubject.STREAM_SEQUENCE);
  }

  public long storedAtNanos() {
    return AckSubject.number(replySubject(), numbersAt, AckSubject.STORED_AT_NANOS);
  }

  private @Nullable String header(String name) {
    return message.hasHeaders() ? TaskHeaders.of(message.getHeaders()).first(name) : null;
  }
}
