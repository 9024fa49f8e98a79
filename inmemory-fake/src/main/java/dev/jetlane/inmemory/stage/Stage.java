// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.stage;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.time.ManualTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;

/** A server of the fake, as a simulation sees it. */
public interface Stage {

  /** Opens a stage. The package of {@code InMemoryServer} sets it when its classes are loaded. */
  AtomicReference<BiFunction<ManualTime, Chance, Stage>> OPENER = new AtomicReference<>();

  /** Opens a server on this time, whose faults the chance decides. */
  static Stage open(ManualTime time, Chance chance) {
    BiFunction<ManualTime, Chance, Stage> opener = OPENER.get();
    if (opener == null) {
      throw new IllegalStateException("the server of the fake is not loaded");
    }
    return opener.apply(time, chance);
  }

  /** Returns the server, an {@code InMemoryServer}. */
  Object server();

  /** Connects a client of a process. */
  TaskQueue connect(QueueConfig config, List<QueueListener> listeners, ClientProcess process);

  /**
   * Ends a client like a crash of its process: it gives no task back, and its pulls and timed work
   * end silently.
   */
  void kill(TaskQueue client);

  /** Writes a line into the event log. */
  void log(String what);

  /** Returns the number of lines that were written to the event log. */
  long logged();

  /** Whether no task is stored, except for dead letters. */
  boolean isEmpty();
}
