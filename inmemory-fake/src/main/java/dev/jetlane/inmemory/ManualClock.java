// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.InvalidInputException;
import dev.jetlane.inmemory.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The time of an {@link InMemoryServer}, which stands still until a test moves it. Any number of
 * servers may share one.
 *
 * <p>{@link #advance} is one step: due events happen in order, each at its own time, and other
 * threads react after the step. In a test with running workers call {@link #advanceToNext} and
 * {@link InMemoryServer#awaitWorkers} in turn, so that the workers see each event at its time.
 *
 * <p>This class is thread-safe. It does not keep servers without work from being garbage-collected.
 */
public final class ManualClock {

  /** The default start of a clock, fixed so that every run of a test prints the same times. */
  static final Instant DEFAULT_START = Instant.parse("2000-01-01T00:00:00Z");

  /** Far beyond any test, and far from where nanoseconds overflow. */
  static final Duration LONGEST = Duration.ofDays(100 * 365);

  final ManualTime time;

  /** Creates a clock that stands at the start of the year 2000, UTC. */
  public ManualClock() {
    this(DEFAULT_START);
  }

  /**
   * Creates a clock that stands at an instant.
   *
   * @param start the instant
   * @throws InvalidInputException if the instant is null
   */
  public ManualClock(Instant start) {
    this(start, false);
  }

  private ManualClock(Instant start, boolean automatic) {
    if (start == null) {
      throw new InvalidInputException("start of the clock", null, "must not be null");
    }
    time = new ManualTime(start, automatic);
  }

  /**
   * Creates a clock that moves automatically: it stands still while any thread works, and moves to
   * the next event when all threads wait. A lease of an hour takes no real time in such a test.
   *
   * <p>It moves when a pull waits and no server has been called for 5 ms of real time, or for 200
   * ms if a delivery is unsettled, because its holder may be working. While only other work is due,
   * such as the extension of a kept lease, a timer thread moves it in the same way.
   *
   * @return the clock
   */
  public static ManualClock automatic() {
    return new ManualClock(DEFAULT_START, true);
  }

  /**
   * Returns the time of the clock.
   *
   * @return the current instant
   */
  public Instant now() {
    return time.instant(time.nanos());
  }

  /**
   * Moves the clock. When this returns, all events up to the new time have happened: leases have
   * expired, delayed tasks are ready, waiting pulls were served or ended.
   *
   * @param step from zero, which has no effect, to 100 years
   * @throws InvalidInputException if the step is out of that range; the time has not moved
   */
  public void advance(Duration step) {
    time.advance(checkStep(step));
  }

  /**
   * Moves the clock to the next event, which then happens: the end of a lease, of a delay, of a
   * pull's wait, of a pause, or of the dedup window of a task id; the extension of a kept lease, or
   * the next step of a worker, such as a retry or the end of the wait for a batch.
   *
   * @return false if there is no next event: the clock has not moved
   */
  public boolean advanceToNext() {
    return time.advanceToNext();
  }

  private long checkStep(@Nullable Duration step) {
    if (step == null || step.isNegative() || step.compareTo(LONGEST) > 0) {
      throw new InvalidInputException("step of the clock", step, "must be from PT0S to " + LONGEST);
    }
    long nanos = step.toNanos();
    if (nanos > LONGEST.toNanos() - time.nanos()) {
      throw new InvalidInputException(
          "step of the clock", step, "must end within " + LONGEST + " of the clock's start");
    }
    return nanos;
  }
}
