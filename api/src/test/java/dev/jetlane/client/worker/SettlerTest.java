// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.WorkerFailure;
import dev.jetlane.client.StandingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettlerTest {

  private final StandingClock clock = new StandingClock();
  private final FetchAhead fetchAhead = new FetchAhead(1, -1, FetchAhead.MOST);
  private final Workload work = new Workload(1, 1, fetchAhead);
  private final List<WorkerFailure> reported = new ArrayList<>();
  private final RecordedDelivery delivery = new RecordedDelivery();

  private Settler settler(RetryPolicy policy) {
    Settler settler =
        new Settler(
            clock,
            new Agenda(clock),
            work,
            new WorkerReports("p", reported::add, clock),
            policy,
            20,
            () -> {});
    settler.begin();
    return settler;
  }

  @Test
  void anAckOfUnknownOutcomeIsRepeatedUntilItIsConfirmed() {
    Settler settler = settler(RetryPolicy.standard());
    delivery.failure = new OutcomeUnknownException("no answer", null);
    settler.settle(delivery, null);
    assertThat(delivery.sent).containsExactly("ack", "ack");
    clock.advance(Duration.ofSeconds(1));
    assertThat(delivery.sent).hasSize(3);
    delivery.failure = null;
    clock.advance(Duration.ofSeconds(1));
    assertThat(delivery.sent).hasSize(4);
    assertThat(settler.isIdle()).isTrue();
    assertThat(reported).isEmpty();
  }

  @Test
  void theTimeOfRepetitionsEndsWithAConfirmation() {
    Settler settler = settler(RetryPolicy.standard());
    delivery.failure = new OutcomeUnknownException("no answer", null);
    settler.settle(delivery, null);
    clock.advance(Duration.ofMillis(1_500));
    assertThat(settler.repeatingNanos()).isEqualTo(Duration.ofMillis(1_500).toNanos());
    delivery.failure = null;
    clock.advance(Duration.ofSeconds(1));
    assertThat(settler.repeatingNanos()).isZero();
  }

  /** A worker that is never idle would close without a wait, long after an outage. */
  @Test
  void theTimeOfRepetitionsEndsWithAConfirmationAlsoIfOtherTasksAreOpen() {
    Settler settler = settler(RetryPolicy.standard());
    settler.begin();
    delivery.failure = new OutcomeUnknownException("no answer", null);
    settler.settle(delivery, null);
    delivery.failure = null;
    clock.advance(Duration.ofSeconds(1));
    assertThat(settler.isIdle()).isFalse();
    assertThat(settler.repeatingNanos()).isZero();
  }

  /** A close that counted this time would not wait for the next ack. */
  @Test
  void anAckThatIsGivenUpHasNoRepetitions() {
    Settler settler = settler(RetryPolicy.standard());
    delivery.failure = new OutcomeUnknownException("no answer", null);
    settler.settle(delivery, null);
    delivery.failure = new PermissionDeniedException("no", null);
    clock.advance(Duration.ofHours(1));
    assertThat(settler.isIdle()).isTrue();
    settler.begin();
    assertThat(settler.repeatingNanos()).isZero();
  }

  @Test
  void aPolicyThatThrowsCostsAPauseAndNotTheTask() {
    Settler settler =
        settler(
            (attempt, failure) -> {
              throw new IllegalArgumentException("of the policy");
            });
    settler.settle(delivery, new IllegalStateException("of the handler"));
    assertThat(delivery.sent).containsExactly("nak PT1S");
  }

  @Test
  @SuppressWarnings("NullAway") // A policy may break its contract.
  void anyFailureOfAPolicyCostsAPauseAndNotTheTask() {
    List<RetryPolicy> bad =
        List.of(
            (attempt, failure) -> null,
            (attempt, failure) -> {
              throw new StackOverflowError();
            },
            (attempt, failure) -> {
              throw new ClassCastException();
            });
    for (RetryPolicy policy : bad) {
      delivery.sent.clear();
      Settler settler = settler(policy);
      IllegalStateException why = new IllegalStateException("of the handler");
      settler.settle(delivery, why);
      assertThat(delivery.sent).containsExactly("nak PT1S");
      assertThat(why.getSuppressed()).as("the failure of the policy").hasSize(1);
      assertThat(settler.isIdle()).isTrue();
    }
  }

  /** The task is delivered again, before its lease expires, until it has used up its deliveries. */
  @Test
  void aTaskThatCannotBecomeADeadLetterIsGivenBack() {
    Settler settler = settler((attempt, failure) -> Optional.empty());
    delivery.failure = new PermissionDeniedException("no", null);
    settler.settle(delivery, new IllegalStateException("of the handler"));
    assertThat(delivery.sent).hasSize(2).last().isEqualTo("nak PT1S");
    assertThat(delivery.sent.get(0)).startsWith("deadLetter ");
    assertThat(settler.isIdle()).isTrue();
  }

  /**
   * An expired task is not a failure of a handler: no retry policy applies, and there is no
   * exception.
   */
  @Test
  void anExpiredTaskIsADeadLetterAndReportedOnce() {
    Settler settler = settler(RetryPolicy.standard());
    settler.expire(delivery);
    assertThat(delivery.sent).containsExactly("deadLetter expired");
    assertThat(settler.isIdle()).isTrue();
    assertThat(reported)
        .singleElement()
        .hasToString(
            "partition p, task \"task-7\", attempt 3: the deadline passed before a handler was free;"
                + " the task is now a dead letter");
  }

  /** The lease expires, and the next pull that finds the task tries again. */
  @Test
  void theLeaseOfAnExpiredTaskIsNotKeptWithoutItsDeadLetter() {
    Settler settler = settler(RetryPolicy.standard());
    delivery.failure = new OutcomeUnknownException("no answer", null);
    settler.expire(delivery);
    assertThat(delivery.kept).isFalse();
    assertThat(settler.isIdle()).isTrue();
    assertThat(reported)
        .singleElement()
        .extracting(WorkerFailure::cause)
        .isSameAs(delivery.failure);
  }

  /** A later ack would delay the next task if only few tasks may be outstanding. */
  @Test
  void anAckIsSentWithOthersOnlyWhileTasksAreAhead() {
    Settler settler = settler(RetryPolicy.standard());
    settler.settle(delivery, null);
    assertThat(work.beginFetch(() -> {})).isOne();
    assertThat(work.endFetch(List.of(new RecordedDelivery()))).isTrue();
    settler.begin();
    settler.settle(delivery, null);
    assertThat(delivery.sent).containsExactly("ack", "ack later");
  }

  /** As many tasks are leased ahead as the handlers use up in the time of two confirmations. */
  @Test
  void theTimeOfAConfirmationIsMeasured() {
    for (int i = 0; i < 100; i++) {
      fetchAhead.handled(Duration.ofMillis(1).toNanos());
    }
    Settler settler = settler(RetryPolicy.standard());
    clock.atNextLook = () -> clock.atNextLook = () -> clock.advance(Duration.ofMillis(10));
    settler.settle(delivery, null);
    assertThat(fetchAhead.target()).isEqualTo(20);
  }
}
