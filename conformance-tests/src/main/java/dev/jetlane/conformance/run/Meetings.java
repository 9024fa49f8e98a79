// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Cancelled;
import dev.jetlane.conformance.oracle.History.Met;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Purged;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Redriven;
import dev.jetlane.conformance.oracle.History.Removed;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.oracle.History.Threw;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Lets a call meet an interrupt, the close of its client, or the same call of another client. */
final class Meetings {

  private static final Set<String> TO_BE_REPEATED =
      Set.of("InterruptedException", "OutcomeUnknownException", "QueueUnavailableException");

  private Meetings() {}

  /** A call of a client. */
  interface Call {
    Outcome make() throws InterruptedException;
  }

  /** The outcome of a call, and the event that it met. */
  record Result(Outcome outcome, @Nullable Met met) {}

  /** Returns the result or the exception of a call. */
  static Outcome outcomeOf(Call call) throws InterruptedException {
    try {
      return call.make();
    } catch (RuntimeException e) {
      return Threw.of(e);
    }
  }

  /**
   * Makes the call with the interrupt set.
   *
   * @param repeat repeats the call after a failure; null if it cannot be repeated
   */
  static Result interrupted(Call call, @Nullable Call repeat) throws InterruptedException {
    Outcome outcome;
    boolean kept;
    Thread.currentThread().interrupt();
    try {
      outcome = outcomeOf(call);
    } catch (InterruptedException e) {
      outcome = Threw.of(e);
    } finally {
      kept = Thread.interrupted();
    }
    return repeat != null && isToBeRepeated(outcome)
        ? new Result(outcomeOf(repeat), new History.Interrupt(kept, outcome))
        : new Result(outcome, new History.Interrupt(kept, null));
  }

  private static boolean isToBeRepeated(Outcome outcome) {
    return outcome instanceof Stored stored
        ? stored.tasks().stream()
            .anyMatch(task -> task.result() == Pushed.UNKNOWN || task.result() == Pushed.FAILED)
        : outcome instanceof Threw threw && TO_BE_REPEATED.contains(threw.type());
  }

  /** Makes the call while this client is closed. */
  static Result duringClose(Call call, int client, Runnable close) throws InterruptedException {
    CountDownLatch begin = new CountDownLatch(1);
    Background<Outcome> other = begin(begin, call);
    begin.countDown();
    close.run();
    return new Result(result(other), new History.Close(client));
  }

  /** Makes the calls of two clients at the same moment. */
  static Result twice(IntFunction<Outcome> calls) throws InterruptedException {
    CountDownLatch begin = new CountDownLatch(1);
    Background<Outcome> first = begin(begin, () -> calls.apply(0));
    Background<Outcome> second = begin(begin, () -> calls.apply(1));
    begin.countDown();
    Outcome one = result(first);
    Outcome other = result(second);
    if (one instanceof Purged mine && other instanceof Purged theirs) {
      return new Result(new Purged(mine.count() + theirs.count()), new History.Twin(other));
    }
    return succeeded(other) && !succeeded(one)
        ? new Result(other, new History.Twin(one))
        : new Result(one, new History.Twin(other));
  }

  private static boolean succeeded(Outcome outcome) {
    return (outcome instanceof Redriven redriven && redriven.found())
        || (outcome instanceof Removed removed && removed.found())
        || (outcome instanceof Cancelled cancelled && cancelled.removed());
  }

  private static Background<Outcome> begin(CountDownLatch begin, Call call) {
    return Background.start(
        () -> {
          begin.await();
          return outcomeOf(call);
        });
  }

  private static Outcome result(Background<Outcome> call) throws InterruptedException {
    try {
      return call.result();
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}
