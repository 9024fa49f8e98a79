// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PullOptions;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainTasks;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.run.PlanRunner;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A server forgets the delivery of an ack before it removes the task. In between the task counts as
 * ready; only a client with unconfirmed acks sees that.
 */
class UnconfirmedAckTest {

  private static final Duration TICK = Duration.ofMillis(500);
  private static final Duration TOLERANCE = Duration.ofMillis(250);

  private final Plan plan =
      new Script().push(1).advance(1).pull(1).advance(1).ack(0).advance(1).plan();

  @Test
  void theTaskMayCountAsReadyForAMoment() throws InterruptedException {
    assertThat(judge(false, Duration.ZERO).violations()).isEmpty();
  }

  @Test
  void afterTheToleranceTheTaskMayNotCountAsReady() throws InterruptedException {
    assertThat(judge(false, TICK).violations())
        .extracting(Verdict.Violation::rule)
        .contains("STATS-1");
  }

  @Test
  void afterAConfirmedAckTheTaskMayNotCountAsReady() throws InterruptedException {
    assertThat(judge(true, Duration.ZERO).violations())
        .extracting(Verdict.Violation::rule)
        .contains("STATS-1");
  }

  private Verdict judge(boolean confirmAcks, Duration counted) throws InterruptedException {
    return Overrun.judge(PlanRunner.run(plan, new Removing(confirmAcks, counted)));
  }

  /** As in real time, with a tolerance: an acked task counts as ready for some time. */
  private static final class Removing extends BrokenHarness {

    private final boolean confirmAcks;

    Removing(boolean confirmAcks, Duration counted) {
      this(new PlainHarness(PlainTasks::new), confirmAcks, counted.toNanos());
    }

    private Removing(Harness harness, boolean confirmAcks, long countedNanos) {
      super(
          harness, queue -> new DelegatingQueue(queue, new Counts(harness, countedNanos).layers()));
      this.confirmAcks = confirmAcks;
    }

    @Override
    public PullOptions pulling() {
      return PullOptions.defaults().withConfirmAcks(confirmAcks);
    }

    @Override
    public Duration tick() {
      return TICK;
    }

    @Override
    public Duration tolerance() {
      return TOLERANCE;
    }
  }

  private static final class Counts {

    private final Harness harness;
    private final long countedNanos;
    private @Nullable Long ackedNanos;

    Counts(Harness harness, long countedNanos) {
      this.harness = harness;
      this.countedNanos = countedNanos;
    }

    Layers layers() {
      return new Layers(
          partition ->
              new DelegatingPartition(partition) {
                @Override
                public Stats stats() {
                  return withAcked(super.stats());
                }
              },
          puller -> puller,
          delivery ->
              new DelegatingDelivery(delivery) {
                @Override
                public Settlement ack() {
                  ackedNanos = harness.nowNanos();
                  return super.ack();
                }
              });
    }

    private Stats withAcked(Stats stats) {
      boolean counts = ackedNanos != null && harness.nowNanos() - ackedNanos <= countedNanos;
      return counts
          ? new Stats(
              stats.ready() + 1,
              stats.outstanding(),
              stats.redelivered(),
              stats.delayed(),
              stats.dead())
          : stats;
    }
  }
}
