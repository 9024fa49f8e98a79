// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.plan.Step;

/**
 * Whether a task may have become due again while a pull was in flight: its lease ended, or the
 * delay of its nak. A queue without {@link
 * dev.jetlane.conformance.harness.Capability#EXPIRY_DURING_PULLS} may leave that pull unanswered,
 * and deliver an outstanding task as if it were new. The rest of such a history cannot be judged.
 */
public final class LostPlace {

  private LostPlace() {}

  /**
   * Looks at each lease and each delayed nak.
   *
   * @param history the history
   * @return whether a task may have become due again during a later pull
   */
  public static boolean mayBeIn(History history) {
    return history.events().stream()
        .filter(event -> event.step() instanceof Step.Pull)
        .anyMatch(pull -> history.events().stream().anyMatch(begun -> ends(begun, pull, history)));
  }

  private static boolean ends(Event begun, Event pull, History history) {
    long leaseNanos = history.config().leaseNanos();
    long tickNanos = history.config().tickNanos();
    long keptNanos = history.plan().keepTicks() * tickNanos;
    if (begun.outcome() instanceof Extended
        || (begun.outcome() instanceof Pulled pulled && !pulled.deliveries().isEmpty())) {
      return ends(begun, leaseNanos, leaseNanos + keptNanos, pull, history);
    }
    if (begun.step() instanceof Step.NakLater nak) {
      return ends(begun, nak.ticks() * tickNanos, nak.ticks() * tickNanos, pull, history);
    }
    return false;
  }

  /** Whether a time that began with an event, and lasts as long as given, ends during a pull. */
  private static boolean ends(
      Event begun, long atLeastNanos, long atMostNanos, Event pull, History history) {
    return begun.index() < pull.index()
        && begun.time().before() + atLeastNanos <= pull.time().after()
        && pull.time().before() < begun.time().after() + atMostNanos + history.toleranceNanos();
  }
}
