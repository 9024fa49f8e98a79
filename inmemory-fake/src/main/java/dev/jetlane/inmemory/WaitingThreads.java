// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.driver.Activity;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.time.Time;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/**
 * The waiting threads of a server's clients, and the workers, which may be idle. Guarded by the
 * lock of the server's time.
 */
final class WaitingThreads implements Timed {

  private static final class Sleeper {

    final Condition wakes;

    /** The end of the wait; {@link Timed#NEVER} after it has passed. */
    long untilNanos;

    Sleeper(Condition wakes, long untilNanos) {
      this.wakes = wakes;
      this.untilNanos = untilNanos;
    }
  }

  private final Time time;
  private final ServerState server;
  private final Set<Activity> workers = new LinkedHashSet<>();
  private final Set<Sleeper> sleepers = new LinkedHashSet<>();

  WaitingThreads(Time time, ServerState server) {
    this.time = time;
    this.server = server;
    server.add(this);
  }

  /**
   * Waits until a condition holds or a moment is reached. Checks the condition after each {@link
   * #signal}.
   */
  void await(BooleanSupplier condition, long untilNanos) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    time.lock();
    Sleeper sleeper = new Sleeper(time.newCondition(), untilNanos);
    sleepers.add(sleeper);
    try {
      while (!condition.getAsBoolean() && time.nanos() < untilNanos) {
        time.await(sleeper.wakes, server.nextEventNanos());
        server.catchUp(time.nanos());
      }
    } finally {
      sleepers.remove(sleeper);
      time.unlock();
    }
  }

  /** Wakes all threads, so that they check their conditions. */
  void signal() {
    time.locked(() -> sleepers.forEach(sleeper -> time.signal(sleeper.wakes)));
  }

  void began(Activity worker) {
    time.locked(() -> workers.add(worker));
  }

  void ended(Activity worker) {
    time.locked(() -> workers.remove(worker));
  }

  @Override
  public long nextEventNanos() {
    long next = NEVER;
    for (Sleeper sleeper : sleepers) {
      next = Math.min(next, sleeper.untilNanos);
    }
    return next;
  }

  @Override
  public void catchUp(long now) {
    for (Sleeper sleeper : sleepers) {
      if (sleeper.untilNanos <= now) {
        sleeper.untilNanos = NEVER;
        time.signal(sleeper.wakes);
      }
    }
  }

  /** Whether each worker is idle. */
  boolean workersAreAtRest() {
    return workers.stream()
        .allMatch(worker -> worker.isAtRest() && worker.running() <= worker.waiting());
  }

  /** Returns the number of unsettled tasks that wait for the rest of their batch. */
  int waitingTasks() {
    return workers.stream().mapToInt(Activity::waiting).sum();
  }

  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    workers.forEach(worker -> leaks.add("unclosed " + worker));
    return leaks;
  }
}
