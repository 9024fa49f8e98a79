// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.simulation.Decisions.Kind;
import dev.jetlane.inmemory.stage.Chance;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Injects the faults of a history. */
final class FaultPlay implements Chance {

  private static final long SECOND = 1_000_000_000L;
  private static final Duration UNWRITTEN = Duration.ofMillis(250);

  /** The kind of each fault that can hit a call. */
  private static final Map<String, SimulationFaults.Kind> IN_CALLS =
      Map.of(
          CONFIRMATION_LOST, SimulationFaults.Kind.CONFIRMATION_LOST,
          LOST, SimulationFaults.Kind.REQUEST_LOST,
          DUPLICATED, SimulationFaults.Kind.DUPLICATE);

  private final World world;
  private final Scheduler scheduler;
  private final SimulationFaults allowed;
  private final int oneIn;
  private int happened;
  private boolean connected = true;

  FaultPlay(World world, SimulationFaults allowed, int oneIn) {
    this.world = world;
    this.allowed = allowed;
    this.oneIn = oneIn;
    scheduler = world.scheduler;
  }

  /** Returns whether a fault happens inside a call. */
  @Override
  public boolean happens(String fault) {
    SimulationFaults.Kind kind = IN_CALLS.get(fault);
    if (kind == null || happened >= allowed.most() || !allowed.has(kind)) {
      return false;
    }
    Actor actor = scheduler.decider();
    boolean ofAProcess = actor.process != null && actor.process != world.test;
    boolean mayBe = actor == scheduler.clock || ofAProcess;
    if (!mayBe || scheduler.decisions.draw(actor, Kind.MISHAP, 2, oneIn) == 0) {
      return false;
    }
    happened++;
    return true;
  }

  /** Injects a fault where an actor is, or none. */
  void at(Actor actor) {
    SimulatedProcess process = actor.process;
    if (process == null || process == world.test || happened >= allowed.most()) {
      return;
    }
    List<SimulationFaults.Kind> kinds = allowed.ofThreads();
    int drawn = scheduler.decisions.draw(actor, Kind.FAULT, kinds.size() + 1, oneIn);
    if (drawn > 0) {
      happened++;
      int amount = scheduler.decisions.draw(actor, Kind.AMOUNT, 4, 1);
      happen(kinds.get(drawn - 1), actor, process, amount);
    }
  }

  private void happen(
      SimulationFaults.Kind kind, Actor actor, SimulatedProcess process, int amount) {
    switch (kind) {
      case CRASH -> {
        world.log("fault: " + process.name + " crashes, at " + actor);
        world.crash(process, awhile(amount));
        scheduler.standStill();
      }
      case SLOW_THREAD -> {
        long nanos = awhile(amount);
        world.log("fault: " + actor + " is slow, for " + Duration.ofNanos(nanos));
        scheduler.sleep(nanos);
      }
      case PROCESS_PAUSE -> {
        long nanos = awhile(amount);
        world.log("fault: " + process.name + " stands still for " + Duration.ofNanos(nanos));
        process.standStill(nanos);
        scheduler.standStill();
      }
      case DISCONNECT -> disconnect(awhile(amount));
      case SERVER_CRASH -> scheduler.judge(() -> faults().crash(UNWRITTEN));
      case CLOCK_JUMP -> {
        long[] jumps = {3_600 * SECOND, -3_600 * SECOND, -SECOND, 86_400 * SECOND};
        world.log(
            "fault: the clock of " + process.name + " jumps by " + Duration.ofNanos(jumps[amount]));
        process.wallClock.jump(jumps[amount]);
      }
      default -> throw new AssertionError(kind);
    }
  }

  private void disconnect(long nanos) {
    if (!connected) {
      return;
    }
    connected = false;
    scheduler.judge(() -> faults().disconnect());
    scheduler.timers.at(
        scheduler.time.nanos() + nanos,
        () -> {
          connected = true;
          faults().reconnect();
        });
  }

  private Faults faults() {
    return world.server().faults();
  }

  /**
   * Returns a duration that is critical for leases: just over one lease, half a lease, just over
   * two leases, or a millisecond.
   */
  private long awhile(int amount) {
    long lease = world.leaseNanos();
    return switch (amount) {
      case 0 -> lease + SECOND;
      case 1 -> lease / 2;
      case 2 -> 2 * lease + SECOND;
      default -> SECOND / 1000;
    };
  }
}
