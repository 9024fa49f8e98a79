package dev.jetlane.nats;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.delay.DelayedTaskMover;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.pull.PartitionPuller;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A client of one stream. */
final class NatsQueue implements TaskQueue, ConnectionMonitor.Observer {

  private final Session session;
  private final Provisioner provisioner;
  private final boolean ownsConnection;
  private final ConcurrentHashMap<String, NatsPartition> partitions = new ConcurrentHashMap<>();
  private final Set<PartitionPuller> pullers = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<String, DelayedTaskMover> movers = new ConcurrentHashMap<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  NatsQueue(Session session, boolean ownsConnection) {
    this.session = session;
    this.ownsConnection = ownsConnection;
    provisioner = new Provisioner(session, session.options);
    session.link.observe(this);
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    session.link.requireOpen();
    PartitionAddress[] lanes = PartitionAddress.all(session.options, name);
    PartitionAddress lane = lanes[0];
    // Always, also the second time: this is how a partition that is gone is brought back.
    provisioner.provision(lanes);
    if (!session.options.bareSubjects()) {
      movers.computeIfAbsent(lane.stream, stream -> new DelayedTaskMover(session, lane));
    }
    NatsPartition partition =
        partitions.computeIfAbsent(name, key -> new NatsPartition(this, session, lanes));
    partition.openedAgain();
    return partition;
  }

  /** The partition's bare subject is no longer among the stream's. */
  void provideSubject(PartitionAddress lane) {
    provisioner.provisionSubject(lane);
  }

  Puller open(PartitionAddress[] lanes, PullOptions options) {
    session.link.requireOpen();
    PartitionPuller puller = PartitionPuller.of(session, lanes, options, pullers::remove);
    pullers.add(puller);
    try {
      puller.connect();
    } catch (RuntimeException e) {
      puller.close();
      throw e;
    }
    if (session.link.isClosed()) {
      puller.close();
    }
    return puller;
  }

  /** The server may be another one, or have other settings. */
  @Override
  public void reconnected() {
    String tooSmall = NatsQueues.tooSmallFor(session.options, session.link);
    if (tooSmall != null) {
      session.warn(tooSmall);
    }
  }

  @Override
  public Health health() {
    if (session.link.isClosed()) {
      return new Health(false, false, List.of("the queue is closed"));
    }
    if (!session.link.isConnected()) {
      return new Health(false, false, List.of(session.link.whyDown()));
    }
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>(provisioner.warnings());
    add(warnings, session.link.recentDeath());
    add(problems, NatsQueues.tooSmallFor(session.options, session.link));
    long untilNanos = System.nanoTime() + session.requestTimeout().toNanos();
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
    pullers.forEach(PartitionPuller::close);
    boolean interrupted = false;
    for (DelayedTaskMover mover : movers.values()) {
      interrupted |= mover.close();
    }
    session.link.markClosed();
    try {
      session.replies.awaitIdle(System.nanoTime() + session.replies.timeoutNanos());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    session.link.forget(this);
    session.close();
    interrupted |= releaseConnection();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether it was interrupted. */
  private boolean releaseConnection() {
    if (!ownsConnection) {
      session.link.connection().removeConnectionListener(session.link);
      return false;
    }
    boolean interrupted = false;
    try {
      session.link.flush();
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (IllegalStateException notFlushed) {
      // What was not sent is not sent.
    }
    try {
      session.link.connection().close();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    return interrupted;
  }
}
