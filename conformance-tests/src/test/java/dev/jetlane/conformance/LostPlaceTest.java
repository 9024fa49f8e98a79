// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.conformance.oracle.LostPlace;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainTasks;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.run.PlanRunner;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue may lose its place only at a pull at the end of a lease or of the delay of a nak. */
class LostPlaceTest {

  private static final int LEASE = 10;

  private final Plan plan = new Script().push(1).pull(1).advance(LEASE - 1).pull(1).plan();

  @Test
  void aPullWithinALeaseExcusesNothing() throws InterruptedException {
    assertThat(isExcused(plan, 0)).isFalse();
  }

  @Test
  void aPullAfterALeaseExcusesNothing() throws InterruptedException {
    Plan after = new Script().push(1).pull(1).advance(LEASE + 1).pull(0).plan();

    assertThat(isExcused(after, 0)).isFalse();
  }

  @Test
  void aPullOverTheEndOfALeaseExcusesItsConsequences() throws InterruptedException {
    assertThat(isExcused(plan, 2)).isTrue();
  }

  @Test
  void aPullOverTheEndOfADelayedNakExcusesItsConsequences() throws InterruptedException {
    Plan nak = new Script().push(1).pull(1).nakLater(0, 3).advance(2).pull(1).plan();

    assertThat(isExcused(nak, 0)).isFalse();
    assertThat(isExcused(nak, 2)).isTrue();
  }

  private static boolean isExcused(Plan plan, int ticksPerPull) throws InterruptedException {
    assertThat(plan.settings().leaseTicks()).isEqualTo(LEASE);
    PlainHarness harness = new PlainHarness(PlainTasks::new);
    Duration perPull = harness.tick().multipliedBy(ticksPerPull);
    Layers slow = Layers.ofPuller(puller -> new SlowPuller(puller, harness, perPull));
    return LostPlace.mayBeIn(PlanRunner.run(plan, BrokenHarness.of(harness, slow)));
  }

  private static final class SlowPuller extends DelegatingPuller {

    private final PlainHarness harness;
    private final Duration perPull;

    SlowPuller(Puller puller, PlainHarness harness, Duration perPull) {
      super(puller);
      this.harness = harness;
      this.perPull = perPull;
    }

    @Override
    public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
      List<Delivery> pulled = super.pull(max, wait);
      harness.advance(perPull);
      return pulled;
    }
  }
}
