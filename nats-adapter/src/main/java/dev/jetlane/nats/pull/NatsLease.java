// SPDX-License-Identifier: Apache-2.0
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A message under a lease. There is one of these objects for each task, so it has few fields (32
 * bytes); the numbers and headers are read from the message on request.
 */
public final class NatsLease implements Lease, SettleRequest.Target {

  private final PullContext context;
  private final Message message;
  private final long endNanos;
  private volatile @Nullable Map<String, String> headers;

  /**
   * @param message has a reply subject of JetStream ({@link AckSubject#numbersAt} is not -1)
   * @param receivedNanos a lower bound for the arrival of the message
   */
  NatsLease(PullContext context, Message message, long receivedNanos) {
    this.context = context;
    this.message = message;
    endNanos = receivedNanos + context.leaseNanos;
  }

  @Override
  public String describe() {
    return "task " + taskId() + " (attempt " + attempt() + ")";
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

  /** Returns whether the message has the id of a push of its task. */
  boolean hasIdOfPush() {
    String messageId = messageId();
    return messageId != null
        && header(WireHeaders.TASK_ID) == null
        && context.address.taskIdIn(messageId) != null;
  }

  /**
   * In a message without headers the id may stand in place of the subject (see {@link
   * InboundRewriter}).
   */
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
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, number(AckSubject.DELIVERED)));
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

  /** The headers of the user, and those that stay with a task in every place. */
  Map<String, String> storedHeaders() {
    return WireHeaders.with(headers(), header(WireHeaders.DEADLINE));
  }

  @Override
  public long endNanos() {
    return endNanos;
  }

  @Override
  public DriverFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    try {
      if (action instanceof LeaseAction.Ack && !context.options.confirmAcks()) {
        publish(SettleRequest.ACK);
        return DriverFuture.settled(completion, action);
      }
      if (action instanceof LeaseAction.MoveToDeadLetters dead) {
        return context.deadLetters.move(this, dead, completion, urgency, deadlineNanos);
      }
      if (action instanceof LeaseAction.PutBack back) {
        return context.deadLetters.putBack(this, back, completion, urgency, deadlineNanos);
      }
      return context.requests.send(
          SettleRequest.of(this, action, completion), urgency, deadlineNanos);
    } catch (TaskQueueException e) {
      return DriverFuture.failed(completion, e);
    }
  }

  /** Publishes without a confirmation. */
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
   * Stores the task once more, at the end of the partition; the dedup window refuses a second call.
   */
  public void storeAgain() {
    var unused =
        context.requests.call(copy("postponement of task "), context.session.deadlineNanos());
  }

  /**
   * The request that stores the task once more.
   *
   * @param what the name of the request in an error, before the id of the task
   */
  StoreRequest copy(String what) {
    Map<String, String> all = storedHeaders();
    all.put(WireHeaders.TASK_ID, taskId());
    all.put(WireHeaders.MESSAGE_ID, context.address.movedMessageId(place()));
    return new StoreRequest(taskId(), what, context.address.subject, all, payload());
  }

  /**
   * Gives back a task that no user received, without waiting. If the nak is lost, the lease expires
   * instead. This must not make a dead letter, so after the last attempt the task is stored as a
   * new one.
   */
  void giveBack() {
    context.gaveBack();
    if (attempt() < context.maxDeliveries) {
      nak();
      return;
    }
    var unused =
        context
            .deadLetters
            .putBack(
                this,
                new LeaseAction.PutBack(endNanos),
                Completion.none(),
                Urgency.PIPELINED,
                context.session.deadlineNanos())
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
        // The lease expires instead.
      }
    }
  }

  /** Returns whether this client's lease has expired, not counting extensions. */
  boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** Identifies the message in its stream; no other message ever has the same place. */
  public String place() {
    return streamSequence() + "-" + storedAtNanos();
  }

  private long streamSequence() {
    return number(AckSubject.STREAM_SEQUENCE);
  }

  private long storedAtNanos() {
    return number(AckSubject.STORED_AT_NANOS);
  }

  private long number(int index) {
    String reply = replySubject();
    int numbersAt = AckSubject.numbersAt(reply, context.address.ackPrefix);
    return AckSubject.number(reply, numbersAt, index);
  }

  private @Nullable String header(String name) {
    return message.hasHeaders() ? TaskHeaders.of(message.getHeaders()).first(name) : null;
  }
}
