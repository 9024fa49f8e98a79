package dev.jetlane.inmemory.simulation;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Watches from outside, in real time, whether the thread that has the turn blocks on something that
 * the simulation does not know: then nobody will ever go on.
 */
final class Watch {

  private static final long LOOK_MILLIS = 300;

  /** A thread that computes for so long is taken for one that never ends. */
  private static final int MOST_BUSY_LOOKS = 100;

  private final Player player;
  private long seen = -1;
  private @Nullable Scheduler seenIn;
  private int looks;

  Watch(Player player) {
    this.player = player;
  }

  /** Waits for the end of the player's work. */
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
          throw new AssertionError("interrupted while a simulation ran", e);
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
    boolean blocked = state != Thread.State.RUNNABLE && state != Thread.State.NEW;
    if (looks >= (blocked ? 2 : MOST_BUSY_LOOKS)) {
      String what =
          "seed "
              + player.seed
              + ": "
              + actor
              + (blocked
                  ? " blocks on something that the simulation does not know, so that nobody goes on"
                  : " computes without an end");
      AssertionError failure = Stacks.failure(what, carrier.getStackTrace());
      scheduler.fail(failure);
      carrier.interrupt();
      throw failure;
    }
  }
}
