package dev.jetlane.client;

import dev.jetlane.driver.Activity;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.spi.WorkerHost;
import dev.jetlane.spi.WorkerLoop;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The clock of a driver, as workers see it. */
final class ClockHost implements WorkerHost {

  private final DriverClock clock;
  private final Duration pullWait;
  private final ConcurrentHashMap<WorkerLoop, Activity> workers = new ConcurrentHashMap<>();

  ClockHost(PartitionDriver driver) {
    clock = driver.clock();
    pullWait = driver.workerWait();
  }

  @Override
  public long nowNanos() {
    return clock.nanoTime();
  }

  @Override
  public void await(BooleanSupplier done, long untilNanos) throws InterruptedException {
    clock.await(done, untilNanos);
  }

  @Override
  public Duration pullWait() {
    return pullWait;
  }

  @Override
  public void signal() {
    clock.signal();
  }

  @Override
  public void began(WorkerLoop worker) {
    clock.began(workers.computeIfAbsent(worker, Work::new));
  }

  @Override
  public void ended(WorkerLoop worker) {
    Activity activity = workers.remove(worker);
    if (activity != null) {
      clock.ended(activity);
    }
  }

  private record Work(WorkerLoop worker) implements Activity {

    @Override
    public boolean isAtRest() {
      return worker.isWaiting();
    }

    @Override
    public int running() {
      return worker.running();
    }

    @Override
    public String toString() {
      return worker.toString();
    }
  }
}
