// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.WorkerFailure;
import dev.jetlane.driver.Activity;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import dev.jetlane.inmemory.stage.ClientProcess;
import dev.jetlane.inmemory.time.Time;
import dev.jetlane.inmemory.time.Timed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock of a client: the time of its server. The client's timed work is an event at its own
 * instant, like the end of a lease.
 */
final class InMemoryClock implements DriverClock, Timed {

  private final Connection connection;
  private final Time time;
  private final WaitingThreads threads;
  private final @Nullable ClientProcess process;

  /** Guarded by the lock of the time. */
  private final List<TimedWork> works = new ArrayList<>(1);

  /** Guarded by the lock of the time. */
  private final List<Activity> workers = new ArrayList<>(1);

  InMemoryClock(Connection connection, WaitingThreads threads) {
    this.connection = connection;
    time = connection.time;
    this.threads = threads;
    process = connection.process;
  }

  @Override
  public long nanoTime() {
    return time.nanos();
  }

  @Override
  public Instant now() {
    return time.instant(time.nanos());
  }

  @Override
  public void await(BooleanSupplier condition, long untilNanos) throws InterruptedException {
    threads.await(condition, untilNanos);
  }

  @Override
  public void await(Future<?> future, long untilNanos) throws InterruptedException {
    if (future instanceof CompletableFuture<?> completable) {
      var unused = completable.whenComplete((result, error) -> threads.signal());
    }
    threads.await(future::isDone, untilNanos);
  }

  @Override
  public void signal() {
    threads.signal();
  }

  @Override
  public void execute(Runnable reaction) {
    time.lock();
    try {
      connection.react(reaction);
    } finally {
      time.unlock();
    }
  }

  @Override
  public void add(TimedWork work) {
    time.locked(() -> works.add(work));
  }

  /**
   * Needs no timer, because moving the time runs timed work. The time may already have moved past
   * the moment since the caller read it; then the work runs now.
   */
  @Override
  public void wakeAt(TimedWork work, long nanos) {
    time.lock();
    try {
      time.attend(connection.server);
      long now = time.nanos();
      if (process == null && nanos <= now && works.contains(work)) {
        work.runDue(now);
      }
    } finally {
      time.unlock();
    }
  }

  @Override
  public void remove(TimedWork work) {
    time.locked(() -> works.remove(work));
  }

  @Override
  public void began(Activity worker) {
    threads.began(worker);
    time.locked(() -> workers.add(worker));
  }

  @Override
  public void ended(Activity worker) {
    threads.ended(worker);
    time.locked(() -> workers.remove(worker));
  }

  @Override
  public @Nullable Executor handlers() {
    return process == null ? null : process.handlers();
  }

  @Override
  public void log(WorkerFailure failure) {
    if (process == null) {
      DriverClock.super.log(failure);
    } else {
      process.log(failure.toString());
    }
  }

  @Override
  public double chance() {
    return process == null ? connection.server.chance.nextDouble() : process.chance();
  }

  /**
   * Ends the timed work and the workers, because their process crashed. The caller holds the lock.
   */
  void abandon() {
    works.clear();
    List.copyOf(workers).forEach(Activity::abandon);
  }

  @Override
  public long nextEventNanos() {
    long next = Timed.NEVER;
    if (process != null && process.isStopped()) {
      return next;
    }
    for (int i = 0; i < works.size(); i++) {
      next = Math.min(next, works.get(i).nextNanos());
    }
    return next;
  }

  @Override
  public void catchUp(long now) {
    for (TimedWork work : List.copyOf(works)) {
      if (work.nextNanos() <= now) {
        work.runDue(Math.max(now, time.nanos())); // After a stall of the process the work is late.
      }
    }
  }
}
