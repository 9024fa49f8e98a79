// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Settles tasks after their handlers. Acks are pipelined: only a caller that waits until this is
 * idle waits for confirmations. A failed ack is repeated until it is confirmed or the lease has
 * expired.
 */
final class Settler {

  private static final Duration WITHOUT_POLICY = Duration.ofSeconds(1);
  private static final long ACK_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The duration of one confirmation in {@code TIMED} is measured. */
  private static final int TIMED = 16;

  private final DriverClock clock;
  private final Agenda agenda;
  private final Workload work;
  private final WorkerReports reports;
  private final RetryPolicy policy;
  private final int maxDeliveries;
  private final Runnable onIdle;
  private final AtomicInteger unsettled = new AtomicInteger();
  private final AtomicInteger acks = new AtomicInteger();

  /** The time since which acks are repeated without success; null if none is. */
  private volatile @Nullable Long repeatingSinceNanos;

  Settler(
      DriverClock clock,
      Agenda agenda,
      Workload work,
      WorkerReports reports,
      RetryPolicy policy,
      int maxDeliveries,
      Runnable onIdle) {
    this.clock = clock;
    this.agenda = agenda;
    this.work = work;
    this.reports = reports;
    this.policy = policy;
    this.maxDeliveries = maxDeliveries;
    this.onIdle = onIdle;
  }

  /** Returns whether all settlements that were begun have ended. */
  boolean isIdle() {
    return unsettled.get() == 0;
  }

  /** Returns the number of settlements that were begun and have not ended. */
  int open() {
    return unsettled.get();
  }

  /** Returns for how long acks have been repeated without success; zero if none is. */
  long repeatingNanos() {
    Long since = repeatingSinceNanos;
    return since == null ? 0 : clock.nanoTime() - since;
  }

  /** Begins a settlement: {@link #isIdle} is false until it has ended. */
  void begin() {
    unsettled.incrementAndGet();
  }

  /** Settles a task whose settlement was begun. */
  void settle(Delivery delivery, @Nullable Throwable failure) {
    if (failure == null) {
      ack(delivery, 1);
      return;
    }
    Optional<Duration> delay =
        delivery.attempt() >= maxDeliveries ? Optional.empty() : delay(delivery, failure);
    if (delay.isPresent()) {
      giveBack(delivery, failure, delay.get());
    } else {
      deadLetter(delivery, failure);
    }
  }

  /** Settles a task whose deadline came before its handler began; the settlement was begun. */
  void expire(Delivery delivery) {
    var unused =
        delivery
            .deadLetterAsync(DeadLetter.EXPIRED)
            .whenComplete(
                (settlement, error) -> {
                  reports.expired(delivery, error == null ? null : cause(error));
                  end(delivery);
                });
  }

  /** Ends the work for a task. An unsettled task is delivered again when its lease expires. */
  private void end(Delivery delivery) {
    HeldDelivery.of(delivery).keepNoLonger();
    end();
  }

  /** Ends a settlement, or one that the worker does not make. */
  void end() {
    if (unsettled.decrementAndGet() == 0) {
      repeatingSinceNanos = null;
      onIdle.run();
    }
  }

  private void ack(Delivery delivery, int tries) {
    boolean timed = acks.incrementAndGet() % TIMED == 1;
    long sentNanos = timed ? clock.nanoTime() : 0;
    CompletableFuture<Settlement> ack;
    try {
      // While handlers have tasks, no task waits because of maxOutstanding.
      ack = work.ahead() > 0 ? HeldDelivery.of(delivery).ackLater() : delivery.ackAsync();
    } catch (RuntimeException | Error e) {
      ack = CompletableFuture.failedFuture(e);
    }
    var unused =
        ack.whenComplete(
            (settlement, error) -> {
              if (error == null) {
                if (repeatingSinceNanos != null) {
                  repeatingSinceNanos = null;
                }
                if (timed) {
                  work.confirmed(clock.nanoTime() - sentNanos);
                }
                end();
              } else {
                notAcked(delivery, cause(error), tries);
              }
            });
  }

  /**
   * Repeats a failed ack, because the work is done. The first repetition is immediate, the others
   * follow after a pause.
   */
  private void notAcked(Delivery delivery, Throwable error, int tries) {
    boolean worthATry =
        error instanceof OutcomeUnknownException || error instanceof QueueUnavailableException;
    if (!worthATry || delivery.leaseExpired()) {
      reports.tell(
          Kind.SETTLEMENT_FAILED,
          delivery,
          error,
          "the work is done but not acked: the task is delivered again when its lease expires");
      end(delivery);
      return;
    }
    if (repeatingSinceNanos == null) {
      repeatingSinceNanos = clock.nanoTime();
    }
    if (tries == 1) {
      ack(delivery, 2);
    } else {
      agenda.after(ACK_PAUSE_NANOS, () -> ack(delivery, tries + 1));
    }
  }

  private void giveBack(Delivery delivery, Throwable failure, Duration delay) {
    var unused =
        delivery
            .nakAsync(delay)
            .whenComplete(
                (settlement, error) -> {
                  if (error == null) {
                    reports.attemptFailed(delivery, failure, settlement, delay);
                  } else {
                    notSettled(delivery, failure, cause(error));
                  }
                  end(delivery);
                });
  }

  private void deadLetter(Delivery delivery, Throwable failure) {
    var unused =
        delivery
            .deadLetterAsync(Reasons.of(failure))
            .whenComplete(
                (settlement, error) -> {
                  if (error == null) {
                    reports.deadLettered(delivery, failure, settlement);
                    end(delivery);
                  } else if (cause(error) instanceof PermissionDeniedException denied) {
                    // The task is delivered again until it has used up its deliveries.
                    suppress(failure, denied);
                    giveBack(delivery, failure, WITHOUT_POLICY);
                  } else {
                    notSettled(delivery, failure, cause(error));
                    end(delivery);
                  }
                });
  }

  private void notSettled(Delivery delivery, Throwable failure, Throwable why) {
    String next = "the task is delivered again, because its lease had expired";
    if (!(why instanceof LeaseExpiredException)) {
      suppress(failure, why);
      next = "the task could not be given back; it is delivered again when its lease expires";
    }
    reports.tell(Kind.ATTEMPT_FAILED, delivery, failure, next);
  }

  private Optional<Duration> delay(Delivery delivery, Throwable failure) {
    try {
      return policy.delay(delivery.attempt(), failure, clock::chance).map(Settler::cut);
    } catch (Throwable ofThePolicy) {
      suppress(failure, ofThePolicy);
      return Optional.of(WITHOUT_POLICY);
    }
  }

  /** Shows another failure with the first one. A policy may throw the failure that it received. */
  private static void suppress(Throwable failure, Throwable other) {
    if (other != failure) {
      failure.addSuppressed(other);
    }
  }

  private static Duration cut(Duration delay) {
    if (delay.isNegative()) {
      return Duration.ZERO;
    }
    return delay.compareTo(Limits.MAX_DELAY) > 0 ? Limits.MAX_DELAY : delay;
  }

  private static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
