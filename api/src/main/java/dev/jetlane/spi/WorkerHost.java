package dev.jetlane.spi;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.WorkerFailure;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a queue implementation lends to its {@link dev.jetlane.Worker}s: its time. A partition that
 * has one implements {@link Provider}; the workers of others live by the machine's time.
 *
 * <p>Implementations are thread-safe.
 */
public interface WorkerHost {

  /** A partition, or what is around one, whose workers live by the time of its queue. */
  interface Provider {

    /** The host of the workers of this partition. */
    WorkerHost workerHost();
  }

  /** The host of the workers of a partition. */
  static WorkerHost of(Partition partition) {
    return partition instanceof Provider provider ? provider.workerHost() : MachineHost.SHARED;
  }

  /** Never, as the end of a wait. */
  long NEVER = Long.MAX_VALUE;

  /** Now, on the queue's monotonic clock. */
  long nowNanos();

  /**
   * Waits until something is so or the time has come.
   *
   * @param done looked at whenever {@link #signal} was called; reads volatile fields alone
   * @param untilNanos as of {@link #nowNanos}, or {@link #NEVER}
   */
  void await(BooleanSupplier done, long untilNanos) throws InterruptedException;

  /** The settings of the queue. */
  default QueueConfig config() {
    return QueueConfig.defaults();
  }

  /** Runs what may take long, with no lock held. */
  default void execute(Runnable reaction) {
    reaction.run();
  }

  /** How long one pull waits. */
  default Duration pullWait() {
    return Duration.ofSeconds(4);
  }

  /** Something changed that {@link #await} may wait for. The caller holds no lock. */
  void signal();

  /** Runs timed work from now on. */
  void add(TimedWork work);

  /** Timed work may be due earlier than it was. */
  void wakeAt(TimedWork work, long nanos);

  /** Runs timed work no longer. */
  void remove(TimedWork work);

  /** What handlers run on; null for threads that each worker makes. */
  default @Nullable Executor handlers() {
    return null;
  }

  /** Logs a failure that no listener takes. */
  default void log(WorkerFailure failure) {
    failure.log();
  }

  /** A number by chance, from 0 inclusive to 1 exclusive. */
  default double chance() {
    return ThreadLocalRandom.current().nextDouble();
  }

  /** A worker began. */
  default void began(TaskWorker worker) {}

  /** A worker has ended. */
  default void ended(TaskWorker worker) {}
}
