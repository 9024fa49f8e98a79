// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.stage.ClientProcess;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One run of a process, from its start to its crash: a client and its threads, which end together.
 * After a crash the process continues as another object with the same program.
 */
final class SimulatedProcess implements ClientProcess {

  final String name;
  final ProcessClock wallClock;
  private final World world;
  private final Scheduler scheduler;
  private final Numbers numbers;
  private final Deque<Runnable> reactions = new ArrayDeque<>();
  private boolean reacting;
  private boolean dead;
  private boolean still;

  /** Its client; null before it is connected. */
  @Nullable TaskQueue queue;

  /** The number of threads in all runs of a process. */
  static final class Numbers {

    private final int process;
    private int threads;
    private int handlers;

    Numbers(int process) {
      this.process = process;
    }

    long next() {
      return ((long) process << 16) + threads++;
    }
  }

  SimulatedProcess(World world, String name, Numbers numbers) {
    this.world = world;
    this.name = name;
    this.numbers = numbers;
    scheduler = world.scheduler;
    wallClock = new ProcessClock(scheduler.time);
  }

  /** Starts a thread of this process. */
  Actor spawn(String threadName, Actor.Action action) {
    return scheduler.spawn(threadName, this, numbers.next(), action);
  }

  /** Returns whether its actors may get a turn. */
  boolean goesOn() {
    return !dead && !still;
  }

  boolean isDead() {
    return dead;
  }

  /** Ends the process, and all its pending work. */
  void die() {
    dead = true;
    scheduler.retire(this);
    TaskQueue client = queue;
    if (client != null) {
      world.stage.kill(client);
    }
  }

  /** Stalls the process and its timers for a time. */
  void standStill(long nanos) {
    still = true;
    scheduler.timers.at(
        scheduler.time.nanos() + nanos,
        () -> {
          still = false;
          if (!dead) {
            world.log(name + " continues");
          }
        });
  }

  @Override
  public void react(Runnable reaction) {
    if (dead) {
      return;
    }
    reactions.add(reaction);
    if (!reacting) {
      reacting = true;
      Actor unused = spawn(name + "/io", this::runReactions);
    }
  }

  private void runReactions() {
    for (Runnable next = reactions.poll(); next != null; next = reactions.poll()) {
      next.run();
    }
    reacting = false;
  }

  @Override
  public Executor handlers() {
    return handler -> {
      Actor unused = spawn(name + "/handler " + ++numbers.handlers, handler::run);
    };
  }

  @Override
  public void log(String failure) {
    if (!dead) {
      world.log(name + ": " + failure);
    }
  }

  @Override
  public double chance() {
    return scheduler.decisions.chance(scheduler.decider());
  }

  @Override
  public boolean isStopped() {
    return dead || still;
  }
}
