package dev.jetlane.conformance.harness;

import java.time.Duration;

/**
 * What a harness can do to the requests and the connections of its clients: the same on every
 * implementation, so that the same plan with the same faults can be run on each of them.
 *
 * <p>A harm is armed for the next exchange of its kind, by whichever client, and hits that one
 * alone. Thread-safe.
 */
public interface FaultHands {

  /**
   * Whether this harness can do that. What it cannot do is left out of plans and rules, and the
   * summary of the suite names what a rule left out.
   *
   * @param exchange which request
   * @param harm what happens to it
   * @return whether {@link #next} takes the two
   */
  boolean can(Exchange exchange, Harm harm);

  /**
   * Arms a harm for the next exchange of this kind. Several that are armed hit one exchange each.
   *
   * @param exchange which request
   * @param harm what happens to it
   */
  void next(Exchange exchange, Harm harm);

  /**
   * How many armed harms have happened.
   *
   * @return the number since the harness was made
   */
  int happened();

  /**
   * Disarms the harms that did not happen. A harm that happened stays in effect: its confirmation
   * never arrives.
   */
  void disarm();

  /**
   * Delays the answer to every exchange, whatever it is, from now on. To be overridden where {@link
   * Capability#SLOW_ANSWERS} is declared.
   *
   * @param time how much later an answer arrives than it would; zero ends this
   */
  default void delayAnswers(Duration time) {
    throw new UnsupportedOperationException(
        "a harness that declares SLOW_ANSWERS overrides delayAnswers(time)");
  }

  /** Cuts the connections of all clients; they cannot connect until {@link #reconnect}. */
  void disconnect();

  /** Lets clients connect, and waits until those that were cut off are connected again. */
  void reconnect();
}
