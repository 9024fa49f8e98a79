// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.PlanRunner;
import dev.jetlane.conformance.run.RuleViolation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random plans without directed ones find faults of several kinds. */
class RandomPlansTest {

  static Stream<Mutant> wrongDelays() {
    return Stream.of(
        Mutant.ofPartition("DELAY-1", "half of a delay is enough", BrokenDelays::comesEarly),
        Mutant.ofPartition("DELAY-2", "delay added twice", BrokenDelays::comesLate),
        Mutant.ofPartition("PUSH-2", "headers lost while delayed", BrokenDelays::headersAreLost),
        Mutant.ofPartition("DELAY-5", "cancels nothing", BrokenDelays::cancelDoesNothing),
        Mutant.ofPartition("DELAY-7", "full drops delayed", BrokenDelays::fullDropsDelayed),
        Mutant.ofPartition("STATS-5", "delayed look ready", BrokenDelays::delayedLookReady));
  }

  @ParameterizedTest
  @MethodSource("wrongDelays")
  void findIt(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage()).contains("due in");
  }

  /** The first plan of the shrinking takes longer than the shrinking may take. */
  @Test
  void aRunEndsAfterItsLastPlan() {
    Thread runner = Thread.currentThread();
    AtomicInteger shrunk = new AtomicInteger();
    Mutant wrong =
        Mutant.ofPartition("DELAY-1", "half of a delay is enough", BrokenDelays::comesEarly);
    Mutant slow =
        new Mutant(
            wrong.fault(),
            wrong.rule(),
            () -> {
              if (Thread.currentThread() != runner && shrunk.getAndIncrement() == 0) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(4));
              }
              return wrong.harness().get();
            });

    RuleViolation unused = MutantRun.of(slow, "STATS-4");

    assertThat(shrunk).hasPositiveValue();
    assertThat(Shrinking.isUnderWay()).isFalse();
  }

  static Stream<Mutant> wrongMeetings() {
    return BrokenMeetings.inRandomPlans().stream();
  }

  @ParameterizedTest
  @MethodSource("wrongMeetings")
  void findAFaultOfConcurrentCalls(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "LIFE-12");

    assertThat(found.getMessage())
        .containsAnyOf(", interrupted", ", by two clients", " during the close of");
  }

  @Test
  void aRefusedSettlementThatTookEffectIsFound() throws InterruptedException {
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    Plan plan =
        new Script()
            .push(1)
            .pull(1)
            .then(new Step.DuringClose(new Step.Settle(Verb.DEAD_LETTER, 0, Among.ALL)))
            .plan();
    History history;
    try (Harness harness =
        new BrokenHarness(queue -> BrokenMeetings.refusesWhatIsDead(queue, called, closing))) {
      history = PlanRunner.run(plan, harness);
    }

    assertThat(Overrun.judge(history).violations())
        .extracting(Verdict.Violation::rule)
        .contains("LIFE-12");
  }

  static Stream<Mutant> wrongOutages() {
    return BrokenOutages.inRandomPlans().stream();
  }

  @ParameterizedTest
  @MethodSource("wrongOutages")
  void findItInAnOutage(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "FAULT-27");

    assertThat(found.getMessage()).contains(" during ");
  }

  static Stream<Mutant> wrongDeadlines() {
    return BrokenDeadlines.inRandomPlans().stream();
  }

  @ParameterizedTest
  @MethodSource("wrongDeadlines")
  void findAFaultOfDeadlines(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage()).contains("expiring in");
  }

  static Stream<Mutant> wrongPriorities() {
    return Stream.of(
        Mutant.ofPartition("PRIO-1", "priorities ignored", BrokenPriorities::areIgnored),
        Mutant.ofPartition("PRIO-6", "lost while delayed", BrokenPriorities::delayLosesThem),
        Mutant.ofPuller("PRIO-4", "redeliveries overtake", BrokenPriorities::redeliveriesOvertake),
        new Mutant("no share", "PRIO-7", BrokenPriorities::shareIsForgotten),
        new Mutant("a share too late", "PRIO-7", BrokenPriorities::shareIsSmaller));
  }

  @ParameterizedTest
  @MethodSource("wrongPriorities")
  void findAFaultOfPriorities(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage()).contains(" priorities, ");
  }

  static Stream<Mutant> wrongKeepers() {
    return Stream.of(Mutant.ofPartition("KEEP-1", "keeps nothing", BrokenKeepers::keepsNothing));
  }

  @ParameterizedTest
  @MethodSource("wrongKeepers")
  void findAFaultOfLeaseKeeping(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage()).contains("leases kept for");
  }
}
