// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.stage;

import java.util.concurrent.Executor;

/** The process in which a client runs in a simulation. */
public interface ClientProcess {

  /** Runs a reaction to the server on a thread of this process. Does not block. */
  void react(Runnable reaction);

  /** Returns the executor for the handlers of workers. */
  Executor handlers();

  /** Records a log line of a worker. */
  void log(String failure);

  /** Returns a random number from 0 inclusive to 1 exclusive. */
  double chance();

  /** Returns whether the process and its timers are stalled. */
  boolean isStopped();
}
