// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reports the failures of a worker to the listener of its options, or to the log. */
final class WorkerReports {

  private final String partition;
  private final Consumer<? super WorkerFailure> listener;
  private final boolean logs;

  WorkerReports(String partition, Consumer<? super WorkerFailure> listener, DriverClock clock) {
    this.partition = partition;
    logs = listener == WorkerOptions.defaults().failureListener();
    this.listener = logs ? clock::log : listener;
  }

  /** Returns whether failures are logged, because there is no listener. */
  boolean areLogged() {
    return logs;
  }

  void attemptFailed(Delivery delivery, Throwable failure, Settlement settlement, Duration delay) {
    String next =
        switch (settlement) {
          case ALREADY_SETTLED -> "the handler had settled the task";
          case OUTCOME_UNKNOWN ->
              "the handler settled the task with unknown outcome: it may be delivered again";
          default ->
              delay.isZero()
                  ? "the task is delivered again immediately"
                  : "the task is delivered again in " + seconds(delay);
        };
    tell(Kind.ATTEMPT_FAILED, delivery, failure, next);
  }

  void deadLettered(Delivery delivery, Throwable failure, Settlement settlement) {
    if (settlement == Settlement.SETTLED) {
      tell(Kind.DEAD_LETTERED, delivery, failure, "the task is now a dead letter");
    } else {
      attemptFailed(delivery, failure, settlement, Duration.ZERO);
    }
  }

  /**
   * @param refused why the task could not become a dead letter; null if it did
   */
  void expired(Delivery delivery, @Nullable Throwable refused) {
    tell(
        Kind.EXPIRED,
        delivery,
        refused,
        refused == null
            ? "the task is now a dead letter"
            : "the dead letter could not be stored; the pull that finds the task next tries again");
  }

  /**
   * Reports a failure. Throws nothing: the caller still has to end the task.
   *
   * @param next the next step, for the reader of the report
   */
  void tell(Kind kind, @Nullable Delivery delivery, @Nullable Throwable cause, String next) {
    WorkerFailure failure = new WorkerFailure(kind, partition, delivery, cause, next);
    try {
      listener.accept(failure);
    } catch (Throwable ofTheListener) {
      if (cause != null && cause != ofTheListener) {
        cause.addSuppressed(ofTheListener);
      }
      logInstead(failure);
    }
  }

  private static void logInstead(WorkerFailure failure) {
    try {
      failure.log();
    } catch (RuntimeException | Error ofTheLogger) {
      // Nothing is left that could report it.
    }
  }

  static String seconds(Duration time) {
    return time.compareTo(Duration.ofSeconds(60)) < 0
        ? String.format(Locale.ROOT, "%.1f s", time.toNanos() / 1e9)
        : time.toString();
  }
}
