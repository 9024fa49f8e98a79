package dev.jetlane.nats.pull;

import dev.jetlane.InvalidInputException;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.wire.InboundRewriter;
import dev.jetlane.spi.AbstractDelivery;
import dev.jetlane.spi.LeaseKeeper;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A message under a lease. Everything that not every worker asks for is read from the message when
 * it is asked for.
 */
public final class NatsDelivery extends AbstractDelivery {

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

  String replySubject() {
    return message.getReplyTo();
  }

  @Override
  public String taskId() {
    String redriven = header(PartitionAddress.ID_HEADER);
    if (redriven != null) {
      return redriven;
    }
    String text = context.session.options.bareSubjects() ? payloadAsId() : null;
    if (text != null) {
      return text;
    }
    String messageId = messageId();
    String ours = messageId == null ? null : context.lane.taskIdIn(messageId);
    return ours != null ? ours : "seq-" + streamSequence();
  }

  /** In ArmoniK's queue the payload is the id, whoever pushed it. Null if it cannot be one. */
  private @Nullable String payloadAsId() {
    try {
      return Limits.checkTaskId(new String(payload(), StandardCharsets.UTF_8));
    } catch (InvalidInputException e) {
      return null;
    }
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
    all.put(PartitionAddress.ID_HEADER, taskId());
    all.put(
        PartitionAddress.MESSAGE_ID_HEADER,
        context.lane.movedMessageId(streamSequence() + "-" + storedAtNanos()));
    context.session.replies.call(
        new StoreRequest(taskId(), "postponement of task ", context.lane.subject, all, payload()));
    return true;
  }

  /** Without headers the message id may be where the subject was (see {@link InboundRewriter}). */
  private @Nullable String messageId() {
    if (message.getHeaders() != null) {
      return header(PartitionAddress.MESSAGE_ID_HEADER);
    }
    String subject = message.getSubject();
    return subject.equals(context.lane.subject) ? null : subject;
  }

  @Override
  public byte[] payload() {
    return message.getData();
  }

  @Override
  public Map<String, String> headers() {
    Map<String, String> known = headers;
    if (known == null) {
      known = userHeaders(message.getHeaders());
      headers = known;
    }
    return known;
  }

  @Override
  public String partition() {
    return context.lane.partition;
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
      context.session.replies.call(repeatable(SettleRequest.ACK));
    } else {
      context.session.publish(replySubject(), SettleRequest.ACK);
    }
  }

  @Override
  protected CompletableFuture<Settlement> startAck(Settlement settlement) {
    if (context.options.confirmAcks()) {
      return context.session.replies.send(SettleRequest.ack(this, settlement));
    }
    context.session.publish(replySubject(), SettleRequest.ACK);
    ackEnded(null);
    return CompletableFuture.completedFuture(settlement);
  }

  /** What became of {@link #startAck}. */
  void acked(@Nullable TaskQueueException error) {
    ackEnded(error);
  }

  private SettleRequest repeatable(byte[] what) {
    return new SettleRequest(this, what, SettleRequest.Kind.REPEATABLE);
  }

  private SettleRequest once(byte[] what) {
    return new SettleRequest(this, what, SettleRequest.Kind.ONCE);
  }

  @Override
  protected void sendNak(Duration delay) {
    context.session.replies.call(once(SettleRequest.nak(delay)));
  }

  @Override
  protected void sendExtend() {
    long requestedNanos = System.nanoTime();
    context.session.replies.call(once(SettleRequest.EXTEND));
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
    if (!context.session.link.isConnected()) {
      return CompletableFuture.failedFuture(
          new QueueUnavailableException("the connection is down", null));
    }
    long requestedNanos = System.nanoTime();
    return context
        .session
        .replies
        .send(once(SettleRequest.EXTEND))
        .thenRun(() -> extended(requestedNanos));
  }

  @Override
  protected void sendDeadLetter(String reason) {
    context.session.replies.await(context.deadLetters.move(this, reason));
  }

  /**
   * Gives back what nobody saw, without waiting. When this does not get through, the lease runs out
   * instead.
   */
  void giveBackUnseen() {
    forget();
    if (!leaseExpired() && context.session.link.isConnected()) {
      try {
        context.session.link.sender().publish(replySubject(), SettleRequest.NAK);
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
    Headers all = message.getHeaders();
    return all == null ? null : all.getFirst(name);
  }

  /**
   * The headers without the server's and our own. A foreign producer may have sent a name more than
   * once: its values are joined by commas, as in HTTP.
   */
  public static Map<String, String> userHeaders(@Nullable Headers all) {
    if (all == null || all.isEmpty()) {
      return Map.of();
    }
    Map<String, String> users = new LinkedHashMap<>();
    all.forEach(
        (name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (!lower.startsWith("nats-") && !lower.startsWith("jetlane-")) {
            users.put(name, String.join(",", values));
          }
        });
    return users.isEmpty() ? Map.of() : Collections.unmodifiableMap(users);
  }
}
