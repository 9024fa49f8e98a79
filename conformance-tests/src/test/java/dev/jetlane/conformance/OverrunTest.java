// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plain.BrokenPulls;
import dev.jetlane.conformance.plain.BrokenTasks;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainTasks;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.run.PlanRunner;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A machine that stands still hides no fault and causes no false one. */
class OverrunTest {

  private static final Duration SLOW = Duration.ofMillis(100);
  private static final Duration CALM = Duration.ZERO;

  private final Plan plan = new Script().push(1).pull(1).expire().pull(1).ack(1).plan();

  @Test
  void aLateQueueIsWrong() throws InterruptedException {
    assertThat(judge(BrokenPulls::lateByHalfASecond, CALM).violations())
        .extracting(Verdict.Violation::rule)
        .contains("LEASE-2");
  }

  @Test
  void latenessIsNotJudgedOnAMachineThatStoodStill() throws InterruptedException {
    Verdict verdict = judge(BrokenPulls::lateByHalfASecond, SLOW);

    assertThat(verdict.violations()).isEmpty();
    assertThat(verdict.evidence("LEASE-2")).isZero();
  }

  @Test
  void aWrongQueueIsWrongOnAMachineThatStoodStill() throws InterruptedException {
    assertThat(judge(BrokenTasks::attemptsNotCounted, SLOW).violations()).isNotEmpty();
    assertThat(judge(BrokenTasks::ackDoesNotRemove, SLOW).violations()).isNotEmpty();
  }

  @Test
  void aCorrectQueueIsCorrectOnAnyMachine() throws InterruptedException {
    Verdict verdict = judge(PlainTasks::new, SLOW);

    assertThat(verdict.violations()).isEmpty();
    assertThat(verdict.evidence("LEASE-2")).isPositive();
  }

  private Verdict judge(Function<QueueConfig, PlainTasks> creation, Duration perCall)
      throws InterruptedException {
    return Overrun.judge(PlanRunner.run(plan, new RealTime(new PlainHarness(creation), perCall)));
  }

  /** As in real time: there is a tolerance, and reading the statistics takes time. */
  private static final class RealTime extends BrokenHarness {

    RealTime(Harness harness, Duration perCall) {
      super(harness, queue -> slow(queue, harness, perCall));
    }

    private static TaskQueue slow(TaskQueue queue, Harness harness, Duration perCall) {
      Layers layers =
          Layers.ofPartition(
              partition ->
                  new DelegatingPartition(partition) {
                    @Override
                    public Stats stats() {
                      harness.advance(perCall);
                      return super.stats();
                    }
                  });
      return new DelegatingQueue(queue, layers);
    }

    @Override
    public Duration tick() {
      return Duration.ofMillis(500);
    }

    @Override
    public Duration tolerance() {
      return Duration.ofMillis(250);
    }
  }
}
