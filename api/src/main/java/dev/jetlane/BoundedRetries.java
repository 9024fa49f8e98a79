// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * A policy that delegates to another one, and gives up when its end is reached.
 *
 * @param policy the delegate
 */
record BoundedRetries(RetryPolicy policy, End end) implements RetryPolicy {

  /** When a policy gives up. */
  interface End {
    boolean isAt(int attempt, Throwable failure);
  }

  @Override
  public Optional<Duration> delay(int attempt, Throwable failure) {
    return end.isAt(attempt, failure) ? Optional.empty() : policy.delay(attempt, failure);
  }

  @Override
  public Optional<Duration> delay(int attempt, Throwable failure, DoubleSupplier chance) {
    return end.isAt(attempt, failure) ? Optional.empty() : policy.delay(attempt, failure, chance);
  }
}
