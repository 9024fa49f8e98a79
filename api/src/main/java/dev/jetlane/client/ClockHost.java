package dev.jetlane.client;

import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.WorkerFailure;
import dev.jetlane.driver.Activity;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.TimedWork;
import dev.jetlane.spi.TaskWorker;
import dev.jetlane.spi.WorkerHost;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The workers of a partition, and the clock of a driver as they see it. */
final class ClockHost implements WorkerHost {

  private final DriverClock clock;
  private final Duration pullWait;
  private final QueueConfig config;

  /** In the order of their starts, which is the order of their ends too. */
  private final Map<TaskWorker, Activity> workers =
      Collections.synchronizedMap(new LinkedHashMap<>());

  ClockHost(PartitionDriver driver, QueueConfig config) {
    clock = driver.clock();
    pullWait = driver.workerWait();
    this.config = config;
  }

  @Override
  public QueueConfig config() {
    return config;
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
  public void execute(Runnable reaction) {
    clock.execute(reaction);
  }

  @Override
  public void add(TimedWork work) {
    clock.add(work);
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    clock.wakeAt(work, nanos);
  }

  @Override
  public void remove(TimedWork work) {
    clock.remove(work);
  }

  @Override
  public @Nullable Executor handlers() {
    return clock.handlers();
  }

  @Override
  public void log(WorkerFailure failure) {
    clock.log(failure);
  }

  @Override
  public double chance() {
    return clock.chance();
  }

  @Override
  public void began(TaskWorker worker) {
    clock.began(workers.computeIfAbsent(worker, Work::new));
  }

  @Override
  public void ended(TaskWorker worker) {
    Activity activity = workers.remove(worker);
    if (activity != null) {
      clock.ended(activity);
    }
  }

  /** Ends the workers, while what they hold can still be given back. */
  void endWorkers() {
    QueueClosedException why = new QueueClosedException("the queue was closed", null);
    List<TaskWorker> all;
    synchronized (workers) {
      all = List.copyOf(workers.keySet());
    }
    all.forEach(worker -> worker.endWithQueue(why));
  }

  private record Work(TaskWorker worker) implements Activity {

    @Override
    public boolean isAtRest() {
      return worker.isAtRest();
    }

    @Override
    public int running() {
      return worker.running();
    }

    @Override
    public void abandon() {
      worker.abandon();
    }

    @Override
    public String toString() {
      return worker.toString();
    }
  }
}
