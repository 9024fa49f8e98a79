// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.PlanRunner;
import org.junit.jupiter.api.Test;

/**
 * A buffer puts the last attempt of a task back as a new task. A late ack of an earlier attempt
 * then settles nothing, and the new task comes with attempt 1.
 */
class PutBackTest {

  private static final PullOptions AHEAD = PullOptions.defaults().withPrefetch(100);

  private final Plan plan =
      new Script(Settings.PLAIN.withMaxDeliveries(3))
          .push(1)
          .pull(1)
          .advance(10)
          .push(1)
          .pull(1)
          .nak(1)
          .advance(6)
          .ack(0)
          .pull(2)
          .advance(10)
          .plan();

  @Test
  void theNewTaskIsNotACopyOfTheOldOne() throws InterruptedException {
    InMemoryHarness ahead =
        new InMemoryHarness() {
          @Override
          public PullOptions pulling() {
            return AHEAD;
          }
        };
    assertThat(Overrun.judge(PlanRunner.run(plan, ahead)).violations()).isEmpty();
  }
}
