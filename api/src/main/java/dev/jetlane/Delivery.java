package dev.jetlane;

import java.time.Duration;
import java.util.Map;
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
 * <p><b>The lease.</b> The task is this holder's until the lease of {@link QueueConfig#lease()}
 * runs out; then it is delivered again, to anybody, with the attempt one higher. The lease starts
 * when the queue sends the task, so the time that a delivery spends in a list or a buffer counts.
 * The client measures it on a monotonic clock.
 *
 * <p><b>One settlement.</b> The first settlement wins, whatever threads race. Any later one has no
 * effect and says so: {@link Settlement#ALREADY_SETTLED}. A settlement that threw did not happen
 * and can be tried again, with one exception: after an {@link #ack}, a {@link #nak} or a {@link
 * #release} that threw {@link OutcomeUnknownException} nothing but an ack has an effect, because
 * the task may be removed, or somebody else's.
 *
 * <p><b>The last attempt.</b> Each delivery counts as an attempt, however it ends, and a task is
 * not delivered more often than {@link QueueConfig#maxDeliveries()}. So a {@link #nak} of the last
 * attempt makes the dead letter immediately, with the reason {@link DeadLetter#MAX_DELIVERIES}; so
 * does {@link #close}. A {@link #release} never makes one: it is for a task that is not to blame.
 *
 * <p><b>Late settlement.</b> Once the lease ran out another worker may hold the task. A late {@code
 * ack} is sent all the same, because the work is done, and reported as {@link
 * Settlement#SETTLED_LATE}. A late {@code nak}, {@code release}, {@code extend} or {@code
 * deadLetter} would take the task away from its new holder: it is refused with {@link
 * LeaseExpiredException} and nothing is sent.
 *
 * <p>This class is thread-safe: a delivery may be settled on another thread than the one that
 * pulled it.
 */
public interface Delivery extends AutoCloseable {

  /**
   * The id that the task was pushed with. A message of a foreign producer has an id that the
   * implementation made.
   */
  String taskId();

  /**
   * The payload. The array is this delivery's own, the same one at each call: changing it changes
   * no stored task.
   */
  byte[] payload();

  /** The headers that the task was pushed with; immutable. */
  Map<String, String> headers();

  /** The name of the partition. */
  String partition();

  /**
   * Which delivery of the task this is, from 1. Goes up with every delivery and with nothing else.
   * A crash of the server may make it smaller again.
   */
  int attempt();

  /** What is left of the lease by this client's clock; zero once it ran out. */
  Duration leaseRemaining();

  /**
   * Whether the lease ran out by this client's clock. True is final: a lease that ran out cannot be
   * extended.
   */
  default boolean leaseExpired() {
    return leaseRemaining().isZero();
  }

  /**
   * Completes when the lease ran out and this delivery was not settled before: whoever works on it
   * should stop, because another worker may have got the task. Never completes otherwise, nor after
   * the queue was closed, and never with an exception. The same stage at each call; it is complete
   * if the lease is lost already.
   *
   * <p>Costs nothing unless it is asked for. It is completed a few milliseconds after the lease
   * ended, by this client's clock, on a thread of the implementation (in memory: on the thread that
   * moved the clock, after everything has moved): a stage that blocks must be given an executor.
   */
  CompletionStage<Void> leaseLost();

  /**
   * The work is done: removes the task. When this returns, the queue has confirmed it.
   *
   * <p>Blocks for at most the request timeout; a lost confirmation is asked for again within it.
   *
   * <p>A server that crashed may have forgotten a delivery of the last moments. It then leaves the
   * ack without an answer until it has delivered the task again, to anybody: acked again after
   * that, the delivery is settled. The task is not lost.
   *
   * @return whether this settled the task, settled it late, or came second
   * @throws OutcomeUnknownException if the task may or may not be removed; acking again is safe
   * @throws QueueUnavailableException if the queue cannot be reached; the task was not removed
   * @throws QueueClosedException if the queue is closed
   */
  Settlement ack();

  /**
   * As {@link #ack}, without waiting: the way to settle in a loop. The future completes on the
   * queue's confirmation, or within the request timeout with one of the exceptions of {@link #ack}.
   * It is completed on a thread of the implementation: a stage that blocks must be given an
   * executor.
   */
  CompletableFuture<Settlement> ackAsync();

  /**
   * The attempt failed: the task is delivered again immediately, before anything new. After the
   * last attempt it becomes a dead letter instead.
   *
   * <p>Blocks for at most the request timeout.
   *
   * @return whether this settled the delivery, or came second
   * @throws LeaseExpiredException if the lease ran out; nothing was sent
   * @throws OutcomeUnknownException if the task may or may not be given back; its lease will run
   *     out
   * @throws PermissionDeniedException if this was the last attempt and this client may not write
   *     dead letters; the task was not given back
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Settlement nak();

  /**
   * As {@link #nak()}, for later: the task is delivered again after the delay, before anything new,
   * and blocks no other one meanwhile. It keeps its place among the {@link
   * QueueConfig#maxOutstanding()} for the whole delay.
   *
   * <p>This costs an attempt, like any failure. A task that only waits for something is better
   * pushed anew with a {@link Task#delay()}, and acked.
   *
   * @param delay from zero, which is {@link #nak()}, to {@link Limits#MAX_DELAY}; it may exceed the
   *     lease
   * @throws InvalidInputException if the delay is out of that range
   * @return as for {@link #nak()}
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
   * @return completes as {@link #nak(Duration)} returns or throws, as {@link #ackAsync} says
   * @throws InvalidInputException if the delay is out of its range
   */
  CompletableFuture<Settlement> nakAsync(Duration delay);

  /**
   * Gives the task back through no fault of its own, such as at a shutdown before its work began:
   * it is delivered again immediately, before anything new. That costs an attempt, but never makes
   * a dead letter: after the last attempt the task is stored anew instead, behind the tasks that
   * wait, with all its attempts.
   *
   * <p>Blocks for at most the request timeout.
   *
   * @return whether this settled the delivery, or came second
   * @throws LeaseExpiredException if the lease ran out; nothing was sent
   * @throws OutcomeUnknownException if the task may or may not be given back; its lease will run
   *     out
   * @throws QueueFullException if this was the last attempt and the partition is full; the task was
   *     not given back
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Settlement release();

  /**
   * As {@link #release}, without waiting for the confirmation.
   *
   * @return completes as {@link #release} returns or throws, as {@link #ackAsync} says
   */
  CompletableFuture<Settlement> releaseAsync();

  /**
   * Restarts the lease in full, from now. Does not count an attempt, and may be repeated without
   * limit.
   *
   * @return true if the lease was restarted, false if this delivery is settled: nothing was sent
   *     then
   * @throws LeaseExpiredException if the lease ran out; nothing was sent
   * @throws OutcomeUnknownException if the lease may or may not be restarted; {@link
   *     #leaseRemaining} counts on the old one
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  boolean extend();

  /**
   * As {@link #extend}, without waiting for the confirmation.
   *
   * @return completes as {@link #extend} returns or throws, as {@link #ackAsync} says
   */
  CompletableFuture<Boolean> extendAsync();

  /**
   * Takes the task out of circulation: it goes to the {@link DeadLetters} with payload, headers,
   * attempts and reason, once, although the process may die meanwhile.
   *
   * @param reason one line of up to {@link Limits#MAX_REASON} printable ASCII characters
   * @throws InvalidInputException if the reason breaks that rule
   * @throws LeaseExpiredException if the lease ran out; nothing was sent
   * @throws OutcomeUnknownException if the task may or may not be moved; it is in one place or on
   *     its way, never lost
   * @throws PermissionDeniedException if this client may not write dead letters; the task was not
   *     moved
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Settlement deadLetter(String reason);

  /**
   * As {@link #deadLetter}, without waiting for the confirmation.
   *
   * @param reason as for {@link #deadLetter}
   * @return completes as {@link #deadLetter} returns or throws, as {@link #ackAsync} says
   * @throws InvalidInputException if the reason breaks its rule
   */
  CompletableFuture<Settlement> deadLetterAsync(String reason);

  /**
   * The attempt failed, unless the delivery is settled or its lease ran out: the task is given back
   * as by {@link #nak(Duration)}, after the first attempt without a delay, then later each time, as
   * {@link RetryPolicy#standard} says. Never throws: when giving back fails, the lease runs out
   * instead. Blocks for at most the request timeout.
   */
  @Override
  void close();
}
