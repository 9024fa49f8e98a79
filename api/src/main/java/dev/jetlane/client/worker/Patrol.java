// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Detects handlers that exceed their time limit, hang, or have lost their lease. It checks at the
 * first moment at which one of these can be true, and never while no handler runs.
 */
final class Patrol implements TimedWork {

  /** How long after its end a lease counts as lost. */
  private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final DriverClock clock;
  private final Workload work;
  private final WorkerReports reports;
  private final long hungNanos;
  private final long limitNanos;
  private final boolean interruptOnLeaseLost;
  private final Consumer<HandlerRun> outOfTime;

  /**
   * When it checks next. {@link #plan} resets it before it reads the handlers, so that a handler
   * that begins meanwhile is read or makes a plan itself.
   */
  private volatile long plannedNanos = DriverClock.NEVER;

  /**
   * @param outOfTime receives a handler that exceeded {@link WorkerOptions#timeLimit}
   */
  Patrol(
      DriverClock clock,
      Workload work,
      WorkerReports reports,
      WorkerOptions options,
      Consumer<HandlerRun> outOfTime) {
    this.clock = clock;
    this.work = work;
    this.reports = reports;
    hungNanos = options.hungAfter().toNanos();
    limitNanos = options.timeLimit().map(Duration::toNanos).orElse(DriverClock.NEVER);
    interruptOnLeaseLost = options.interruptOnLeaseLost();
    this.outOfTime = outOfTime;
    clock.add(this);
  }

  /** Called when a handler has started. Its lease may end before those of the others. */
  void watch(HandlerRun run) {
    long now = clock.nanoTime();
    long leftNanos = leftNanos(run, now);
    long planned = plannedNanos;
    if (leftNanos != DriverClock.NEVER
        && (planned == DriverClock.NEVER || now + leftNanos - planned < 0)) {
      plan();
    }
  }

  /** Called when several handlers have started. */
  void plan() {
    plannedNanos = DriverClock.NEVER;
    long next = nextNanos();
    if (next != DriverClock.NEVER) {
      plannedNanos = next;
      clock.wakeAt(this, next);
    }
  }

  @Override
  public long nextNanos() {
    if (work.running() == 0) {
      return DriverClock.NEVER;
    }
    long now = clock.nanoTime();
    long leftNanos = DriverClock.NEVER;
    for (HandlerRun run : begun()) {
      leftNanos = Math.min(leftNanos, leftNanos(run, now));
    }
    return leftNanos == DriverClock.NEVER ? leftNanos : now + leftNanos;
  }

  /** Returns the time until something can be true of a handler that has begun. */
  private long leftNanos(HandlerRun run, long now) {
    long leftNanos = DriverClock.NEVER;
    long ageNanos = now - run.startedNanos();
    if (limitNanos != DriverClock.NEVER && !run.limitReached) {
      leftNanos = limitNanos - ageNanos;
    }
    if (!run.hangReported) {
      leftNanos = Math.min(leftNanos, hungNanos - ageNanos);
    }
    Duration lease = run.delivery().leaseRemaining();
    if (!lease.isZero()) {
      leftNanos = Math.min(leftNanos, lease.toNanos() + SLACK_NANOS);
    } else if (!run.lossReported && isLost(run)) {
      // In the past, because a due time of now would move with each call.
      leftNanos = Math.min(leftNanos, -SLACK_NANOS);
    }
    return leftNanos;
  }

  @Override
  public void runDue(long nowNanos) {
    for (HandlerRun run : begun()) {
      long ageNanos = nowNanos - run.startedNanos();
      if (limitNanos != DriverClock.NEVER && !run.limitReached && ageNanos >= limitNanos) {
        run.limitReached = true;
        outOfTime.accept(run);
      }
      if (!run.lossReported && isLost(run)) {
        run.lossReported = true;
        reports.tell(
            Kind.LEASE_LOST,
            run.delivery(),
            null,
            "another worker may have the task; the handler "
                + (interruptOnLeaseLost ? "is interrupted" : "continues"));
      }
      if (!run.hangReported && ageNanos >= hungNanos) {
        run.hangReported = true;
        reports.tell(
            Kind.HUNG,
            run.delivery(),
            null,
            "the worker does not interrupt it; it has been running for "
                + WorkerReports.seconds(Duration.ofNanos(ageNanos)));
      }
    }
    plan();
  }

  /**
   * Returns whether another worker may have the task of a handler. A handler may settle its task
   * itself and continue.
   */
  private static boolean isLost(HandlerRun run) {
    boolean settledByHandler = !run.limitReached && !HeldDelivery.of(run.delivery()).isOpen();
    return run.delivery().leaseExpired() && !settledByHandler;
  }

  private List<HandlerRun> begun() {
    return work.runs().stream().filter(run -> !run.isWaiting()).toList();
  }

  /** Returns the number of hanging handlers. */
  int hung() {
    long now = clock.nanoTime();
    return (int) begun().stream().filter(run -> now - run.startedNanos() >= hungNanos).count();
  }

  /** Returns how long the oldest handler has run. */
  Duration longest() {
    long now = clock.nanoTime();
    return Duration.ofNanos(
        begun().stream().mapToLong(run -> now - run.startedNanos()).max().orElse(0));
  }

  /** Returns a line for each running handler that has lost its lease. */
  List<String> losses() {
    return begun().stream()
        .filter(Patrol::isLost)
        .map(run -> "the lease of " + run.delivery() + " has expired, but its handler still runs")
        .toList();
  }

  void close() {
    clock.remove(this);
  }
}
