// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The settings that were found, and the result of the last pull. */
class PartitionStatusTest {

  private static final Duration LEASE = Duration.ofSeconds(30);

  private final PartitionStatus status =
      new PartitionStatus(
          QueueConfig.defaults().withLease(LEASE).withMaxOutstanding(7).withPriorities(3));

  private static ConsumerConfiguration consumer(Duration lease, long maxOutstanding) {
    return ConsumerConfiguration.builder().ackWait(lease).maxAckPending(maxOutstanding).build();
  }

  private static QueueUnavailableException failure() {
    return new QueueUnavailableException("no answer", null);
  }

  private PartitionStatus.FailedPull failedPull() {
    return Objects.requireNonNull(status.failedPull());
  }

  @Test
  void atFirstEachPriorityHasTheConfiguredSettings() {
    PartitionStatus.Terms wanted = new PartitionStatus.Terms(LEASE.toNanos(), 7);
    for (int priority = 0; priority < 3; priority++) {
      assertThat(status.terms(priority)).isEqualTo(wanted);
    }
    assertThat(status.shortestLeaseNanos()).isEqualTo(LEASE.toNanos());
  }

  @Test
  void eachPriorityHasTheSettingsOfItsConsumer() {
    status.found(
        List.of(
            consumer(Duration.ofSeconds(20), 1),
            consumer(Duration.ofSeconds(10), Limits.MAX_OUTSTANDING),
            consumer(Duration.ofSeconds(40), Limits.MAX_OUTSTANDING + 1L)));
    assertThat(status.terms(0)).isEqualTo(new PartitionStatus.Terms(20_000_000_000L, 1));
    assertThat(status.terms(1).maxOutstanding()).isEqualTo(Limits.MAX_OUTSTANDING);
    assertThat(status.terms(2))
        .isEqualTo(new PartitionStatus.Terms(40_000_000_000L, Limits.MAX_OUTSTANDING));
    assertThat(status.shortestLeaseNanos()).isEqualTo(10_000_000_000L);
    status.found(List.of());
    assertThat(status.terms(0).maxOutstanding()).as("settings that were not checked").isEqualTo(1);
  }

  @Test
  void aConsumerWithoutALimitHasTheLargest() {
    for (long none : new long[] {-1, 0}) {
      status.found(List.of(consumer(LEASE, none)));
      assertThat(status.terms(0).maxOutstanding())
          .as("limit %s", none)
          .isEqualTo(Limits.MAX_OUTSTANDING);
    }
  }

  @Test
  void aPullThatSucceedsEndsTheFailure() {
    assertThat(status.hasPulled()).isFalse();
    assertThat(status.failedPull()).isNull();
    QueueUnavailableException error = failure();
    long before = System.nanoTime();
    status.failed(error, 4);
    assertThat(status.failedPull()).isNotNull();
    assertThat(failedPull().error()).isSameAs(error);
    assertThat(failedPull().epoch()).isEqualTo(4);
    assertThat(failedPull().atNanos() - before).isBetween(0L, TimeUnit.MINUTES.toNanos(1));
    assertThat(status.hasPulled()).as("a failed pull").isFalse();
    status.pulled();
    assertThat(status.failedPull()).isNull();
    assertThat(status.hasPulled()).isTrue();
    assertThat(status.pulledAtNanos() - before).isBetween(0L, TimeUnit.MINUTES.toNanos(1));
    status.failed(failure(), 4);
    assertThat(status.failedPull()).as("a later failure").isNotNull();
    assertThat(status.hasPulled()).isTrue();
  }

  @Test
  void aCheckThatWentWellEndsTheFailure() {
    status.failed(failure(), 1);
    status.found(List.of(consumer(LEASE, 1)));
    assertThat(status.failedPull()).as("after settings that were only read").isNotNull();
    status.opened(List.of());
    assertThat(status.failedPull()).isNull();
  }

  @Test
  void anOpenedPartitionHasTheSettingsThatWereFound() {
    status.opened(List.of(consumer(Duration.ofSeconds(3), 5)));
    assertThat(status.terms(0)).isEqualTo(new PartitionStatus.Terms(3_000_000_000L, 5));
    assertThat(status.shortestLeaseNanos()).isEqualTo(3_000_000_000L);
  }

  @Test
  void aShutdownIsKnownForATime() {
    assertThat(status.shutDownWithin(TimeUnit.DAYS.toNanos(1_000))).as("before one").isFalse();
    status.shutDown();
    assertThat(status.shutDownWithin(TimeUnit.MINUTES.toNanos(5))).isTrue();
    assertThat(status.shutDownWithin(0)).isFalse();
    assertThat(status.failedPull()).as("a shutdown is no failed pull").isNull();
    assertThat(status.hasPulled()).isFalse();
  }

  @Test
  void onlyTheKnownFailureIsForgotten() {
    status.failed(failure(), 1);
    PartitionStatus.FailedPull first = failedPull();
    status.failed(failure(), 1);
    status.forget(first);
    assertThat(status.failedPull()).as("a later failure").isNotNull();
    status.forget(failedPull());
    assertThat(status.failedPull()).isNull();
    status.forget(first);
    assertThat(status.failedPull()).isNull();
  }

  @Test
  void eachNewConsumerCounts() {
    assertThat(status.recreations()).isZero();
    status.recreated();
    status.recreated();
    assertThat(status.recreations()).isEqualTo(2);
  }
}
