package dev.jetlane;

import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * A policy that gives up earlier than another one.
 *
 * @param end whether to give up
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
