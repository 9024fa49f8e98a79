package dev.jetlane;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;

/**
 * Decides what becomes of a task whose handler failed: it is given back with a delay ({@link
 * Delivery#nak(Duration)}), or it goes to the dead letters. Independent of it, {@link
 * QueueConfig#maxDeliveries()} ends every retrying.
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
public interface RetryPolicy {

  /**
   * How long to wait before the task is delivered again; empty to give up on it. A delay above
   * {@link Limits#MAX_DELAY} is cut to that, a negative one is none.
   *
   * @param attempt which attempt failed, from 1
   * @param failure what the handler threw
   */
  Optional<Duration> delay(int attempt, Throwable failure);

  /**
   * What {@link Delivery#close} follows, and, with a jitter of 0.5, a worker by default: no delay
   * after the first attempt, one second after the second one, then twice as long each time, up to
   * 10 minutes. A failure that is over in a moment costs nothing, and one that stays does not use
   * up the attempts of {@link QueueConfig#maxDeliveries()} within a minute.
   */
  static RetryPolicy standard() {
    RetryPolicy later = exponential(Duration.ofSeconds(1), Duration.ofMinutes(10));
    return (attempt, failure) ->
        attempt <= 1 ? Optional.of(Duration.ZERO) : later.delay(attempt - 1, failure);
  }

  /**
   * As {@link #delay(int, Throwable)}, for policies that leave something to chance. A worker calls
   * this one, with the chance of its queue, so that a simulated run can be repeated.
   *
   * @param attempt which attempt failed, from 1
   * @param failure what the handler threw
   * @param chance draws a number from 0 inclusive to 1 exclusive
   * @return how long to wait; empty to give up
   */
  default Optional<Duration> delay(int attempt, Throwable failure, DoubleSupplier chance) {
    return delay(attempt, failure);
  }

  /** Always the same delay, from zero on. */
  static RetryPolicy fixed(Duration delay) {
    Limits.checkDelay(delay);
    return (attempt, failure) -> Optional.of(delay);
  }

  /**
   * A delay that doubles with each attempt, up to a longest one, without jitter.
   *
   * @param first after the first attempt; above zero
   * @param longest at least {@code first}
   * @throws InvalidInputException if one of them is out of its range
   */
  static RetryPolicy exponential(Duration first, Duration longest) {
    Limits.checkDelay(longest);
    if (first == null || first.isNegative() || first.isZero() || first.compareTo(longest) > 0) {
      throw new InvalidInputException(
          "first delay", first, "must be above zero and at most the longest, " + longest);
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
   * This policy with each delay shortened by chance, so that tasks that failed together do not come
   * back together.
   *
   * @param fraction of the delay that is left to chance, from 0 to 1
   * @throws InvalidInputException if it is out of that range
   */
  default RetryPolicy withJitter(double fraction) {
    return JitteredRetries.of(this, fraction, null);
  }

  /** As {@link #withJitter(double)}, with chances that are the same at each run of a test. */
  default RetryPolicy withJitter(double fraction, long seed) {
    Random random = new Random(seed);
    return JitteredRetries.of(this, fraction, random::nextDouble);
  }

  /** This policy, giving up at once on failures such as these. */
  default RetryPolicy givingUpOn(Predicate<? super Throwable> failures) {
    Limits.checkPresent("failures to give up on", failures);
    return new BoundedRetries(this, (attempt, failure) -> failures.test(failure));
  }

  /** This policy, giving up after so many attempts. */
  default RetryPolicy givingUpAfter(int attempts) {
    Limits.checkRange("attempts", attempts, 1, QueueConfig.UNLIMITED);
    return new BoundedRetries(this, (attempt, failure) -> attempt >= attempts);
  }
}
