// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.QueueAdmin;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.client.worker.TaskWorker;
import dev.jetlane.driver.AdminDriver;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.QueueDriver;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** The queue that a user holds. */
final class ClientQueue implements TaskQueue {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.Worker");

  private final QueueDriver driver;
  private final QueueConfig config;
  private final Session session;
  private final ConcurrentHashMap<String, ClientPartition> partitions = new ConcurrentHashMap<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  ClientQueue(QueueDriver driver, QueueConfig config, Listeners listeners) {
    this.driver = driver;
    this.config = config;
    session = new Session(driver.clock(), driver.requestTimeout(), listeners);
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    ClientPartition known = partitions.get(name);
    if (known != null) {
      session.requireOpen(name, null);
      return known;
    }
    PartitionDriver opened =
        session.call(name, null, deadline -> driver.openPartition(name, deadline));
    ClientPartition partition =
        partitions.computeIfAbsent(
            name, absent -> new ClientPartition(session, config, name, opened));
    if (session.isClosed()) {
      partition.close(session.deadlineNanos());
      session.requireOpen(name, null);
    }
    return partition;
  }

  @Override
  public QueueAdmin admin() {
    session.requireOpen();
    return driver instanceof AdminDriver admin
        ? new ClientAdmin(session, admin)
        : TaskQueue.super.admin();
  }

  @Override
  public Health health() {
    if (session.isClosed()) {
      return new Health(false, false, List.of("the queue is closed"));
    }
    boolean interrupted = Thread.interrupted(); // An interrupt is not a health problem.
    try {
      return driver.health(session.deadlineNanos());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    long ended = endWorkers();
    if (ended > 0) { // One log line for all workers, because nothing failed.
      LOG.log(Level.INFO, () -> "the queue was closed; workers that ended with it: " + ended);
    }
    session.close();
    long deadlineNanos = session.deadlineNanos();
    partitions.values().forEach(partition -> partition.close(deadlineNanos));
    driver.close(deadlineNanos);
    session.listeners.close();
  }

  /**
   * Ends all workers, which give back the tasks that they hold.
   *
   * @return the number of ended workers that the caller has to log
   */
  private long endWorkers() {
    QueueClosedException why = new QueueClosedException("the queue was closed", null);
    List<TaskWorker> workers =
        partitions.values().stream().flatMap(each -> each.workers().stream()).toList();
    long ended = workers.stream().filter(worker -> worker.endWithQueue(why)).count();
    workers.forEach(TaskWorker::awaitEnd);
    return ended;
  }
}
