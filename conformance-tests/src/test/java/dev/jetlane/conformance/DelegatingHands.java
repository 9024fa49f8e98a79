// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.ServerFault;
import java.time.Duration;

/** Passes each call to other hands. */
class DelegatingHands implements FaultHands {

  private final FaultHands hands;

  DelegatingHands(FaultHands hands) {
    this.hands = hands;
  }

  @Override
  public boolean can(Exchange exchange, Harm harm) {
    return hands.can(exchange, harm);
  }

  @Override
  public void next(Exchange exchange, Harm harm) {
    hands.next(exchange, harm);
  }

  @Override
  public int happened() {
    return hands.happened();
  }

  @Override
  public void disarm() {
    hands.disarm();
  }

  @Override
  public void delayAnswers(Duration time) {
    hands.delayAnswers(time);
  }

  @Override
  public void begin(ServerFault fault) {
    hands.begin(fault);
  }

  @Override
  public void end(ServerFault fault) {
    hands.end(fault);
  }

  @Override
  public void disconnect() {
    hands.disconnect();
  }

  @Override
  public void reconnect() {
    hands.reconnect();
  }

  @Override
  public int connections() {
    return hands.connections();
  }
}
