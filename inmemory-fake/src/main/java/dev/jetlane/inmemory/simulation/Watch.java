// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Detects in real time that the thread with the turn blocks on something outside the simulation, so
 * that no actor can continue.
 */
final class Watch {

  private static final long LOOK_MILLIS = 300;

  private static final int MOST_BLOCKED_LOOKS = 2;

  /**
   * After this number of checks without progress, a computing thread is assumed to loop forever,
   * and a turn that no actor has taken is assumed to be lost. High, because the machine may be
   * busy.
   */
  private static final int MOST_LOOKS = 200;

  private final Player player;
  private long seen = -1;
  private @Nullable Scheduler seenIn;
  private int looks;

  /** The number of looks in a row that found the thread blocked. */
  private int blocked;

  Watch(Player player) {
    this.player = player;
  }

  /** Waits until the player has ended. */
  void await(CompletableFuture<Void> end) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          return;
        } catch (TimeoutException e) {
          look();
        } catch (InterruptedException e) {
          interrupted = true;
          throw stopped(new AssertionError("interrupted while a simulation ran", e));
        } catch (ExecutionException e) {
          throw new AssertionError("the simulation failed: " + e.getCause(), e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the run, also the current history. */
  private AssertionError stopped(AssertionError why) {
    player.stopped = true;
    Scheduler scheduler = player.playing;
    if (scheduler != null) {
      scheduler.fail(why);
    }
    return why;
  }

  private void look() {
    Scheduler scheduler = player.playing;
    Actor actor = scheduler == null ? null : scheduler.holder;
    if (scheduler == null || actor == null || actor.carrier == null) {
      return;
    }
    boolean moved = seenIn != scheduler || seen != scheduler.progress;
    seenIn = scheduler;
    seen = scheduler.progress;
    looks = moved ? 0 : looks + 1;
    Carrier carrier = actor.carrier;
    Thread.State state = carrier.getState();
    boolean waitsForTurn = LockSupport.getBlocker(carrier) == carrier;
    boolean runs = state == Thread.State.RUNNABLE || state == Thread.State.NEW;
    blocked = moved || runs || waitsForTurn ? 0 : blocked + 1;
    if (looks >= MOST_LOOKS || blocked >= MOST_BLOCKED_LOOKS) {
      String what =
          waitsForTurn
              ? " has the turn and does not take it"
              : runs
                  ? " computes endlessly"
                  : " blocks on something that the simulation does not know, so that no actor"
                      + " continues: wait with sim.sleep, and let actors of the simulation do the rest";
      AssertionError failure =
          Stacks.failure("seed " + player.seed + ": " + actor + what, carrier.getStackTrace());
      player.stopped = true;
      scheduler.fail(failure);
      carrier.interrupt();
      throw failure;
    }
  }
}
