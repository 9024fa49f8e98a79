// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {

  private final Exception failure = new IllegalStateException("no");

  private List<Long> seconds(RetryPolicy policy, int... attempts) {
    return IntStream.of(attempts)
        .mapToObj(attempt -> policy.delay(attempt, failure).orElseThrow().toSeconds())
        .toList();
  }

  @Test
  void fixedIsAlwaysTheSame() {
    assertThat(seconds(RetryPolicy.fixed(Duration.ofSeconds(7)), 1, 2, 1_000))
        .containsExactly(7L, 7L, 7L);
  }

  @Test
  void standardRetriesOnceImmediatelyAndNeedsMoreThanAMinuteForTwentyAttempts() {
    RetryPolicy standard = RetryPolicy.standard();
    assertThat(seconds(standard, 1, 2, 3, 4, 11, 12, 1_000))
        .containsExactly(0L, 1L, 2L, 4L, 512L, 600L, 600L);
    RetryPolicy ofWorkers = WorkerOptions.defaults().retryPolicy();
    for (RetryPolicy policy : List.of(standard, ofWorkers)) {
      long seconds =
          seconds(policy, IntStream.range(1, 20).toArray()).stream().mapToLong(s -> s).sum();
      assertThat(seconds).isGreaterThan(60);
    }
  }

  @Test
  void exponentialDoublesUpToTheLongest() {
    RetryPolicy policy = RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofSeconds(100));
    assertThat(seconds(policy, 0, 1, 2, 3, 7, 8, 60, 63, 64, Integer.MAX_VALUE))
        .containsExactly(1L, 1L, 2L, 4L, 64L, 100L, 100L, 100L, 100L, 100L);
  }

  /** Compares each attempt with a computation in numbers that cannot overflow. */
  @Test
  void exponentialIsRightForEachAttemptAndEachFirstDelay() {
    for (long firstNanos : new long[] {1, 2, 3, 999, 1_000_000, 1_000_000_000, 7_777_777_777L}) {
      for (Duration longest : List.of(Duration.ofSeconds(30), Limits.MAX_DELAY)) {
        RetryPolicy policy = RetryPolicy.exponential(Duration.ofNanos(firstNanos), longest);
        for (int attempt = 1; attempt <= 130; attempt++) {
          BigInteger wanted =
              BigInteger.valueOf(firstNanos)
                  .shiftLeft(attempt - 1)
                  .min(BigInteger.valueOf(longest.toNanos()));
          assertThat(policy.delay(attempt, failure))
              .as("attempt %s after %s ns", attempt, firstNanos)
              .contains(Duration.ofNanos(wanted.longValueExact()));
        }
      }
    }
  }

  @Test
  void jitterShortensByAtMostItsFraction() {
    RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(100)).withJitter(0.5);
    List<Long> delays = seconds(policy, IntStream.range(1, 1_000).toArray());
    assertThat(delays)
        .allMatch(s -> s >= 50 && s <= 100)
        .anyMatch(s -> s < 60)
        .anyMatch(s -> s > 90);
  }

  @Test
  void jitterTakesDelaysOfAnyLength() {
    for (long seconds : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
      RetryPolicy policy = (attempt, failure) -> Optional.of(Duration.ofSeconds(seconds));
      assertThat(policy.withJitter(0.5).delay(1, new Exception()))
          .hasValueSatisfying(
              delay -> assertThat(delay).isBetween(Duration.ZERO, Limits.MAX_DELAY));
    }
  }

  @Test
  void jitterWithASeedIsRepeatable() {
    int[] attempts = IntStream.range(1, 50).toArray();
    RetryPolicy base = RetryPolicy.fixed(Duration.ofSeconds(1_000));
    assertThat(seconds(base.withJitter(1, 42), attempts))
        .isEqualTo(seconds(base.withJitter(1, 42), attempts))
        .isNotEqualTo(seconds(base.withJitter(1, 43), attempts));
  }

  /** Otherwise a simulated run could not be repeated. */
  @Test
  void everyPolicyDrawsFromTheSourceOfItsCaller() {
    RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(8)).withJitter(1);
    for (RetryPolicy each : List.of(policy, policy.givingUpAfter(3), policy.withJitter(0))) {
      assertThat(each.delay(1, failure, () -> 0.25)).contains(Duration.ofSeconds(6));
    }
  }

  @Test
  void givesUpOnGivenFailuresAndAfterANumberOfAttempts() {
    RetryPolicy policy =
        RetryPolicy.fixed(Duration.ZERO)
            .givingUpOn(IllegalArgumentException.class::isInstance)
            .givingUpAfter(3);
    assertThat(policy.delay(1, new IllegalArgumentException())).isEmpty();
    assertThat(policy.delay(2, failure)).contains(Duration.ZERO);
    assertThat(policy.delay(3, failure)).isEmpty();
  }
}
