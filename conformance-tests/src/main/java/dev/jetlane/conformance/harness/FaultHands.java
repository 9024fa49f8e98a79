// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

import java.time.Duration;

/**
 * Causes faults in the requests and connections of the clients of a harness. The faults are the
 * same for every implementation, so that one plan runs on all of them.
 *
 * <p>An armed harm affects only the next exchange of its kind, of any client. Thread-safe.
 */
public interface FaultHands {

  /**
   * Returns whether this harness can cause a harm. Plans and rules omit harms that it cannot cause,
   * and the summary of the suite lists them.
   *
   * @param exchange the kind of request
   * @param harm the effect on it
   * @return whether {@link #next} accepts this combination
   */
  boolean can(Exchange exchange, Harm harm);

  /**
   * Arms a harm for the next exchange of this kind. Several armed harms affect one exchange each.
   *
   * @param exchange the kind of request
   * @param harm the effect on it
   */
  void next(Exchange exchange, Harm harm);

  /**
   * Returns the number of armed harms that have happened.
   *
   * @return the number since the harness was created
   */
  int happened();

  /**
   * Disarms the harms that have not happened. A harm that has happened stays in effect: a lost
   * confirmation never arrives.
   */
  void disarm();

  /**
   * Delays the answers of all exchanges from now on. Override it if {@link Capability#SLOW_ANSWERS}
   * is declared.
   *
   * @param time the delay of each answer; zero ends this
   */
  default void delayAnswers(Duration time) {
    throw new UnsupportedOperationException(
        "a harness that declares SLOW_ANSWERS overrides delayAnswers(time)");
  }

  /**
   * Begins a fault of the whole server. Override it with {@link #end} if the {@link
   * ServerFault#capability} of a fault is declared.
   *
   * @param fault the fault; no other fault is in progress
   */
  default void begin(ServerFault fault) {
    throw new UnsupportedOperationException(
        "a harness that declares " + fault.capability() + " overrides begin(fault) and end(fault)");
  }

  /**
   * Repairs the server, and waits until the clients whose connections ended are connected again.
   *
   * @param fault the fault in progress
   */
  default void end(ServerFault fault) {
    throw new UnsupportedOperationException("no fault has begun: " + fault);
  }

  /**
   * Returns how many connections the clients have opened. If the number changes during a pull
   * without a fault, the client has lost its connection once more, with the tasks that were in
   * flight.
   *
   * @return the number since the harness was created; always 0 if clients have no connections
   */
  default int connections() {
    return 0;
  }

  /** Cuts the connections of all clients; they cannot connect until {@link #reconnect}. */
  void disconnect();

  /** Lets clients connect, and waits until all disconnected clients are connected again. */
  void reconnect();
}
