package dev.jetlane.spi;

import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The workers of one queue, and their time. Thread-safe. */
public final class QueueWorkers implements WorkerHost {

  private final QueueConfig config;
  private final WorkerHost host;
  private final Set<TaskWorker> workers = ConcurrentHashMap.newKeySet();

  /** For a queue with these settings, on the machine's time. */
  public QueueWorkers(QueueConfig config) {
    this(config, MachineHost.SHARED);
  }

  /** For a queue with these settings and this time. */
  public QueueWorkers(QueueConfig config, WorkerHost host) {
    this.config = config;
    this.host = host;
  }

  /** Ends the workers, while what they hold can still be given back. */
  public void end() {
    QueueClosedException why = new QueueClosedException("the queue was closed", null);
    workers.forEach(worker -> worker.endWithQueue(why));
  }

  @Override
  public QueueConfig config() {
    return config;
  }

  @Override
  public Duration pullWait() {
    return host.pullWait();
  }

  @Override
  public void execute(Runnable reaction) {
    host.execute(reaction);
  }

  @Override
  public long nowNanos() {
    return host.nowNanos();
  }

  @Override
  public void await(BooleanSupplier done, long untilNanos) throws InterruptedException {
    host.await(done, untilNanos);
  }

  @Override
  public void signal() {
    host.signal();
  }

  @Override
  public void add(TimedWork work) {
    host.add(work);
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    host.wakeAt(work, nanos);
  }

  @Override
  public void remove(TimedWork work) {
    host.remove(work);
  }

  @Override
  public void began(TaskWorker worker) {
    workers.add(worker);
    host.began(worker);
  }

  @Override
  public void ended(TaskWorker worker) {
    workers.remove(worker);
    host.ended(worker);
  }
}
