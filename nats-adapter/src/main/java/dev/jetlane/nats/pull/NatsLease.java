package dev.jetlane.nats.pull;

import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.wire.InboundRewriter;
import io.nats.client.Message;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A message under a lease. Everything that not every worker asks for is read from the message when
 * it is asked for.
 */
public final class NatsLease implements Lease, SettleRequest.Target {

  private final PullContext context;
  private final Message message;
  private final int numbersAt;
  private final int attempt;
  private final long endNanos;
  private volatile @Nullable Map<String, String> headers;

  /**
   * @param numbersAt as of {@link AckSubject#numbersAt}, not -1
   * @param receivedNanos not later than the message arrived, as far as that can be known
   */
  NatsLease(PullContext context, Message message, int numbersAt, long receivedNanos) {
    this.context = context;
    this.message = message;
    this.numbersAt = numbersAt;
    long delivered = AckSubject.number(replySubject(), numbersAt, AckSubject.DELIVERED);
    attempt = (int) Math.max(1, Math.min(Integer.MAX_VALUE, delivered));
    endNanos = receivedNanos + context.leaseNanos;
  }

  @Override
  public String describe() {
    return "task " + taskId() + " (attempt " + attempt + ")";
  }

  @Override
  public String replySubject() {
    return AckSubject.whole(message.getReplyTo());
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

  /** Without headers the message id may be where the subject was (see {@link InboundRewriter}). */
  private @Nullable String messageId() {
    if (message.hasHeaders()) {
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
  public int attempt() {
    return attempt;
  }

  @Override
  public int priority() {
    return context.address.priority;
  }

  @Override
  public Instant storedAt() {
    long nanos = storedAtNanos();
    long second = TimeUnit.SECONDS.toNanos(1);
    return Instant.ofEpochSecond(nanos / second, nanos % second);
  }

  @Override
  public @Nullable Instant deadline() {
    return WireHeaders.deadline(header(WireHeaders.DEADLINE));
  }

  /** The headers of the user, and what else goes with a task wherever it is stored. */
  Map<String, String> storedHeaders() {
    return WireHeaders.with(headers(), header(WireHeaders.DEADLINE));
  }

  @Override
  public long endNanos() {
    return endNanos;
  }

  @Override
  public CompletableFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    try {
      if (action instanceof LeaseAction.Ack && !context.options.confirmAcks()) {
        publish(SettleRequest.ACK);
        return DriverFuture.done(completion, action.result());
      }
      if (action instanceof LeaseAction.MoveToDeadLetters dead) {
        return context.deadLetters.move(this, dead.reason(), completion, urgency, deadlineNanos);
      }
      if (action instanceof LeaseAction.PutBack) {
        return context.deadLetters.putBack(this, completion, urgency, deadlineNanos);
      }
      return context.requests.send(
          SettleRequest.of(this, action, completion), urgency, deadlineNanos);
    } catch (TaskQueueException e) {
      return DriverFuture.failed(completion, e);
    }
  }

  /** Without an answer. */
  private void publish(byte[] what) {
    if (context.monitor.isClosed()) {
      throw new QueueClosedException("the queue is closed", null);
    }
    try {
      context.sender.publish(replySubject(), what);
    } catch (IllegalStateException e) {
      throw new QueueUnavailableException("the connection is down: nothing was sent", e);
    }
  }

  /**
   * Stores the task once more, behind everything that is in the partition; a second time is refused
   * by the dedup window.
   */
  public void storeAgain() {
    var unused =
        context.requests.call(copy("postponement of task "), context.session.deadlineNanos());
  }

  /**
   * The request that stores the task once more.
   *
   * @param what what it is called in an error, before the id of the task
   */
  StoreRequest copy(String what) {
    Map<String, String> all = storedHeaders();
    all.put(WireHeaders.TASK_ID, taskId());
    all.put(WireHeaders.MESSAGE_ID, context.address.movedMessageId(place()));
    return new StoreRequest(taskId(), what, context.address.subject, all, payload());
  }

  /**
   * Gives back what no user saw, without waiting. When this does not get through, the lease runs
   * out instead. That must make no dead letter, so after the last attempt the task is stored anew.
   */
  void giveBack() {
    if (attempt < context.maxDeliveries) {
      nak();
      return;
    }
    var unused =
        context
            .deadLetters
            .putBack(this, Completion.none(), Urgency.PIPELINED, context.session.deadlineNanos())
            .whenComplete(
                (removed, error) -> {
                  if (error instanceof QueueFullException) {
                    nak();
                  }
                });
  }

  private void nak() {
    if (context.monitor.isConnected()) {
      try {
        context.sender.publish(replySubject(), SettleRequest.NAK);
      } catch (IllegalStateException disconnected) {
        // As said above.
      }
    }
  }

  /** Whether this client's lease has run out, as it was without an extension. */
  boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** The place of the message in its stream, which no other message ever has. */
  public String place() {
    return streamSequence() + "-" + storedAtNanos();
  }

  private long streamSequence() {
    return AckSubject.number(replySubject(), numbersAt, AckSubject.STREAM_SEQUENCE);
  }

  private long storedAtNanos() {
    return AckSubject.number(replySubject(), numbersAt, AckSubject.STORED_AT_NANOS);
  }

  private @Nullable String header(String name) {
    return message.hasHeaders() ? TaskHeaders.of(message.getHeaders()).first(name) : null;
  }
}
