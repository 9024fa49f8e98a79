package dev.jetlane.driver;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of a task as the queue sees it: the task, and how to answer. The client keeps the
 * rest: whether it is settled, and when its lease ends now.
 *
 * <p>There is one object for each delivery, and one more for each of its settlements, so both
 * should be small.
 */
public interface Lease {

  /** The id that the task was pushed with, or one that the driver made for a foreign message. */
  String taskId();

  /** The payload: an array of this lease's own, the same one at each call. */
  byte[] payload();

  /** The headers that the task was pushed with; immutable. */
  Map<String, String> headers();

  /** Which delivery of the task this is, from 1. */
  int attempt();

  /** The priority that the task was pushed with. */
  int priority();

  /** When the task was stored, or became due, or was redriven, by the clock of the queue. */
  Instant storedAt();

  /** The end of the time in which the task may be handed out; null if it has none. */
  default @Nullable Instant deadline() {
    return null;
  }

  /**
   * When the lease ends if it is not extended, on the clock of the partition: not later than on the
   * queue. Read once.
   */
  long endNanos();

  /**
   * Settles or extends. Called for a delivery that is open; a settlement that failed may be started
   * again.
   *
   * <p>The queue may apply it to a task that another worker holds by now, so it must not be sent
   * later than {@link LeaseAction#notAfterNanos}, and must not be sent again after an unknown
   * outcome unless it {@link LeaseAction#isRepeatable}.
   *
   * @param completion to be given to the {@link DriverFuture}
   * @param urgency whether the caller waits for it
   * @return completes with {@link LeaseAction#result} once the queue has confirmed, or with {@link
   *     OutcomeUnknownException}, {@link QueueUnavailableException}, for a dead letter {@link
   *     PermissionDeniedException}, and {@link dev.jetlane.LeaseExpiredException} if the moment had
   *     passed before anything was sent
   */
  CompletableFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos);
}
