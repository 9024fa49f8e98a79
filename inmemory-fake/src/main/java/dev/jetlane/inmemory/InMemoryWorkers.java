package dev.jetlane.inmemory;

import dev.jetlane.Limits;
import dev.jetlane.driver.TimedWork;
import dev.jetlane.spi.WorkerHost;
import dev.jetlane.spi.TaskWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/** The workers of a server, and what they wait for. Guarded by the lock of the server's time. */
final class InMemoryWorkers implements WorkerHost {

  private record Sleeper(long untilNanos, Condition wakes) {}

  private final InMemoryServer server;
  private final Time time;
  private final Set<TaskWorker> open = new LinkedHashSet<>();
  private final Set<Sleeper> sleepers = new LinkedHashSet<>();
  private final Set<TimedWork> timed = new LinkedHashSet<>();

  InMemoryWorkers(InMemoryServer server) {
    this.server = server;
    time = server.time;
  }

  @Override
  public long nowNanos() {
    return time.nanos();
  }

  @Override
  public void await(BooleanSupplier done, long untilNanos) throws InterruptedException {
    time.lock.lockInterruptibly();
    Sleeper sleeper = new Sleeper(untilNanos, time.lock.newCondition());
    sleepers.add(sleeper);
    try {
      time.changed();
      while (!done.getAsBoolean() && time.nanos() < untilNanos) {
        if (!time.runLater()) {
          time.await(sleeper.wakes, Math.min(untilNanos, server.nextEventNanos()));
        }
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
    time.lock.lock();
    try {
      sleepers.forEach(sleeper -> sleeper.wakes.signal());
      time.changed();
    } finally {
      time.unlock();
    }
  }

  @Override
  public void began(TaskWorker worker) {
    time.lock.lock();
    try {
      open.add(worker);
    } finally {
      time.unlock();
    }
  }

  @Override
  public void ended(TaskWorker worker) {
    time.lock.lock();
    try {
      open.remove(worker);
      time.changed();
    } finally {
      time.unlock();
    }
  }

  @Override
  public void add(TimedWork work) {
    time.lock.lock();
    try {
      timed.add(work);
    } finally {
      time.unlock();
    }
  }

  /** In virtual time the clock looks by itself. */
  @Override
  public void wakeAt(TimedWork work, long nanos) {
    if (time instanceof SystemTime) {
      CompletableFuture.delayedExecutor(nanos - time.nanos(), TimeUnit.NANOSECONDS)
          .execute(() -> work.runDue(time.nanos()));
    } else {
      signal();
    }
  }

  @Override
  public void remove(TimedWork work) {
    time.lock.lock();
    try {
      timed.remove(work);
    } finally {
      time.unlock();
    }
  }

  /** When the next one is to be woken; {@link Time#NEVER} if nobody is. */
  long nextNanos() {
    long next = Time.NEVER;
    if (!(time instanceof SystemTime)) {
      for (TimedWork work : timed) {
        next = Math.min(next, work.nextNanos());
      }
    }
    for (Sleeper sleeper : sleepers) {
      next = Math.min(next, sleeper.untilNanos);
    }
    return next;
  }

  /** Wakes those who are due by now. */
  void catchUp(long now) {
    if (!(time instanceof SystemTime)) {
      for (TimedWork work : timed) {
        if (work.nextNanos() <= now) {
          time.later(() -> work.runDue(now));
        }
      }
    }
    for (Sleeper sleeper : sleepers) {
      if (sleeper.untilNanos <= now) {
        sleeper.wakes.signal();
      }
    }
  }

  /** Whether each worker waits for a task, for time to pass, or for being resumed. */
  boolean areAtRest(long blockedPulls) {
    int pulling = 0;
    for (TaskWorker worker : open) {
      if (!worker.isAtRest()) {
        return false;
      }
      pulling += worker.isPulling() ? 1 : 0;
    }
    return blockedPulls >= pulling;
  }

  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    open.forEach(worker -> leaks.add("unclosed " + worker));
    return leaks;
  }
}
