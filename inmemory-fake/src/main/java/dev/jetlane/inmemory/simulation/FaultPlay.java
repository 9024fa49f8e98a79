// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.simulation.Decisions.Kind;
import java.time.Duration;
import java.util.List;

/** Injects the faults that hit a thread or a connection at any place of a history. */
final class FaultPlay {

  private static final long SECOND = 1_000_000_000L;
  private static final Duration UNWRITTEN = Duration.ofMillis(250);

  private final World world;
  private final Scheduler scheduler;
  private final SimulationFaults allowed;
  private final int oneIn;
  private boolean connected = true;

  FaultPlay(World world, int oneIn) {
    this.world = world;
    this.oneIn = oneIn;
    allowed = world.allowed;
    scheduler = world.scheduler;
  }

  /** Injects a fault where an actor is, or none. */
  void at(Actor actor) {
    SimulatedProcess process = actor.process;
    if (process == null || process.isTest() || !allowed.areLeft()) {
      return;
    }
    List<SimulationFaults.Kind> kinds = allowed.ofThreads();
    int drawn = scheduler.decisions.draw(actor.keys, Kind.FAULT, kinds.size() + 1, oneIn);
    if (drawn > 0) {
      allowed.count();
      int amount = scheduler.decisions.draw(actor.keys, Kind.AMOUNT, 4, 1);
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
        pause(process, nanos);
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

  /** Stalls a process and its timers for a time. */
  private void pause(SimulatedProcess process, long nanos) {
    process.still = true;
    scheduler.timers.at(
        scheduler.time.nanos() + nanos,
        () -> {
          process.still = false;
          if (!process.dead) {
            world.log(process.name + " continues");
          }
        });
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
