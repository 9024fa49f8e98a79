// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.conformance.oracle.History.Outage;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Reconnect;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.run.Meetings.Call;
import dev.jetlane.conformance.run.Meetings.Result;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a call during a fault of the whole server, and again after the repair. */
final class Outages {

  private static final Set<String> FAILURES =
      Set.of("OutcomeUnknownException", "QueueUnavailableException", "QueueFullException");

  /** The maximum lateness of a call on a busy machine, as a multiple of the tolerance. */
  private static final int TOLERANCES = 20;

  private final Harness harness;
  private final Clients clients;
  private final long startNanos;

  Outages(Harness harness, Clients clients, long startNanos) {
    this.harness = harness;
    this.clients = clients;
    this.startNanos = startNanos;
  }

  /**
   * Makes a call during a fault.
   *
   * @param repeat repeats the call after the repair; null if it cannot be repeated
   */
  Result during(ServerFault fault, Call call, @Nullable Call repeat) throws InterruptedException {
    FaultHands hands = harness.faults();
    Outcome first;
    Span span;
    clients.awaitConnected(); // The fault meets the call, not the opening of a partition.
    hands.begin(fault);
    try {
      if (fault.disconnects()) {
        clients.awaitDisconnected();
      }
      long before = now();
      first = Meetings.outcomeOf(call);
      span = new Span(before, now());
    } finally {
      hands.end(fault);
    }
    clients.awaitConnected();
    if (repeat == null || !failed(first)) {
      return new Result(first, new Outage(fault, null, span, limitNanos()));
    }
    int connections = hands.connections();
    Outcome repeated = Meetings.outcomeOf(repeat);
    return new Result(
        repeated,
        repeated instanceof Pulled && hands.connections() != connections
            ? new Reconnect()
            : new Outage(fault, first, span, limitNanos()));
  }

  private long limitNanos() {
    if (!harness.capabilities().contains(Capability.SLOW_ANSWERS)) {
      return Long.MAX_VALUE;
    }
    return harness.requestTimeout().toNanos() + TOLERANCES * harness.tolerance().toNanos();
  }

  private static boolean failed(Outcome outcome) {
    return outcome instanceof Stored stored
        ? stored.tasks().stream()
            .anyMatch(task -> task.result() != Pushed.STORED && task.result() != Pushed.DUPLICATE)
        : outcome instanceof Threw threw && FAILURES.contains(threw.type());
  }

  private long now() {
    return harness.nowNanos() - startNanos;
  }
}
