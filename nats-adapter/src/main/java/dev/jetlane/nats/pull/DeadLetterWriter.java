package dev.jetlane.nats.pull;

import dev.jetlane.DeadLetter;
import dev.jetlane.QueueFullException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Moves a task to the dead letters: stores the letter, then removes the task.
 *
 * <p>Each letter has a subject of its own, named after the message's place in the stream, and the
 * stream of the dead letters takes one message per subject and refuses another. A process that died
 * in between leaves the task in circulation; whoever moves it next is refused by the server, and
 * removes it. So a letter is stored once, without any window of time.
 */
public final class DeadLetterWriter {

  private static final String ALREADY_STORED = "per subject";

  private final Session session;
  private final PartitionAddress lane;

  DeadLetterWriter(Session session, PartitionAddress lane) {
    this.session = session;
    this.lane = lane;
  }

  /** A worker gave up on the task. Completes when it is removed. */
  CompletableFuture<Void> move(NatsDelivery delivery, String reason) {
    return move(delivery, delivery.attempt(), reason);
  }

  /**
   * The task used up its deliveries: this one is not handed out, and does not count. Completes when
   * it is removed.
   */
  CompletableFuture<Void> moveExhausted(NatsDelivery delivery) {
    return move(delivery, delivery.attempt() - 1, DeadLetter.MAX_DELIVERIES);
  }

  private CompletableFuture<Void> move(NatsDelivery delivery, int attempts, String reason) {
    CompletableFuture<Void> stored =
        session
            .replies
            .send(letter(delivery, attempts, reason))
            .handle(
                (receipt, error) -> {
                  if (error != null && !isAlreadyStored(error)) {
                    throw new CompletionException(error);
                  }
                  return null;
                });
    return stored
        .thenCompose(nothing -> session.replies.sendWhileClosing(delivery.removal()))
        .thenApply(removed -> null);
  }

  static boolean isAlreadyStored(Throwable error) {
    return error instanceof QueueFullException full
        && String.valueOf(full.getMessage()).contains(ALREADY_STORED);
  }

  private StoreRequest letter(NatsDelivery delivery, int attempts, String reason) {
    String letterId = delivery.streamSequence() + "-" + delivery.storedAtNanos();
    Map<String, String> headers = new LinkedHashMap<>(delivery.headers());
    headers.put(PartitionAddress.ID_HEADER, delivery.taskId());
    headers.put(PartitionAddress.ATTEMPTS_HEADER, Integer.toString(attempts));
    headers.put(PartitionAddress.REASON_HEADER, reason);
    if (lane.priority > 0) {
      headers.put(PartitionAddress.PRIORITY_HEADER, Integer.toString(lane.priority));
    }
    // Within the window this also holds when the letter was redriven or purged since.
    headers.put(PartitionAddress.MESSAGE_ID_HEADER, lane.messageId(letterId));
    return new StoreRequest(
        delivery.taskId(),
        "dead letter of task ",
        lane.deadSubject(letterId),
        headers,
        delivery.payload());
  }
}
