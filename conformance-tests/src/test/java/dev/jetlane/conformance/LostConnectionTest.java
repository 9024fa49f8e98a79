// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PushReceipt;
import dev.jetlane.Task;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.run.PlanRunner;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A client may lose its connection once more after a repair, and with it the tasks of a pull or the
 * answer to another call. The oracle judges no further then, but only then.
 */
class LostConnectionTest {

  private final Plan plan =
      new Script()
          .then(new Step.Under(Exchange.PUSH, Harm.REFUSED, new Step.Push(0, false)))
          .push(1)
          .pull(1)
          .plan();

  private int connections = 1;

  @Test
  void aPullWithoutItsTaskBreaksARule() throws InterruptedException {
    assertThat(judge(losingPulls(0)).violations())
        .extracting(Verdict.Violation::rule)
        .contains("PULL-2");
  }

  @Test
  void aPullThatLostItsConnectionMayLoseItsTask() throws InterruptedException {
    assertThat(judge(losingPulls(1)).violations()).isEmpty();
  }

  @Test
  void aPushThatFailsBreaksARule() throws InterruptedException {
    assertThat(judge(failingPushes(0)).violations())
        .extracting(Verdict.Violation::rule)
        .contains("PUSH-1");
  }

  @Test
  void aPushThatLostItsConnectionMayFail() throws InterruptedException {
    assertThat(judge(failingPushes(1)).violations()).isEmpty();
  }

  /**
   * @param opened how many connections each pull opens
   */
  private Layers losingPulls(int opened) {
    return Layers.ofPuller(
        puller ->
            new DelegatingPuller(puller) {
              @Override
              public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
                List<Delivery> got = super.pull(max, wait);
                connections += opened;
                return connections > 2 || got.isEmpty() ? got : List.of();
              }
            });
  }

  /**
   * @param opened how many connections each push opens
   */
  private Layers failingPushes(int opened) {
    return Layers.ofPartition(
        partition ->
            new DelegatingPartition(partition) {
              @Override
              public PushReceipt push(Task task) {
                PushReceipt unused = super.push(task);
                connections += opened;
                throw new OutcomeUnknownException("no answer", null);
              }
            });
  }

  private Verdict judge(Layers losing) throws InterruptedException {
    return Overrun.judge(
        PlanRunner.run(
            plan,
            new BrokenHarness(queue -> new DelegatingQueue(queue, losing)) {
              @Override
              public FaultHands faults() {
                return new DelegatingHands(super.faults()) {
                  @Override
                  public int connections() {
                    return connections;
                  }
                };
              }
            }));
  }
}
