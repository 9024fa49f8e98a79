// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.simulation.Decisions.Kind;
import dev.jetlane.inmemory.stage.Chance;
import java.util.Map;

/** Decides the faults that happen inside calls of the queue. */
final class CallFaults implements Chance {

  /** The kind of each fault that can hit a call. */
  private static final Map<String, SimulationFaults.Kind> KINDS =
      Map.of(
          CONFIRMATION_LOST, SimulationFaults.Kind.CONFIRMATION_LOST,
          LOST, SimulationFaults.Kind.REQUEST_LOST,
          DUPLICATED, SimulationFaults.Kind.DUPLICATE);

  private final Scheduler scheduler;
  private final SimulationFaults allowed;
  private final int oneIn;

  CallFaults(Scheduler scheduler, SimulationFaults allowed, int oneIn) {
    this.scheduler = scheduler;
    this.allowed = allowed;
    this.oneIn = oneIn;
  }

  @Override
  public boolean happens(String fault) {
    SimulationFaults.Kind kind = KINDS.get(fault);
    if (kind == null || !allowed.areLeft() || !allowed.has(kind)) {
      return false;
    }
    Actor actor = scheduler.decider();
    boolean ofAProcess = actor.process != null && !actor.process.isTest();
    boolean mayBe = actor == scheduler.clock || ofAProcess;
    if (!mayBe || scheduler.decisions.draw(actor.keys, Kind.MISHAP, 2, oneIn) == 0) {
      return false;
    }
    allowed.count();
    return true;
  }
}
