package dev.jetlane.inmemory;

import dev.jetlane.Limits;
import dev.jetlane.Worker;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.time.Time;
import dev.jetlane.inmemory.time.Timed;
import dev.jetlane.spi.WorkerHost;
import dev.jetlane.spi.WorkerLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/** The workers of a server, and what they wait for. Guarded by the lock of the server's time. */
final class InMemoryWorkers implements WorkerHost, Timed {

  private record Sleeper(long untilNanos, Condition wakes) {}

  private final ServerState server;
  private final Time time;
  private final Set<WorkerLoop> open = new LinkedHashSet<>();
  private final Set<Sleeper> sleepers = new LinkedHashSet<>();

  InMemoryWorkers(Time time, ServerState server) {
    this.time = time;
    this.server = server;
    server.add(this);
  }

  @Override
  public long nowNanos() {
    return time.nanos();
  }

  @Override
  public void await(BooleanSupplier done, long untilNanos) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    time.lock();
    Sleeper sleeper = new Sleeper(untilNanos, time.newCondition());
    sleepers.add(sleeper);
    try {
      while (!done.getAsBoolean() && time.nanos() < untilNanos) {
        time.await(sleeper.wakes, server.nextEventNanos());
        server.catchUp(time.nanos());
      }
    } finally {
      sleepers.remove(sleeper);
      time.unlock();
    }
  }

  /** The end of a wait is an event of the clock: as few as possible. */
  @Override
  public Duration pullWait() {
    return Limits.MAX_WAIT;
  }

  @Override
  public void signal() {
    time.lock();
    try {
      sleepers.forEach(sleeper -> sleeper.wakes.signal());
    } finally {
      time.unlock();
    }
  }

  @Override
  public void began(WorkerLoop worker) {
    time.lock();
    try {
      open.add(worker);
    } finally {
      time.unlock();
    }
  }

  @Override
  public void ended(WorkerLoop worker) {
    time.lock();
    try {
      open.remove(worker);
    } finally {
      time.unlock();
    }
  }

  @Override
  public long nextEventNanos() {
    long next = Timed.NEVER;
    for (Sleeper sleeper : sleepers) {
      next = Math.min(next, sleeper.untilNanos);
    }
    return next;
  }

  @Override
  public void catchUp(long now) {
    for (Sleeper sleeper : sleepers) {
      if (sleeper.untilNanos <= now) {
        sleeper.wakes.signal();
      }
    }
  }

  /** Whether each worker waits for a task, for time to pass, or for being resumed. */
  boolean areAtRest(long blockedPulls) {
    int pulling = 0;
    for (WorkerLoop worker : open) {
      boolean waiting = worker.isWaiting();
      if (worker.running() > 0 || (!waiting && worker.state() != Worker.State.RUNNING)) {
        return false; // The latter may still be in a pull that is about to end.
      }
      pulling += waiting ? 0 : 1;
    }
    return blockedPulls >= pulling;
  }

  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    open.forEach(worker -> leaks.add("unclosed " + worker));
    return leaks;
  }
}
