// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.DeadLetter;
import dev.jetlane.PushReceipt;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.StoreRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;

/**
 * Moves a task to the dead letters: stores the letter, then removes the task.
 *
 * <p>Each letter has its own subject, named after the sequence of the message in its stream. The
 * stream of the dead letters takes one message per subject and refuses a second one. If a process
 * dies between the two steps, the task stays in the queue; the server refuses the letter of the
 * next client that moves it, and that client removes the task. So a letter is stored once,
 * independent of a dedup window.
 *
 * <p>The same two steps put back a task that is released at its last attempt. A step that was begun
 * within the lease is finished after it.
 */
public final class DeadLetterWriter {

  private final RequestTable requests;
  private final PartitionAddress address;

  DeadLetterWriter(RequestTable requests, PartitionAddress address) {
    this.requests = requests;
    this.address = address;
  }

  /** Moves a task that a worker gave up. Completes when the task is removed. */
  DriverFuture<Settlement> move(
      NatsLease lease,
      LeaseAction.MoveToDeadLetters action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    StoreRequest letter = letter(lease, lease.attempt(), action.reason());
    letter.notAfter(action.notAfterNanos());
    return move(lease, letter, completion, urgency, deadlineNanos);
  }

  /**
   * Moves a task that used up its deliveries: this delivery is not handed out, and does not count.
   * Completes when the task is removed. Also moves it after the end of the lease, because no worker
   * ever receives it again.
   */
  DriverFuture<Settlement> moveExhausted(
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

  /**
   * Stores the task as a new one that was never delivered. Completes when the old one is removed.
   */
  DriverFuture<Settlement> putBack(
      NatsLease lease,
      LeaseAction.PutBack action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    StoreRequest copy = lease.copy("release of task ");
    copy.notAfter(action.notAfterNanos());
    return move(lease, copy, completion, urgency, deadlineNanos);
  }

  /**
   * Counts the two requests as one operation: a close between them still sends the second one. An
   * awaited first one would complete on the thread that reads the connection, and the second one
   * may wait for room.
   */
  private DriverFuture<Settlement> move(
      NatsLease lease,
      StoreRequest elsewhere,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    DriverFuture<Settlement> outcome = new DriverFuture<>(completion);
    Urgency first = urgency == Urgency.AWAITED ? Urgency.PIPELINED : urgency;
    requests.begin();
    try {
      var unused =
          requests
              .send(elsewhere, first, deadlineNanos)
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
    // Within the dedup window this also holds after a redrive or purge of the letter.
    headers.put(WireHeaders.MESSAGE_ID, address.messageId(lease.place()));
    return new Letter(lease.taskId(), address.deadSubject(lease.place()), headers, lease.payload());
  }

  /** The server refuses a second letter on the same subject, because the first one is stored. */
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
