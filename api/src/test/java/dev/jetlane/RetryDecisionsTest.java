// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** When a policy gives up, and what it passes on to the policy that it wraps. */
class RetryDecisionsTest {

  private final Exception failure = new IllegalStateException("no");
  private final RetryPolicy fixed = RetryPolicy.fixed(Duration.ofSeconds(8));

  /** A policy that records its arguments. */
  private final List<Object> asked = new ArrayList<>();

  private final RetryPolicy recording =
      new RetryPolicy() {
        @Override
        public Optional<Duration> delay(int attempt, Throwable error) {
          asked.add(attempt);
          asked.add(error);
          return Optional.of(Duration.ofSeconds(attempt));
        }

        @Override
        public Optional<Duration> delay(int attempt, Throwable error, DoubleSupplier chance) {
          asked.add(chance.getAsDouble());
          return delay(attempt, error);
        }
      };

  @Test
  void itGivesUpAtTheGivenAttemptInBothForms() {
    RetryPolicy three = fixed.givingUpAfter(3);
    for (int attempt = 1; attempt <= 5; attempt++) {
      boolean retries = attempt < 3;
      assertThat(three.delay(attempt, failure).isPresent()).as("%s", attempt).isEqualTo(retries);
      assertThat(three.delay(attempt, failure, () -> 0).isPresent())
          .as("%s, with a chance", attempt)
          .isEqualTo(retries);
    }
    assertThat(fixed.givingUpAfter(1).delay(1, failure)).isEmpty();
    assertThat(fixed.givingUpAfter(Integer.MAX_VALUE).delay(1_000, failure)).isPresent();
  }

  @Test
  void itGivesUpOnTheGivenFailuresInBothForms() {
    RetryPolicy policy = fixed.givingUpOn(IllegalStateException.class::isInstance);
    assertThat(policy.delay(1, failure)).isEmpty();
    assertThat(policy.delay(1, failure, () -> 0)).isEmpty();
    assertThat(policy.delay(1, new Exception())).isPresent();
    assertThat(policy.delay(1, new Exception(), () -> 0)).isPresent();
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void failuresToGiveUpOnAreNeeded() {
    assertThatThrownBy(() -> fixed.givingUpOn(null))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("failures to give up on null");
  }

  @Test
  void eachWrapperPassesTheAttemptTheFailureAndTheChance() {
    for (RetryPolicy each :
        List.of(
            recording.givingUpAfter(9),
            recording.givingUpOn(Error.class::isInstance),
            recording.withJitter(0),
            recording.withJitter(0, 7))) {
      asked.clear();
      assertThat(each.delay(4, failure, () -> 0.25)).contains(Duration.ofSeconds(4));
      assertThat(asked).containsExactly(0.25, 4, failure);
    }
  }

  @Test
  void aPolicyWithoutChanceIsAskedWithoutOne() {
    RetryPolicy plain = (attempt, error) -> Optional.of(Duration.ofSeconds(attempt));
    assertThat(plain.delay(4, failure, () -> 0.25)).contains(Duration.ofSeconds(4));
  }

  @Test
  void jitterShortensByItsFractionOfTheChance() {
    RetryPolicy half = fixed.withJitter(0.5);
    assertThat(half.delay(1, failure, () -> 0)).contains(Duration.ofSeconds(8));
    assertThat(half.delay(1, failure, () -> 0.5)).contains(Duration.ofSeconds(6));
    assertThat(half.delay(1, failure, () -> 1)).contains(Duration.ofSeconds(4));
    assertThat(fixed.withJitter(1).delay(1, failure, () -> 1)).contains(Duration.ZERO);
    assertThat(fixed.givingUpAfter(1).withJitter(0.5).delay(1, failure, () -> 0)).isEmpty();
  }

  /** Its delays are repeatable whatever the caller draws. */
  @Test
  void aSeedReplacesTheChanceOfTheCaller() {
    List<Optional<Duration>> delays = new ArrayList<>();
    for (double chance : new double[] {0, 1}) {
      RetryPolicy seeded = fixed.withJitter(1, 42);
      delays.add(seeded.delay(1, failure, () -> chance));
      delays.add(seeded.delay(1, failure, () -> chance));
    }
    assertThat(delays.get(0)).isEqualTo(delays.get(2)).isNotEqualTo(delays.get(1));
    assertThat(delays.get(1)).isEqualTo(delays.get(3));
  }

  @Test
  void theStandardPolicyIsImmediateOnlyTheFirstTime() {
    RetryPolicy standard = RetryPolicy.standard();
    assertThat(standard.delay(0, failure)).contains(Duration.ZERO);
    assertThat(standard.delay(1, failure, () -> 0.9)).contains(Duration.ZERO);
    assertThat(standard.delay(2, failure, () -> 0.9)).contains(Duration.ofSeconds(1));
    assertThat(standard.delay(Integer.MAX_VALUE, failure)).contains(Duration.ofMinutes(10));
  }
}
