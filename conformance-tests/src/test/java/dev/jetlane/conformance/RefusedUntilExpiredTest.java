// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.run.PlanRunner;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A client repeats a refused extension until its time is over. If the lease ends first, the error
 * may say so; only then.
 */
class RefusedUntilExpiredTest {

  @Test
  void theLeaseMayEndDuringTheCall() throws InterruptedException {
    assertThat(judge(1).violations()).isEmpty();
  }

  @Test
  void aLeaseThatIsOpenForSureHasNotEnded() throws InterruptedException {
    assertThat(judge(0).violations()).extracting(Verdict.Violation::rule).contains("FAULT-4");
  }

  /**
   * @param leases how many leases the refused call takes
   */
  private static Verdict judge(int leases) throws InterruptedException {
    Script script = new Script();
    Harness harness = new InMemoryHarness();
    Duration took =
        harness.tick().multipliedBy((long) script.plan().settings().leaseTicks() * leases);
    Layers refusing =
        Layers.ofDelivery(
            delivery ->
                new DelegatingDelivery(delivery) {
                  @Override
                  public boolean extend() {
                    try {
                      return super.extend();
                    } catch (QueueUnavailableException refused) {
                      harness.advance(took);
                      throw new LeaseExpiredException("the lease expired", refused);
                    }
                  }
                });
    Step extend = new Step.Settle(Step.Verb.EXTEND, 0, Step.Among.OPEN);
    Step refused = new Step.Under(Exchange.EXTEND, Harm.REFUSED, extend);
    return Overrun.judge(
        PlanRunner.run(
            script.push(1).pull(1).then(refused).plan(), BrokenHarness.of(harness, refusing)));
  }
}
