// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;

/**
 * Decides whether a task whose handler failed is given back with a delay ({@link
 * Delivery#nak(Duration)}) or becomes a dead letter. {@link QueueConfig#maxDeliveries()} limits the
 * attempts in any case.
 *
 * <pre>{@code
 * RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofMinutes(10))
 *     .withJitter(0.5)
 *     .givingUpOn(InvoiceRejectedException.class::isInstance);
 * }</pre>
 *
 * <p>Implementations must be thread-safe.
 */
@FunctionalInterface
@CheckReturnValue
public interface RetryPolicy {

  /**
   * Returns how long to wait before the task is delivered again. A delay above {@link
   * Limits#MAX_DELAY} is reduced to it; a negative one means none.
   *
   * @param attempt which attempt failed, from 1
   * @param failure the exception of the handler
   * @return the delay; empty to give up
   */
  Optional<Duration> delay(int attempt, Throwable failure);

  /**
   * Returns the policy of {@link Delivery#close} and, with a jitter of 0.5, the default of a
   * worker: no delay after the first attempt, one second after the second one, then twice as long
   * each time, up to 10 minutes. A brief failure causes no delay, and a long one does not use up
   * {@link QueueConfig#maxDeliveries()} within a minute.
   *
   * @return the policy
   */
  static RetryPolicy standard() {
    RetryPolicy later = exponential(Duration.ofSeconds(1), Duration.ofMinutes(10));
    return (attempt, failure) ->
        attempt <= 1 ? Optional.of(Duration.ZERO) : later.delay(attempt - 1, failure);
  }

  /**
   * As {@link #delay(int, Throwable)}, for policies with a random part. A worker calls this method
   * with the random source of its queue, so that a simulated run can be repeated.
   *
   * @param attempt which attempt failed, from 1
   * @param failure the exception of the handler
   * @param chance draws a number from 0 inclusive to 1 exclusive
   * @return how long to wait; empty to give up
   */
  default Optional<Duration> delay(int attempt, Throwable failure, DoubleSupplier chance) {
    return delay(attempt, failure);
  }

  /**
   * Returns a policy with a constant delay.
   *
   * @param delay from zero to {@link Limits#MAX_DELAY}
   * @return the policy
   * @throws InvalidInputException if the delay is out of that range
   */
  static RetryPolicy fixed(Duration delay) {
    Limits.checkDelay(delay);
    return (attempt, failure) -> Optional.of(delay);
  }

  /**
   * Returns a policy whose delay doubles with each attempt, up to a maximum, without jitter.
   *
   * @param first the delay after the first attempt; above zero
   * @param longest the maximum; at least {@code first}
   * @return the policy
   * @throws InvalidInputException if one of them is out of its range
   */
  static RetryPolicy exponential(Duration first, Duration longest) {
    Limits.checkDelay(longest);
    if (first == null || first.isNegative() || first.isZero() || first.compareTo(longest) > 0) {
      throw new InvalidInputException(
          "first delay", first, "must be above zero and at most the longest delay, " + longest);
    }
    int mostDoublings = Long.numberOfLeadingZeros(first.toNanos()) - 1;
    return (attempt, failure) -> {
      int doublings = Math.max(0, attempt - 1);
      if (doublings > mostDoublings) {
        return Optional.of(longest);
      }
      Duration delay = Duration.ofNanos(first.toNanos() << doublings);
      return Optional.of(delay.compareTo(longest) < 0 ? delay : longest);
    };
  }

  /**
   * Returns a policy like this one, with each delay shortened at random, so that tasks that failed
   * together are not redelivered together.
   *
   * @param fraction the random fraction of the delay, from 0 to 1
   * @return the policy
   * @throws InvalidInputException if it is out of that range
   */
  default RetryPolicy withJitter(double fraction) {
    return JitteredRetries.of(this, fraction, null);
  }

  /**
   * Returns a policy like {@link #withJitter(double)} with a fixed seed, so that tests are
   * repeatable.
   *
   * @param fraction the random fraction of the delay, from 0 to 1
   * @param seed the seed
   * @return the policy
   * @throws InvalidInputException if the fraction is out of its range
   */
  default RetryPolicy withJitter(double fraction, long seed) {
    Random random = new Random(seed);
    return JitteredRetries.of(this, fraction, random::nextDouble);
  }

  /**
   * Returns a policy that gives up immediately on some failures, and is otherwise like this one.
   *
   * @param failures accepts the failures to give up on
   * @return the policy
   */
  default RetryPolicy givingUpOn(Predicate<? super Throwable> failures) {
    Limits.checkPresent("failures to give up on", failures);
    return new BoundedRetries(this, (attempt, failure) -> failures.test(failure));
  }

  /**
   * Returns a policy that gives up after a number of attempts, and is otherwise like this one.
   *
   * @param attempts from 1
   * @return the policy
   * @throws InvalidInputException if the number is out of its range
   */
  default RetryPolicy givingUpAfter(int attempts) {
    Limits.checkRange("attempts", attempts, 1, QueueConfig.UNLIMITED);
    return new BoundedRetries(this, (attempt, failure) -> attempt >= attempts);
  }
}
