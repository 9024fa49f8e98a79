// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.Health;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.AdminDriver;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.QueueDriver;
import dev.jetlane.nats.delay.DelayedTaskMover;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.operate.NatsAdmin;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Settings;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A client of one queue on a server. */
final class NatsDriver implements QueueDriver, AdminDriver, ConnectionMonitor.Observer {

  private final Session session;
  private final ConnectionMonitor monitor;
  private final Provisioner provisioner;
  private final NatsAdmin admin;
  private final Restoration restoration;
  private final boolean ownsConnection;
  private final ConcurrentHashMap<String, NatsPartitionDriver> partitions =
      new ConcurrentHashMap<>();

  /** The movers by stream. Its monitor guards the map and {@code closed}. */
  private final Map<String, DelayedTaskMover> movers = new HashMap<>();

  private boolean closing;

  NatsDriver(Session session, ProvisioningTerms terms, boolean ownsConnection) {
    this.session = session;
    this.ownsConnection = ownsConnection;
    monitor = session.monitor;
    provisioner = new Provisioner(session, terms);
    restoration = new Restoration(session, provisioner, partitions.values());
    monitor.observe(this);
    admin = new NatsAdmin(session);
  }

  @Override
  public DriverClock clock() {
    return session.clock;
  }

  @Override
  public Duration requestTimeout() {
    return session.settings.requestTimeout();
  }

  @Override
  public PartitionDriver openPartition(String name, long deadlineNanos) {
    monitor.requireOpen();
    List<PartitionAddress> addresses = session.settings.layout().addresses(name);
    try {
      List<ConsumerConfiguration> found = provisioner.provision(addresses, deadlineNanos);
      startMover(addresses.get(0));
      NatsPartitionDriver partition =
          partitions.computeIfAbsent(
              name, key -> new NatsPartitionDriver(session, provisioner, restoration, addresses));
      partition.opened(found);
      return partition;
    } catch (IllegalStateException closed) {
      // jnats throws this when its connection, or a dispatcher, is closed meanwhile.
      monitor.requireOpen();
      throw new QueueClosedException("the queue is closed", closed);
    }
  }

  /**
   * Starts a mover, unless the queue is closed: a mover that starts after the close would never
   * end.
   */
  private void startMover(PartitionAddress address) {
    if (!session.settings.dialect().hasDelays()) {
      return;
    }
    synchronized (movers) {
      if (closing) {
        throw new QueueClosedException("the queue is closed", null);
      }
      movers.computeIfAbsent(address.stream, stream -> new DelayedTaskMover(session, address));
    }
  }

  @Override
  public void missed() {
    restoration.soon();
  }

  /** Checks the server after a reconnect, because it may be another one, or have other settings. */
  @Override
  public void reconnected() {
    String tooSmall = tooSmall(session.settings, monitor);
    if (tooSmall != null) {
      session.warn(tooSmall);
    }
  }

  /**
   * Returns the warning about a server that refuses the largest payloads of the queue; null if it
   * accepts them.
   */
  static @Nullable String tooSmall(Settings settings, ConnectionMonitor monitor) {
    long maxPayload = monitor.connection().getServerInfo().getMaxPayload();
    int largest = settings.queue().maxPayloadBytes();
    long needed = (long) largest + NatsQueues.OVERHEAD_BYTES;
    return maxPayload >= needed
        ? null
        : "the server accepts messages of up to "
            + maxPayload
            + " bytes (max_payload), and payloads of up to "
            + largest
            + " bytes need "
            + needed;
  }

  @Override
  public List<PartitionSummary> partitions(long deadlineNanos) {
    return admin.partitions(deadlineNanos);
  }

  @Override
  public @Nullable PartitionAdminDriver partitionAdmin(String name, long deadlineNanos) {
    return admin.partitionAdmin(name, deadlineNanos);
  }

  @Override
  public Health health(long deadlineNanos) {
    if (monitor.isClosed()) {
      return new Health(false, false, List.of("the queue is closed"));
    }
    if (!monitor.isConnected()) {
      return new Health(false, false, List.of(monitor.whyDown()));
    }
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>(provisioner.warnings());
    add(warnings, monitor.recentDeath());
    add(problems, tooSmall(session.settings, monitor));
    for (NatsPartitionDriver partition : partitions.values()) {
      if (System.nanoTime() - deadlineNanos >= 0) {
        problems.add("the request timeout was too short to check every partition");
        break;
      }
      add(problems, partition.problem(deadlineNanos));
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
  public void close(long deadlineNanos) {
    boolean interrupted = false;
    for (NatsPartitionDriver partition : partitions.values()) {
      partition.close(deadlineNanos);
    }
    for (DelayedTaskMover mover : lastMovers()) {
      interrupted |= mover.close();
    }
    monitor.markClosed();
    try {
      session.requests.awaitIdle(deadlineNanos);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    monitor.forget(this);
    session.close();
    interrupted |= releaseConnection();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private List<DelayedTaskMover> lastMovers() {
    synchronized (movers) {
      closing = true;
      return List.copyOf(movers.values());
    }
  }

  /** Returns whether the thread was interrupted. */
  private boolean releaseConnection() {
    if (!ownsConnection) {
      monitor.connection().removeConnectionListener(monitor);
      return false;
    }
    boolean interrupted = false;
    try {
      session.flushLock.flush();
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (IllegalStateException notFlushed) {
      // Messages that are not sent yet are dropped.
    }
    try {
      monitor.connection().close();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    return interrupted;
  }
}
