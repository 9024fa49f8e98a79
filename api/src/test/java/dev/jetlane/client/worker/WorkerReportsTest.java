// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.jetlane.Settlement;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The kind and the text of each report, and a listener that fails. */
class WorkerReportsTest {

  private static final Duration DELAY = Duration.ofSeconds(90);

  private final ScriptedClock clock = new ScriptedClock();
  private final List<WorkerFailure> heard = new ArrayList<>();
  private final WorkerReports reports = new WorkerReports("p", heard::add, clock);
  private final RecordedDelivery delivery = new RecordedDelivery();
  private final IllegalStateException failure = new IllegalStateException("of the handler");

  private void assertHeard(Kind kind, @Nullable Throwable cause, String next) {
    assertThat(heard)
        .singleElement()
        .isEqualTo(new WorkerFailure(kind, "p", delivery, cause, next));
    heard.clear();
  }

  @Test
  void aFailedAttemptNamesTheNextDelivery() {
    reports.attemptFailed(delivery, failure, Settlement.SETTLED, Duration.ZERO);
    assertHeard(Kind.ATTEMPT_FAILED, failure, "the task is delivered again immediately");
    reports.attemptFailed(delivery, failure, Settlement.SETTLED, Duration.ofMillis(2_500));
    assertHeard(Kind.ATTEMPT_FAILED, failure, "the task is delivered again in 2.5 s");
    reports.attemptFailed(delivery, failure, Settlement.SETTLED_LATE, DELAY);
    assertHeard(Kind.ATTEMPT_FAILED, failure, "the task is delivered again in PT1M30S");
    reports.attemptFailed(delivery, failure, Settlement.ALREADY_SETTLED, DELAY);
    assertHeard(Kind.ATTEMPT_FAILED, failure, "the handler had settled the task");
    reports.attemptFailed(delivery, failure, Settlement.OUTCOME_UNKNOWN, DELAY);
    assertHeard(
        Kind.ATTEMPT_FAILED,
        failure,
        "the handler settled the task with unknown outcome: it may be delivered again");
  }

  /** The handler may have settled its task: then there is no dead letter. */
  @Test
  void onlyAStoredDeadLetterIsReportedAsOne() {
    reports.deadLettered(delivery, failure, Settlement.SETTLED);
    assertHeard(Kind.DEAD_LETTERED, failure, "the task is now a dead letter");
    reports.deadLettered(delivery, failure, Settlement.ALREADY_SETTLED);
    assertHeard(Kind.ATTEMPT_FAILED, failure, "the handler had settled the task");
    reports.deadLettered(delivery, failure, Settlement.OUTCOME_UNKNOWN);
    assertHeard(
        Kind.ATTEMPT_FAILED,
        failure,
        "the handler settled the task with unknown outcome: it may be delivered again");
  }

  @Test
  void anExpiredTaskIsReportedWithTheFateOfItsDeadLetter() {
    reports.expired(delivery, null);
    assertHeard(Kind.EXPIRED, null, "the task is now a dead letter");
    reports.expired(delivery, failure);
    assertHeard(
        Kind.EXPIRED,
        failure,
        "the dead letter could not be stored; the pull that finds the task next tries again");
  }

  @Test
  void timesAreInSecondsUpToAMinute() {
    assertThat(WorkerReports.seconds(Duration.ZERO)).isEqualTo("0.0 s");
    assertThat(WorkerReports.seconds(Duration.ofMillis(59_949))).isEqualTo("59.9 s");
    assertThat(WorkerReports.seconds(Duration.ofSeconds(60))).isEqualTo("PT1M");
    assertThat(WorkerReports.seconds(Duration.ofHours(7))).isEqualTo("PT7H");
  }

  private static Consumer<WorkerFailure> throwing(Throwable what) {
    return failure -> {
      if (what instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) what;
    };
  }

  /** A listener may throw what it receives. */
  @Test
  void aFailingListenerAffectsNothing() {
    AssertionError ofTheListener = new AssertionError("of the listener");
    WorkerReports broken = new WorkerReports("p", throwing(ofTheListener), clock);
    assertThatCode(() -> broken.tell(Kind.STOPPED, null, failure, "next"))
        .doesNotThrowAnyException();
    assertThat(failure).hasSuppressedException(ofTheListener);
    assertThatCode(() -> broken.tell(Kind.HUNG, delivery, null, "next")).doesNotThrowAnyException();
    WorkerReports rethrowing = new WorkerReports("p", throwing(failure), clock);
    assertThatCode(() -> rethrowing.tell(Kind.STOPPED, null, failure, "next"))
        .doesNotThrowAnyException();
    assertThat(failure.getSuppressed()).containsExactly(ofTheListener);
  }

  /** Its text is computed from objects that may be missing; the task still has to be ended. */
  @Test
  void aFailureWithoutAUsableMessageIsReportedWithItsClass() {
    RuntimeException odd =
        new RuntimeException() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new IllegalStateException("no message");
          }
        };
    WorkerReports printing = new WorkerReports("p", failure -> heard.add(failure), clock);
    printing.tell(Kind.HUNG, null, odd, "next");
    assertThat(heard.get(0))
        .hasToString(
            "partition p: the handler has been running for too long ("
                + odd.getClass().getName()
                + "); next");
    assertThatCode(heard.get(0)::log).doesNotThrowAnyException();
    WorkerReports broken = new WorkerReports("p", throwing(odd), clock);
    assertThatCode(() -> broken.tell(Kind.HUNG, null, odd, "next")).doesNotThrowAnyException();
  }

  /** A handler of the logging of an application may throw. */
  @Test
  void aFailingLogAffectsNothing() {
    Logger logger = Logger.getLogger("dev.jetlane.Worker");
    Handler broken =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            throw new IllegalStateException("of the log");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    WorkerReports failing = new WorkerReports("p", throwing(failure), clock);
    logger.addHandler(broken);
    try {
      assertThatCode(() -> failing.tell(Kind.STOPPED, null, failure, "next"))
          .doesNotThrowAnyException();
    } finally {
      logger.removeHandler(broken);
    }
  }

  @Test
  void onlyWithoutAListenerTheClockLogs() {
    assertThat(reports.areLogged()).isFalse();
    WorkerReports logging =
        new WorkerReports("p", WorkerOptions.defaults().failureListener(), clock);
    assertThat(logging.areLogged()).isTrue();
    logging.tell(Kind.STOPPED, null, failure, "next");
    assertThat(clock.logged)
        .containsExactly(new WorkerFailure(Kind.STOPPED, "p", null, failure, "next"));
    assertThat(heard).isEmpty();
  }
}
