// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.client.StandingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Each outcome of a settlement: the sent settlements, the reports, and the leases that are no
 * longer kept.
 */
class SettlerOutcomesTest {

  private final PermissionDeniedException denied = new PermissionDeniedException("no", null);
  private final QueueUnavailableException away = new QueueUnavailableException("away", null);

  private final StandingClock clock = new StandingClock();
  private final List<WorkerFailure> reported = new ArrayList<>();
  private final RecordedDelivery delivery = new RecordedDelivery();
  private final IllegalStateException failure = new IllegalStateException("of the handler");
  private RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(7));
  private int idle;

  private Settler settler() {
    Settler settler =
        new Settler(
            clock,
            new Agenda(clock),
            new Workload(1, 1, new FetchAhead(1, -1, FetchAhead.MOST)),
            new WorkerReports("p", reported::add, clock),
            policy,
            5,
            () -> idle++);
    settler.begin();
    return settler;
  }

  private Settler settle(@Nullable Throwable why) {
    Settler settler = settler();
    settler.settle(delivery, why);
    return settler;
  }

  private void assertReported(Kind kind, @Nullable Throwable cause, String next) {
    assertThat(reported)
        .singleElement()
        .isEqualTo(new WorkerFailure(kind, "p", delivery, cause, next));
  }

  /** Otherwise the client would extend the lease forever, and the task would never come back. */
  private void assertEnded(Settler settler, boolean kept) {
    assertThat(settler.isIdle()).as("idle").isTrue();
    assertThat(settler.open()).as("open settlements").isZero();
    assertThat(idle).as("calls of onIdle").isOne();
    assertThat(delivery.kept).as("the lease is kept").isEqualTo(kept);
  }

  @Test
  void anAckIsNotReported() {
    Settler settler = settle(null);
    assertThat(delivery.sent).containsExactly("ack");
    assertThat(reported).isEmpty();
    assertEnded(settler, true);
  }

  @Test
  void aDeniedAckIsReportedAndNotRepeated() {
    delivery.failure = denied;
    Settler settler = settle(null);
    clock.advance(Duration.ofHours(1));
    assertThat(delivery.sent).containsExactly("ack");
    assertReported(
        Kind.SETTLEMENT_FAILED,
        denied,
        "the work is done but not acked: the task is delivered again when its lease expires");
    assertEnded(settler, false);
  }

  /** The exception of a dependent future is wrapped. */
  @Test
  void aFailedAckIsRepeatedImmediatelyAndThenEachSecond() {
    for (Exception why : List.of(away, new OutcomeUnknownException("no answer", null))) {
      delivery.sent.clear();
      delivery.failure = new CompletionException(why);
      Settler settler = settle(null);
      assertThat(delivery.sent).as("after %s", why).hasSize(2);
      for (int repeated = 3; repeated < 6; repeated++) {
        clock.advance(Duration.ofMillis(999));
        assertThat(delivery.sent).as("before the end of the pause").hasSize(repeated - 1);
        clock.advance(Duration.ofMillis(1));
        assertThat(delivery.sent).as("after the pause").hasSize(repeated);
        assertThat(settler.isIdle()).isFalse();
      }
      delivery.failure = null;
      clock.advance(Duration.ofSeconds(1));
      assertThat(settler.isIdle()).isTrue();
      assertThat(reported).isEmpty();
      assertThat(delivery.kept).isTrue();
    }
  }

  @Test
  void aFailedAckIsNotRepeatedAfterTheEndOfTheLease() {
    delivery.failure = away;
    Settler settler = settle(null);
    delivery.remaining = Duration.ZERO;
    clock.advance(Duration.ofSeconds(1));
    assertThat(delivery.sent).hasSize(2);
    assertThat(reported)
        .singleElement()
        .extracting(WorkerFailure::kind)
        .isEqualTo(Kind.SETTLEMENT_FAILED);
    assertThat(reported.get(0).cause()).isInstanceOf(LeaseExpiredException.class);
    assertEnded(settler, false);
  }

  /** Another worker has the task then. */
  @Test
  void anAckThatStillFailsAtTheEndOfTheLeaseIsGivenUp() {
    RecordedDelivery unanswered =
        new RecordedDelivery() {
          @Override
          public CompletableFuture<Settlement> ackAsync() {
            sent.add("ack");
            return CompletableFuture.failedFuture(away);
          }
        };
    Settler settler = settler();
    settler.settle(unanswered, null);
    clock.advance(Duration.ofSeconds(1));
    assertThat(unanswered.sent).hasSize(3);
    unanswered.remaining = Duration.ZERO;
    clock.advance(Duration.ofHours(1));
    assertThat(unanswered.sent).as("acks until the first one after the end").hasSize(4);
    assertThat(reported).singleElement().extracting(WorkerFailure::cause).isSameAs(away);
    assertThat(unanswered.kept).isFalse();
    assertThat(settler.isIdle()).isTrue();
  }

  /** A driver may throw instead of returning a failed future. */
  @Test
  void anAckThatThrowsIsLikeAFailedOne() {
    for (Throwable thrown : List.of(denied, new StackOverflowError())) {
      reported.clear();
      idle = 0;
      Settler settler = settler();
      RecordedDelivery throwing =
          new RecordedDelivery() {
            @Override
            public CompletableFuture<Settlement> ackAsync() {
              if (thrown instanceof Error error) {
                throw error;
              }
              throw (RuntimeException) thrown;
            }
          };
      settler.settle(throwing, null);
      assertThat(reported).singleElement().extracting(WorkerFailure::cause).isSameAs(thrown);
      assertThat(throwing.kept).isFalse();
      assertThat(settler.isIdle()).isTrue();
    }
  }

  @Test
  void aFailedAttemptIsGivenBackWithTheDelayOfThePolicy() {
    Settler settler = settle(failure);
    assertThat(delivery.sent).containsExactly("nak PT7S");
    assertReported(Kind.ATTEMPT_FAILED, failure, "the task is delivered again in 7.0 s");
    assertEnded(settler, false);
  }

  @Test
  void theLastAttemptIsADeadLetterWhateverThePolicy() {
    for (int attempt = 4; attempt <= 6; attempt++) {
      reported.clear();
      delivery.sent.clear();
      delivery.attempt = attempt;
      Settler unused = settle(failure);
      assertThat(delivery.sent)
          .as("attempt %d of 5", attempt)
          .containsExactly(
              attempt < 5
                  ? "nak PT7S"
                  : "deadLetter java.lang.IllegalStateException: of the handler");
      assertThat(reported)
          .singleElement()
          .extracting(WorkerFailure::kind)
          .isEqualTo(attempt < 5 ? Kind.ATTEMPT_FAILED : Kind.DEAD_LETTERED);
    }
  }

  /** The policy receives the attempt and the failure. */
  @Test
  void aPolicyDecidesByAttemptAndFailure() {
    List<Object> seen = new ArrayList<>();
    policy =
        (attempt, why) -> {
          seen.add(attempt);
          seen.add(why);
          return Optional.empty();
        };
    delivery.attempt = 2;
    Settler settler = settle(failure);
    assertThat(seen).containsExactly(2, failure);
    assertThat(delivery.sent).singleElement().asString().startsWith("deadLetter ");
    assertReported(Kind.DEAD_LETTERED, failure, "the task is now a dead letter");
    assertEnded(settler, false);
  }

  @Test
  void theDelayOfAPolicyIsMadeValid() {
    List<Duration> delays =
        List.of(
            Duration.ofSeconds(-1),
            Duration.ZERO,
            Limits.MAX_DELAY,
            Limits.MAX_DELAY.plusNanos(1),
            Duration.ofSeconds(Long.MAX_VALUE));
    for (Duration delay : delays) {
      policy = (attempt, why) -> Optional.of(delay);
      Settler unused = settle(failure);
    }
    assertThat(delivery.sent)
        .containsExactly(
            "nak PT0S",
            "nak PT0S",
            "nak " + Limits.MAX_DELAY,
            "nak " + Limits.MAX_DELAY,
            "nak " + Limits.MAX_DELAY);
  }

  @Test
  void theExceptionOfAPolicyIsShownWithThatOfTheHandler() {
    AssertionError ofThePolicy = new AssertionError("of the policy");
    policy =
        (attempt, why) -> {
          throw ofThePolicy;
        };
    Settler settler = settle(failure);
    assertThat(failure).hasSuppressedException(ofThePolicy);
    assertReported(Kind.ATTEMPT_FAILED, failure, "the task is delivered again in 1.0 s");
    assertEnded(settler, false);
  }

  @Test
  void aTaskThatCannotBeGivenBackIsReportedWithBothFailures() {
    delivery.failure = new CompletionException(away);
    Settler settler = settle(failure);
    assertThat(delivery.sent).containsExactly("nak PT7S");
    assertThat(failure).hasSuppressedException(away);
    assertReported(
        Kind.ATTEMPT_FAILED,
        failure,
        "the task could not be given back; it is delivered again when its lease expires");
    assertEnded(settler, false);
  }

  @Test
  void aTaskWhoseLeaseExpiredIsReportedWithTheFailureOfItsHandlerOnly() {
    delivery.remaining = Duration.ZERO;
    Settler settler = settle(failure);
    assertThat(failure).hasNoSuppressedExceptions();
    assertReported(
        Kind.ATTEMPT_FAILED, failure, "the task is delivered again, because its lease had expired");
    assertEnded(settler, false);
  }

  @Test
  void aDeadLetterThatCannotBeStoredIsReportedWithBothFailures() {
    policy = (attempt, why) -> Optional.empty();
    delivery.failure = away;
    Settler settler = settle(failure);
    assertThat(delivery.sent).singleElement().asString().startsWith("deadLetter ");
    assertThat(failure).hasSuppressedException(away);
    assertReported(
        Kind.ATTEMPT_FAILED,
        failure,
        "the task could not be given back; it is delivered again when its lease expires");
    assertEnded(settler, false);
  }

  @Test
  void aDeadLetterThatIsDeniedIsReportedAsAFailedAttempt() {
    policy = (attempt, why) -> Optional.empty();
    Settler settler = settler();
    RecordedDelivery refused =
        new RecordedDelivery() {
          @Override
          public CompletableFuture<Settlement> deadLetterAsync(String reason) {
            return CompletableFuture.failedFuture(new CompletionException(denied));
          }
        };
    settler.settle(refused, failure);
    assertThat(refused.sent).containsExactly("nak PT1S");
    assertThat(failure).hasSuppressedException(denied);
    assertThat(reported)
        .singleElement()
        .isEqualTo(
            new WorkerFailure(
                Kind.ATTEMPT_FAILED,
                "p",
                refused,
                failure,
                "the task is delivered again in 1.0 s"));
    assertThat(settler.isIdle()).isTrue();
    assertThat(idle).isOne();
  }

  @Test
  void anExpiredTaskWithoutItsDeadLetterIsReportedWithTheCause() {
    delivery.failure = new CompletionException(away);
    Settler settler = settler();
    settler.expire(delivery);
    assertReported(
        Kind.EXPIRED,
        away,
        "the dead letter could not be stored; the pull that finds the task next tries again");
    assertEnded(settler, false);
  }

  /** A worker is idle only after the last one of them. */
  @Test
  void theLastOfSeveralSettlementsIsTheEnd() {
    Settler settler = settler();
    settler.begin();
    settler.begin();
    assertThat(settler.open()).isEqualTo(3);
    settler.end();
    settler.end();
    assertThat(idle).isZero();
    assertThat(settler.isIdle()).isFalse();
    settler.end();
    assertThat(idle).isOne();
    settler.begin();
    settler.settle(delivery, null);
    assertThat(idle).as("the second time").isEqualTo(2);
  }

  /** Its task has been handled: a close must not wait for it again. */
  @Test
  void theTimeOfRepetitionsBeginsWithTheFirstFailure() {
    delivery.failure = away;
    assertThat(settler().repeatingNanos()).isZero();
    Settler settler = settle(null);
    assertThat(settler.repeatingNanos()).isZero();
    clock.advance(Duration.ofMillis(3_500));
    assertThat(settler.repeatingNanos()).isEqualTo(Duration.ofMillis(3_500).toNanos());
  }

  /** One confirmation in sixteen is measured, the first one among them. */
  @Test
  void everySixteenthConfirmationIsMeasured() {
    FetchAhead ahead = new FetchAhead(1, -1, FetchAhead.MOST);
    for (int i = 0; i < 100_000; i++) {
      ahead.handled(Duration.ofMillis(1).toNanos());
    }
    Settler settler =
        new Settler(
            clock,
            new Agenda(clock),
            new Workload(1, 1, ahead),
            new WorkerReports("p", reported::add, clock),
            policy,
            5,
            () -> {});
    List<Integer> targets = new ArrayList<>();
    for (int ack = 0; ack < 34; ack++) {
      RecordedDelivery each = new RecordedDelivery();
      each.silent = true;
      settler.begin();
      settler.settle(each, null);
      clock.advance(Duration.ofMillis(ack == 0 ? 10 : 170));
      boolean unused = each.unanswered.remove().complete(Settlement.SETTLED);
      targets.add(ahead.target());
    }
    assertThat(targets.subList(0, 16)).as("10 ms").containsOnly(20);
    assertThat(targets.subList(16, 32)).as("10 ms, and 170 ms once").containsOnly(40);
    assertThat(targets.get(32)).as("170 ms twice").isGreaterThan(40);
    assertThat(targets.get(33)).isEqualTo(targets.get(32));
  }
}
