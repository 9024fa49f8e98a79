// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.plan.Step;

/**
 * Whether a lease may have ended while a pull was in flight. A queue without {@link
 * dev.jetlane.conformance.harness.Capability#EXPIRY_DURING_PULLS} may leave that pull unanswered,
 * and deliver the task as if it were new. The rest of such a history cannot be judged.
 */
public final class LostPlace {

  private LostPlace() {}

  /**
   * Looks at the lease of each delivery and extension.
   *
   * @param history the history
   * @return whether a lease may have ended during a later pull
   */
  public static boolean mayBeIn(History history) {
    return history.events().stream()
        .filter(event -> event.step() instanceof Step.Pull)
        .anyMatch(pull -> history.events().stream().anyMatch(begun -> ends(begun, pull, history)));
  }

  private static boolean ends(Event begun, Event pull, History history) {
    boolean leases =
        begun.outcome() instanceof Extended
            || (begun.outcome() instanceof Pulled pulled && !pulled.deliveries().isEmpty());
    if (!leases || begun.index() >= pull.index()) {
      return false;
    }
    long leaseNanos = history.config().leaseNanos();
    long keptNanos = history.plan().keepTicks() * history.config().tickNanos();
    Span lease = begun.time();
    return lease.before() + leaseNanos <= pull.time().after()
        && pull.time().before() < lease.after() + keptNanos + leaseNanos + history.toleranceNanos();
  }
}
