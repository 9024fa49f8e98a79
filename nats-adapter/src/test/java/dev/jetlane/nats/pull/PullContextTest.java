// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PullOptions;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The times of a puller, which depend on the lease and on the place of the server. */
class PullContextTest {

  private static final PullOptions KEPT = PullOptions.defaults().withPrefetch(5);

  private static NatsOptions options(Duration lease) {
    return NatsOptions.defaults().withQueue(TestQueues.config().withLease(lease));
  }

  private static long nanos(Duration time) {
    return time.toNanos();
  }

  @Test
  void leasesAreKeptTwicePerExtension() {
    try (PullScene scene = new PullScene(options(Duration.ofSeconds(30)))) {
      assertThat(scene.context(0, KEPT).keepEveryNanos).isZero();
      PullOptions kept = KEPT.withKeepFor(Duration.ofNanos(1));
      assertThat(scene.context(0, kept).keepEveryNanos).isEqualTo(nanos(Duration.ofSeconds(5)));
      assertThat(scene.context(0, kept.withKeepEvery(Duration.ofSeconds(2))).keepEveryNanos)
          .isEqualTo(nanos(Duration.ofSeconds(1)));
    }
  }

  @Test
  void theTimesAreThoseOfTheConsumerThatWasFound() {
    try (PullScene scene =
        new PullScene(
            NatsOptions.defaults()
                .withQueue(TestQueues.config().withPriorities(2).withMaxDeliveries(4)))) {
      scene.status.found(
          List.of(
              ConsumerConfiguration.builder()
                  .ackWait(Duration.ofSeconds(6))
                  .maxAckPending(3)
                  .build(),
              ConsumerConfiguration.builder()
                  .ackWait(Duration.ofSeconds(9))
                  .maxAckPending(5)
                  .build()));
      PullContext low = scene.context(0, KEPT);
      PullContext high = scene.context(1, KEPT);
      assertThat(low.leaseNanos).isEqualTo(nanos(Duration.ofSeconds(6)));
      assertThat(high.leaseNanos).isEqualTo(nanos(Duration.ofSeconds(9)));
      assertThat(low.maxOutstanding).isEqualTo(3);
      assertThat(high.maxOutstanding).isEqualTo(5);
      assertThat(low.aheadNanos).isEqualTo(nanos(Duration.ofSeconds(2)));
      assertThat(low.maxDeliveries).isEqualTo(4);
    }
  }

  /** An open request would receive a task that the puller gives back. */
  @Test
  void aRequestForTasksAheadIsNotLongerThanAnyOther() {
    try (PullScene here = new PullScene(options(Duration.ofHours(1)));
        PullScene domain = new PullScene(options(Duration.ofHours(1)).withDomain("hub"));
        PullScene account =
            new PullScene(options(Duration.ofHours(1)).withApiPrefix("from.other.API"))) {
      assertThat(here.context().aheadNanos).isEqualTo(TimeUnit.SECONDS.toNanos(4));
      for (PullScene elsewhere : List.of(domain, account)) {
        assertThat(elsewhere.context().aheadNanos).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        assertThat(elsewhere.context().sliceNanos).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        assertThat(elsewhere.context().longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(1));
      }
      assertThat(here.context().outlivesInterest).isFalse();
      assertThat(account.context().outlivesInterest).isFalse();
      assertThat(domain.context().outlivesInterest).isTrue();
    }
  }

  @Test
  void anEndOfARequestIsExpectedWithinTheRequestTimeoutOrFiveSeconds() {
    for (int seconds : new int[] {2, 5, 20}) {
      NatsOptions options =
          options(Duration.ofSeconds(30)).withRequestTimeout(Duration.ofSeconds(seconds));
      try (PullScene scene = new PullScene(options)) {
        assertThat(scene.context().graceNanos)
            .isEqualTo(TimeUnit.SECONDS.toNanos(Math.min(seconds, 5)));
      }
    }
  }

  /** Requests outlive their client there, whatever the server is. */
  @Test
  void inAnotherDomainOrAccountNoRequestIsLong() {
    for (NatsOptions elsewhere :
        List.of(
            options(Duration.ofHours(1)).withDomain("hub"),
            options(Duration.ofHours(1)).withApiPrefix("from.other.API"))) {
      try (PullScene scene = new PullScene(elsewhere)) {
        scene.server.information("\"version\":\"2.15.1\",\"jetstream\":true");
        assertThat(scene.context().longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(1));
      }
    }
  }

  /** The limit of the consumer is remembered for the later requests. */
  @Test
  void aRefusalOfLongRequestsIsNewOnce() {
    try (PullScene scene = new PullScene()) {
      scene.server.information("\"version\":\"2.15.1\",\"jetstream\":true");
      PullContext context = scene.context();
      assertThat(context.longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(20));
      assertThat(context.refusesLong()).isTrue();
      assertThat(context.refusesLong()).isFalse();
      assertThat(context.longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(4));
    }
  }

  @Test
  void anEmptyClusterIsNone() {
    try (PullScene scene = new PullScene()) {
      scene.server.information("\"version\":\"2.15.1\",\"jetstream\":true,\"cluster\":\"\"");
      assertThat(scene.context().longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(20));
    }
  }

  /** The client forgets a delivery that was dropped; an expired one belongs to another worker. */
  @Test
  void aTaskIsGivenBackOnlyWithinItsLease() {
    try (PullScene scene = new PullScene()) {
      PullContext context = scene.context();
      for (boolean expired : new boolean[] {true, false}) {
        scene.deliveries.clear();
        var delivery = context.delivery(scene.lease(context, 1, new Headers(), ""));
        scene.deliveries.get(0).expired = expired;
        assertThat(context.hasGivenBack()).isFalse();
        PullContext.giveBack(delivery);
        assertThat(scene.deliveries.get(0).dropped).as("expired: %s", expired).hasValue(1);
        assertThat(scene.naks()).as("expired: %s", expired).hasSize(expired ? 0 : 1);
      }
      assertThat(context.hasGivenBack()).isTrue();
    }
  }

  /** A limit of bytes that leaves out the subjects would end a request that fits. */
  @Test
  void theLargestMessageIncludesItsSubjects() {
    try (PullScene scene = new PullScene()) {
      assertThat(scene.context().largestMessage()).isEqualTo(1_048_576L + 4_096);
    }
  }

  /** The consumer of a priority has another name. */
  @Test
  void anErrorOfAPriorityNamesThePartition() {
    try (PullScene scene = new PullScene(TestQueues.config().withPriorities(3))) {
      assertThat(scene.context(2, KEPT).unavailable("why"))
          .hasMessage("pull from partition p: why");
    }
  }

  @Test
  void anErrorNamesThePartitionAndKeepsItsCause() {
    try (PullScene scene = new PullScene()) {
      IllegalStateException cause = new IllegalStateException("down");
      assertThat(scene.context().unavailable("why", cause))
          .hasMessage("pull from partition p: why")
          .hasCause(cause);
      assertThat(scene.context().unavailable("why"))
          .hasMessage("pull from partition p: why")
          .hasNoCause();
    }
  }
}
