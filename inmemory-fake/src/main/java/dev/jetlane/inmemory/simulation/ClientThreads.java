// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.stage.ClientProcess;
import dev.jetlane.inmemory.stage.Stage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Runs the reactions and handlers of a client on threads of its process. */
final class ClientThreads implements ClientProcess {

  private final SimulatedProcess process;
  private final Scheduler scheduler;
  private final Stage stage;
  private final Deque<Runnable> reactions = new ArrayDeque<>();
  private boolean reacting;

  ClientThreads(SimulatedProcess process, Scheduler scheduler, Stage stage) {
    this.process = process;
    this.scheduler = scheduler;
    this.stage = stage;
  }

  @Override
  public void react(Runnable reaction) {
    if (process.dead) {
      return;
    }
    reactions.add(reaction);
    if (!reacting) {
      reacting = true;
      scheduler.spawn(process.name + "/io", process, this::runReactions);
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
    return handler -> scheduler.spawn(process.nextHandler(), process, handler::run);
  }

  @Override
  public void log(String failure) {
    if (!process.dead) {
      stage.log(process.name + ": " + failure);
    }
  }

  @Override
  public double chance() {
    return scheduler.decisions.chance(scheduler.decider().keys);
  }

  @Override
  public boolean isStopped() {
    return !process.goesOn();
  }
}
