// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A policy that shortens the delays of another policy by a random part.
 *
 * @param fraction the part of a delay that is random, from 0 to 1
 * @param own the source of random numbers; null for the source of the caller
 */
record JitteredRetries(RetryPolicy policy, double fraction, @Nullable DoubleSupplier own)
    implements RetryPolicy {

  static RetryPolicy of(RetryPolicy policy, double fraction, @Nullable DoubleSupplier own) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new InvalidInputException("jitter", fraction, "must be from 0 to 1");
    }
    return new JitteredRetries(policy, fraction, own);
  }

  @Override
  public Optional<Duration> delay(int attempt, Throwable failure) {
    return delay(attempt, failure, () -> ThreadLocalRandom.current().nextDouble());
  }

  @Override
  public Optional<Duration> delay(int attempt, Throwable failure, DoubleSupplier chance) {
    DoubleSupplier drawn = own != null ? own : chance;
    return policy
        .delay(attempt, failure, chance)
        .map(JitteredRetries::bounded)
        .map(
            delay ->
                Duration.ofNanos(
                    (long) ((double) delay.toNanos() * (1 - fraction * drawn.getAsDouble()))));
  }

  /** Clamps early, as the caller does later, so that {@link Duration#toNanos} does not overflow. */
  private static Duration bounded(Duration delay) {
    if (delay.isNegative()) {
      return Duration.ZERO;
    }
    return delay.compareTo(Limits.MAX_DELAY) > 0 ? Limits.MAX_DELAY : delay;
  }
}
