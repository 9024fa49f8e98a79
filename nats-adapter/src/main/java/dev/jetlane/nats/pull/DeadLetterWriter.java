package dev.jetlane.nats.pull;

import dev.jetlane.DeadLetter;
import dev.jetlane.PushReceipt;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.RequestTable;
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
 *
 * <p>In the same two steps it puts back a task that is released with its last attempt.
 */
public final class DeadLetterWriter {

  private final RequestTable requests;
  private final PartitionAddress address;

  DeadLetterWriter(RequestTable requests, PartitionAddress address) {
    this.requests = requests;
    this.address = address;
  }

  /** A worker gave up on the task. Completes when it is removed. */
  CompletableFuture<Settlement> move(
      NatsLease lease,
      String reason,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    return move(lease, letter(lease, lease.attempt(), reason), completion, urgency, deadlineNanos);
  }

  /**
   * The task used up its deliveries: this one is not handed out, and does not count. Completes when
   * it is removed.
   */
  CompletableFuture<Settlement> moveExhausted(
      NatsLease lease,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    return move(
        lease,
        letter(lease, lease.attempt() - 1, DeadLetter.MAX_DELIVERIES),
        completion,
        urgency,
        deadlineNanos);
  }

  /** Stores the task anew, as one that was never delivered. Completes when this one is removed. */
  CompletableFuture<Settlement> putBack(
      NatsLease lease,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    return move(lease, lease.copy("release of task "), completion, urgency, deadlineNanos);
  }

  /** One thing under way, of two requests: a close between them lets the second one go out. */
  private CompletableFuture<Settlement> move(
      NatsLease lease,
      StoreRequest elsewhere,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    DriverFuture<Settlement> outcome = new DriverFuture<>(completion);
    requests.begin();
    try {
      var unused =
          requests
              .send(elsewhere, urgency, deadlineNanos)
              .thenCompose(
                  stored ->
                      HalfDone.rest(
                          requests.sendWhileClosing(
                              SettleRequest.removal(lease), Urgency.PIPELINED, deadlineNanos)))
              .whenComplete(
                  (removed, error) -> {
                    requests.end();
                    if (error == null) {
                      outcome.succeed(removed);
                    } else {
                      outcome.fail(cause(error));
                    }
                  });
    } catch (TaskQueueException e) {
      requests.end();
      outcome.fail(e);
    }
    return outcome;
  }

  private static Throwable cause(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : null;
    return cause == null ? error : cause;
  }

  private StoreRequest letter(NatsLease lease, int attempts, String reason) {
    Map<String, String> headers = new LinkedHashMap<>(lease.headers());
    headers.put(WireHeaders.TASK_ID, lease.taskId());
    headers.put(WireHeaders.ATTEMPTS, Integer.toString(attempts));
    headers.put(WireHeaders.REASON, reason);
    if (address.priority > 0) {
      headers.put(WireHeaders.PRIORITY, Integer.toString(address.priority));
    }
    // Within the window this also holds when the letter was redriven or purged since.
    headers.put(WireHeaders.MESSAGE_ID, address.messageId(lease.place()));
    return new Letter(lease.taskId(), address.deadSubject(lease.place()), headers, lease.payload());
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
