package dev.jetlane.nats.pull;

import dev.jetlane.DeadLetter;
import dev.jetlane.PushReceipt;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.StoreRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Moves a task to the dead letters: stores the letter, then removes the task.
 *
 * <p>Each letter has a subject of its own, named after the message's place in the stream, and the
 * stream of the dead letters takes one message per subject and refuses another. A process that died
 * in between leaves the task in circulation; whoever moves it next is refused by the server, and
 * removes it. So a letter is stored once, without any window of time.
 */
public final class DeadLetterWriter {

  private final RequestTable requests;
  private final PartitionAddress address;

  DeadLetterWriter(RequestTable requests, PartitionAddress address) {
    this.requests = requests;
    this.address = address;
  }

  /** A worker gave up on the task. Completes when it is removed. */
  CompletableFuture<Void> move(NatsDelivery delivery, String reason, long deadlineNanos) {
    return move(delivery, delivery.attempt(), reason, deadlineNanos);
  }

  /**
   * The task used up its deliveries: this one is not handed out, and does not count. Completes when
   * it is removed.
   */
  CompletableFuture<Void> moveExhausted(NatsDelivery delivery, long deadlineNanos) {
    return move(delivery, delivery.attempt() - 1, DeadLetter.MAX_DELIVERIES, deadlineNanos);
  }

  /** One thing under way, of two requests: a close between them lets the second one go out. */
  private CompletableFuture<Void> move(
      NatsDelivery delivery, int attempts, String reason, long deadlineNanos) {
    requests.begin();
    try {
      return requests
          .send(letter(delivery, attempts, reason), Urgency.AWAITED, deadlineNanos)
          .thenCompose(
              stored ->
                  requests.sendWhileClosing(delivery.removal(), Urgency.PIPELINED, deadlineNanos))
          .<Void>thenApply(removed -> null)
          .whenComplete((nothing, error) -> requests.end());
    } catch (RuntimeException e) {
      requests.end();
      throw e;
    }
  }

  private StoreRequest letter(NatsDelivery delivery, int attempts, String reason) {
    String letterId = delivery.streamSequence() + "-" + delivery.storedAtNanos();
    Map<String, String> headers = new LinkedHashMap<>(delivery.headers());
    headers.put(WireHeaders.TASK_ID, delivery.taskId());
    headers.put(WireHeaders.ATTEMPTS, Integer.toString(attempts));
    headers.put(WireHeaders.REASON, reason);
    if (address.priority > 0) {
      headers.put(WireHeaders.PRIORITY, Integer.toString(address.priority));
    }
    // Within the window this also holds when the letter was redriven or purged since.
    headers.put(WireHeaders.MESSAGE_ID, address.messageId(letterId));
    return new Letter(
        delivery.taskId(), address.deadSubject(letterId), headers, delivery.payload());
  }

  /** A second one on its subject is refused: it has been stored already. */
  private static final class Letter extends StoreRequest {

    private final String taskId;

    Letter(String taskId, String subject, Map<String, String> headers, byte[] payload) {
      super(taskId, "dead letter of task ", subject, headers, payload);
      this.taskId = taskId;
    }

    @Override
    protected Answer<PushReceipt> full(String description) {
      return description.contains("per subject")
          ? Answer.value(new PushReceipt(taskId, true))
          : super.full(description);
    }
  }
}
