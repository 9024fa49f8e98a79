package dev.jetlane.nats;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.delay.DelayedTaskMover;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.pull.PartitionPuller;
import dev.jetlane.nats.pull.PartitionStatus;
import dev.jetlane.nats.pull.Pullers;
import dev.jetlane.nats.request.Session;
import dev.jetlane.spi.QueueWorkers;
import dev.jetlane.spi.WorkerHost;
import io.nats.client.api.ConsumerConfiguration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A client of one stream. */
final class NatsQueue implements TaskQueue {

  private final Session session;
  private final Provisioner provisioner;
  private final boolean ownsConnection;
  private final ConcurrentHashMap<String, NatsPartition> partitions = new ConcurrentHashMap<>();
  private final Set<PartitionPuller> pullers = ConcurrentHashMap.newKeySet();

  /** By stream. Guarded by itself. */
  private final Map<String, DelayedTaskMover> movers = new HashMap<>();

  private final QueueWorkers workers;
  private final AtomicBoolean closing = new AtomicBoolean();

  NatsQueue(Session session, ProvisioningTerms terms, boolean ownsConnection) {
    this.session = session;
    this.ownsConnection = ownsConnection;
    workers = new QueueWorkers(session.settings.queue());
    provisioner = new Provisioner(session, terms);
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    session.monitor.requireOpen();
    List<PartitionAddress> addresses = session.settings.layout().addresses(name);
    // Always, also the second time: this is how a partition that is gone is brought back.
    List<ConsumerConfiguration> found = provisioner.provision(addresses, session.deadlineNanos());
    startMover(addresses.get(0));
    NatsPartition partition =
        partitions.computeIfAbsent(name, key -> new NatsPartition(this, session, addresses));
    partition.opened(found);
    return partition;
  }

  /** Unless the queue is closed meanwhile: a mover that begins after that would never end. */
  private void startMover(PartitionAddress address) {
    if (!session.settings.dialect().hasDelays()) {
      return;
    }
    synchronized (movers) {
      session.monitor.requireOpen();
      if (closing.get()) {
        throw new QueueClosedException("the queue is closed", null);
      }
      movers.computeIfAbsent(address.stream, stream -> new DelayedTaskMover(session, address));
    }
  }

  WorkerHost workers() {
    return workers;
  }

  /** The partition's subject is no longer among the stream's. */
  void provideSubject(PartitionAddress address, long deadlineNanos) {
    provisioner.provisionSubject(address, deadlineNanos);
  }

  Puller open(List<PartitionAddress> addresses, PartitionStatus status, PullOptions options) {
    session.monitor.requireOpen();
    PartitionPuller puller = Pullers.of(session, addresses, status, options, pullers::remove);
    pullers.add(puller);
    try {
      puller.connect();
    } catch (RuntimeException e) {
      puller.close();
      throw e;
    }
    if (session.monitor.isClosed()) {
      puller.close();
    }
    return puller;
  }

  @Override
  public Health health() {
    if (session.monitor.isClosed()) {
      return new Health(false, false, List.of("the queue is closed"));
    }
    if (!session.monitor.isConnected()) {
      return new Health(false, false, List.of(session.monitor.whyDown()));
    }
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>(provisioner.warnings());
    add(warnings, session.monitor.recentDeath());
    long untilNanos = System.nanoTime() + session.settings.requestTimeout().toNanos();
    for (NatsPartition partition : partitions.values()) {
      if (System.nanoTime() - untilNanos >= 0) {
        problems.add("the server is too slow to look at every partition");
        break;
      }
      add(problems, partition.problem());
      add(warnings, partition.warning());
    }
    boolean ready = problems.isEmpty();
    problems.addAll(warnings);
    return problems.isEmpty() ? Health.up() : new Health(true, ready, problems);
  }

  private static void add(List<String> texts, @Nullable String text) {
    if (text != null) {
      texts.add(text);
    }
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    workers.end();
    pullers.forEach(PartitionPuller::close);
    boolean interrupted = false;
    synchronized (movers) {
      for (DelayedTaskMover mover : movers.values()) {
        interrupted |= mover.close();
      }
    }
    session.monitor.markClosed();
    try {
      session.requests.awaitIdle(session.deadlineNanos());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    session.close();
    interrupted |= releaseConnection();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether it was interrupted. */
  private boolean releaseConnection() {
    if (!ownsConnection) {
      session.monitor.connection().removeConnectionListener(session.monitor);
      return false;
    }
    boolean interrupted = false;
    try {
      session.flushLock.flush();
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (IllegalStateException notFlushed) {
      // What was not sent is not sent.
    }
    try {
      session.monitor.connection().close();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    return interrupted;
  }
}
