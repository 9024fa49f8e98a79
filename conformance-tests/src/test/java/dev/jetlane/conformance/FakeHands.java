// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.Faults.Call;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * Faults for the fake, by its {@link Faults}. These are final results after the retries of a
 * client, so no exchange is lost once and repeated.
 */
final class FakeHands implements FaultHands {

  private static final Set<Harm> OF_ANY = EnumSet.of(Harm.REQUEST_LOST, Harm.CONFIRMATION_LOST);
  private static final Set<Exchange> SECOND_STEPS =
      EnumSet.of(Exchange.REMOVE_DEAD, Exchange.REMOVE_LETTER);

  /** The fake makes these calls in one step, and moves due tasks without requests. */
  private static final Set<Exchange> NONE =
      EnumSet.of(Exchange.REMOVE_CANCELLED, Exchange.STORE_DUE, Exchange.REMOVE_DUE, Exchange.PULL);

  /** Longer than any call may take. */
  private static final Duration SILENCE = Duration.ofHours(1);

  /** The time in which a nats-server stores a delivery. */
  private static final Duration UNWRITTEN = Duration.ofMillis(250);

  private final Faults faults;

  FakeHands(Faults faults) {
    this.faults = faults;
  }

  @Override
  public boolean can(Exchange exchange, Harm harm) {
    boolean refused = harm == Harm.REFUSED && !SECOND_STEPS.contains(exchange);
    return !NONE.contains(exchange) && (refused || OF_ANY.contains(harm));
  }

  @Override
  public void next(Exchange exchange, Harm harm) {
    switch (exchange) {
      case PUSH, PUSH_LATER -> next(Call.PUSH, harm);
      case ACK -> next(Call.ACK, harm);
      case NAK -> next(Call.NAK, harm);
      case EXTEND -> next(Call.EXTEND, harm);
      case CANCEL -> next(Call.CANCEL, harm);
      case STORE_LETTER -> firstStep(Call.DEAD_LETTER, Call.STORE_LETTER, harm);
      case REMOVE_DEAD -> secondStep(Call.DEAD_LETTER, Call.STORE_LETTER, harm);
      case REDRIVE -> firstStep(Call.REDRIVE, Call.STORE_REDRIVEN, harm);
      case REMOVE_LETTER -> secondStep(Call.REDRIVE, Call.STORE_REDRIVEN, harm);
      default -> throw new IllegalArgumentException(exchange + " " + harm);
    }
  }

  /** A request that is lost before the first step is lost before the call. */
  private void firstStep(Call call, Call step, Harm harm) {
    next(harm == Harm.CONFIRMATION_LOST ? step : call, harm);
  }

  /** An unconfirmed first step and a lost second request have the same result. */
  private void secondStep(Call call, Call step, Harm harm) {
    next(harm == Harm.REQUEST_LOST ? step : call, Harm.CONFIRMATION_LOST);
  }

  private void next(Call call, Harm harm) {
    switch (harm) {
      case REQUEST_LOST -> faults.loseNext(call);
      case CONFIRMATION_LOST -> faults.loseNextConfirmation(call);
      default -> faults.refuseNext(call);
    }
  }

  @Override
  public int happened() {
    return faults.happened();
  }

  @Override
  public void disarm() {
    faults.clear();
  }

  @Override
  public void delayAnswers(Duration time) {
    faults.slowExchanges(time);
  }

  @Override
  public void begin(ServerFault fault) {
    switch (fault) {
      case SILENT -> faults.slowExchanges(SILENCE);
      case OUT_OF_SPACE -> {
        faults.full(true);
        faults.refuseNext(Call.DEAD_LETTER);
      }
      default -> faults.disconnect();
    }
  }

  @Override
  public void end(ServerFault fault) {
    switch (fault) {
      case SILENT -> faults.slowExchanges(Duration.ZERO);
      case OUT_OF_SPACE -> faults.clear();
      default -> {
        if (fault == ServerFault.RESTARTED) {
          faults.restart();
        } else if (fault == ServerFault.CRASHED) {
          faults.crash(UNWRITTEN);
        }
        faults.reconnect();
      }
    }
  }

  @Override
  public void disconnect() {
    faults.disconnect();
  }

  @Override
  public void reconnect() {
    faults.reconnect();
  }
}
