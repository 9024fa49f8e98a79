package dev.jetlane.inmemory.stage;

import java.util.concurrent.Executor;

/** What a client runs in: a process of a simulation. */
public interface ClientProcess {

  /** Runs a reaction to the server in a thread of this process. Does not block. */
  void react(Runnable reaction);

  /** What the handlers of workers run on. */
  Executor handlers();

  /** Writes down what a worker would log. */
  void log(String failure);

  /** Draws a number from 0 inclusive to 1 exclusive. */
  double chance();

  /** Whether it stands still, and its timers with it. */
  boolean isStopped();
}
