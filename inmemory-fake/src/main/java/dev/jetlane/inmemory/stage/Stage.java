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

  /** How a stage is opened: the front says it when its server is loaded. */
  AtomicReference<BiFunction<ManualTime, Chance, Stage>> OPENER = new AtomicReference<>();

  /** A server that lives by this time, and whose faults this chance decides about. */
  static Stage open(ManualTime time, Chance chance) {
    BiFunction<ManualTime, Chance, Stage> opener = OPENER.get();
    if (opener == null) {
      throw new IllegalStateException("the server of the fake is not loaded");
    }
    return opener.apply(time, chance);
  }

  /** The server, of the type that the front has for it. */
  Object server();

  /** Connects a client of a process. */
  TaskQueue connect(QueueConfig config, List<QueueListener> listeners, ClientProcess process);

  /**
   * The process of a client is gone: nothing that it holds is given back, its pulls and its timed
   * work end silently.
   */
  void kill(TaskQueue client);

  /** Writes a line into the event log. */
  void log(String what);

  /** How many lines were written to the event log. */
  long logged();

  /** Whether no task is stored anywhere but among the dead letters. */
  boolean isEmpty();
}
