// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A task under a lease, to be settled once: {@link #ack}, {@link #nak}, {@link #deadLetter}.
 *
 * <pre>{@code
 * try (Delivery d = delivery) {
 *   work(d.payload());
 *   d.ack();
 * } // closed unsettled, as after an exception: given back
 * }</pre>
 *
 * <p><b>The lease.</b> The task belongs to this holder for {@link QueueConfig#lease()}. Then it is
 * delivered again, to any worker, with the attempt one higher. The lease starts when the queue
 * sends the task, so the time that a delivery spends in a list or a buffer counts. The client
 * measures it on a monotonic clock.
 *
 * <p><b>One settlement.</b> The first settlement wins, even if threads race. A later one has no
 * effect and returns {@link Settlement#ALREADY_SETTLED}. A settlement that threw has no effect and
 * can be tried again, with one exception: after an {@link #ack}, a {@link #nak} or a {@link
 * #release} that threw {@link OutcomeUnknownException}, only an ack has an effect, because the task
 * may be removed, or belong to another worker. Any other call then returns {@link
 * Settlement#OUTCOME_UNKNOWN}.
 *
 * <p><b>The last attempt.</b> Each delivery counts as an attempt, however it ends, and a task is
 * not delivered more often than {@link QueueConfig#maxDeliveries()}. A {@link #nak} or {@link
 * #close} of the last attempt therefore makes the dead letter immediately, with the reason {@link
 * DeadLetter#MAX_DELIVERIES}. Such a nak can be repeated like {@link #deadLetter}. A {@link
 * #release} never makes a dead letter: it is for a task that did not fail.
 *
 * <p><b>Late settlement.</b> After the lease another worker may hold the task. A late {@code ack}
 * is sent anyway, because the work is done, and reported as {@link Settlement#SETTLED_LATE}. A late
 * {@code nak}, {@code release}, {@code extend} or {@code deadLetter} would take the task away from
 * its new holder: it is refused with {@link LeaseExpiredException} and nothing is sent.
 *
 * <p>Implementations are thread-safe: a delivery may be settled on another thread than the one that
 * pulled it.
 */
public interface Delivery extends AutoCloseable {

  /**
   * Returns the id that the task was pushed with. A message of a foreign producer has an id that
   * the implementation generated.
   *
   * @return the id
   */
  String taskId();

  /**
   * Returns the payload. Modifying the array does not change the stored task.
   *
   * @return the same array at each call
   */
  byte[] payload();

  /**
   * Returns the payload as text, the inverse of {@link Task#of(String, String)}. Decodes the
   * payload at each call.
   *
   * @return the payload, decoded as UTF-8, with U+FFFD for malformed bytes
   */
  String text();

  /**
   * Returns the headers that the task was pushed with.
   *
   * @return an immutable map
   */
  Map<String, String> headers();

  /**
   * Returns the name of the partition.
   *
   * @return the name
   */
  String partition();

  /**
   * Returns the number of this delivery of the task. Only deliveries increase it. A crash of the
   * server may reduce it.
   *
   * @return the number, from 1
   */
  int attempt();

  /**
   * Returns the priority that the task was pushed with.
   *
   * @return the priority, from 0
   */
  int priority();

  /**
   * Returns the time at which the task was stored: by its push, by its redrive, by a {@link
   * #release} of its last attempt or, if it was delayed, when it became due.
   *
   * @return the time, by the clock of the queue; the same for each delivery until the task is
   *     stored again
   */
  Instant storedAt();

  /**
   * Returns the deadline of the task, which the producer set with {@link Task#withDeadline} or
   * {@link Task#withTimeToLive}. No task is handed out at its deadline or later; a worker that
   * already holds the task decides itself whether to continue.
   *
   * @return the deadline; empty if the task has none
   */
  Optional<Instant> deadline();

  /**
   * Returns the remaining lease by the clock of this client.
   *
   * @return the remaining time; zero after the lease expired
   */
  Duration leaseRemaining();

  /**
   * Returns whether the lease expired by the clock of this client. An expired lease cannot be
   * extended.
   *
   * @return whether it expired; true is final
   */
  default boolean leaseExpired() {
    return leaseRemaining().isZero();
  }

  /**
   * Returns a stage that completes when the lease expires before this delivery is settled, also if
   * the outcome of a settlement is unknown. The holder should then stop, because another worker may
   * have the task. The stage never completes otherwise, nor after the queue was closed, and never
   * with an exception.
   *
   * <p>The stage costs nothing unless it is requested. It completes a few milliseconds after the
   * end of the lease, on a thread of the implementation (in memory: on the thread that moved the
   * clock, after all events). Run dependent stages that block on an executor.
   *
   * @return the same stage at each call; complete if the lease is already lost
   */
  CompletionStage<Void> whenLeaseLost();

  /**
   * Acks the task: the work is done, and the task is removed. When this returns, the queue has
   * confirmed it.
   *
   * <p>Blocks for at most the request timeout; a lost confirmation is requested again within it.
   *
   * <p>A server that crashed may have forgotten a recent delivery. It then does not answer the ack
   * until it has delivered the task again, to any worker; a repeated ack after that settles the
   * delivery. The task is not lost.
   *
   * @return whether this call settled the delivery, settled it late, or came after another
   *     settlement
   * @throws OutcomeUnknownException if the task may or may not be removed; acking again is safe
   * @throws QueueUnavailableException if the queue cannot be reached; the task was not removed
   * @throws QueueClosedException if the queue is closed
   */
  Settlement ack();

  /**
   * Acks like {@link #ack}, without waiting. Use it to settle in a loop. The future completes on a
   * thread of the implementation. Run dependent stages that block on an executor.
   *
   * @return a future that completes with the result or, within the request timeout, with one of the
   *     exceptions of {@link #ack}
   */
  @CheckReturnValue
  CompletableFuture<Settlement> ackAsync();

  /**
   * Gives the task back after a failed attempt: it is delivered again immediately, before any new
   * task. After the last attempt it becomes a dead letter instead.
   *
   * <p>Blocks for at most the request timeout.
   *
   * @return whether this call settled the delivery or came second
   * @throws LeaseExpiredException if the lease has expired; nothing was sent
   * @throws OutcomeUnknownException if the task may or may not be given back; its lease will expire
   * @throws PermissionDeniedException if this was the last attempt and this client may not write
   *     dead letters; the task was not given back
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Settlement nak();

  /**
   * Gives the task back like {@link #nak()}, for later: it is delivered again after the delay,
   * before any new task, and does not block other tasks meanwhile. It counts against {@link
   * QueueConfig#maxOutstanding()} for the whole delay.
   *
   * <p>This costs an attempt, like any failure. If the task only waits for an event, push it again
   * with a delay and another id, and ack this delivery.
   *
   * @param delay from zero, which is {@link #nak()}, to {@link Limits#MAX_DELAY}; it may exceed the
   *     lease
   * @return whether this call settled the delivery or came second
   * @throws InvalidInputException if the delay is out of that range
   * @throws LeaseExpiredException as for {@link #nak()}
   * @throws OutcomeUnknownException as for {@link #nak()}
   * @throws PermissionDeniedException as for {@link #nak()}
   * @throws QueueUnavailableException as for {@link #nak()}
   * @throws QueueClosedException as for {@link #nak()}
   */
  Settlement nak(Duration delay);

  /**
   * As {@link #nak(Duration)}, without waiting for the confirmation.
   *
   * @param delay as for {@link #nak(Duration)}
   * @return completes with the result or an exception of {@link #nak(Duration)}, see {@link
   *     #ackAsync}
   * @throws InvalidInputException if the delay is out of its range
   */
  @CheckReturnValue
  CompletableFuture<Settlement> nakAsync(Duration delay);

  /**
   * Gives the task back without a failure, such as at a shutdown before its work began: it is
   * delivered again immediately, before any new task. This costs an attempt, but never makes a dead
   * letter: after the last attempt the task is stored again instead, behind the waiting tasks, and
   * its attempts restart at 1.
   *
   * <p>Blocks for at most the request timeout.
   *
   * @return whether this call settled the delivery or came second
   * @throws LeaseExpiredException if the lease has expired; nothing was sent
   * @throws OutcomeUnknownException if the task may or may not be given back; its lease will expire
   * @throws QueueFullException if this was the last attempt and the partition is full; the task was
   *     not given back
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Settlement release();

  /**
   * As {@link #release}, without waiting for the confirmation.
   *
   * @return completes with the result or an exception of {@link #release}, see {@link #ackAsync}
   */
  @CheckReturnValue
  CompletableFuture<Settlement> releaseAsync();

  /**
   * Restarts the lease in full, from now. Does not count an attempt, and may be repeated without
   * limit.
   *
   * @return true if the lease was restarted; false, without a request, if the delivery is settled
   * @throws LeaseExpiredException if the lease has expired; nothing was sent
   * @throws OutcomeUnknownException if the lease may or may not be restarted; {@link
   *     #leaseRemaining} continues with the old lease
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  boolean extend();

  /**
   * As {@link #extend}, without waiting for the confirmation.
   *
   * @return completes with the result or an exception of {@link #extend}, see {@link #ackAsync}
   */
  @CheckReturnValue
  CompletableFuture<Boolean> extendAsync();

  /**
   * Moves the task to the {@link DeadLetters} with payload, headers, attempts and reason. It
   * becomes one dead letter, even if the process dies meanwhile.
   *
   * @param reason one line of up to {@link Limits#MAX_REASON} printable ASCII characters
   * @return whether this call settled the delivery or came second
   * @throws InvalidInputException if the reason breaks that rule
   * @throws LeaseExpiredException if the lease has expired; nothing was sent
   * @throws OutcomeUnknownException if the task may or may not be moved; it is never lost
   * @throws PermissionDeniedException if this client may not write dead letters; the task was not
   *     moved
   * @throws QueueFullException if the server has no space for the dead letter; the task was not
   *     moved
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Settlement deadLetter(String reason);

  /**
   * As {@link #deadLetter}, without waiting for the confirmation.
   *
   * @param reason as for {@link #deadLetter}
   * @return completes with the result or an exception of {@link #deadLetter}, see {@link #ackAsync}
   * @throws InvalidInputException if the reason breaks its rule
   */
  @CheckReturnValue
  CompletableFuture<Settlement> deadLetterAsync(String reason);

  /**
   * Gives the task back like {@link #nak(Duration)}, with the delay of {@link
   * RetryPolicy#standard}, unless the delivery is settled or its lease has expired. Never throws:
   * if the nak fails, the lease expires instead. Blocks for at most the request timeout. A second
   * call does nothing, or repeats a nak that reached no queue.
   */
  @Override
  void close();
}
