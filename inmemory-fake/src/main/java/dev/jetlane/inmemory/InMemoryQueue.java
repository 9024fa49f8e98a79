package dev.jetlane.inmemory;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A client of an {@link InMemoryServer}. */
final class InMemoryQueue implements TaskQueue {

  final InMemoryServer server;
  final Time time;
  private final QueueConfig config;
  private final Set<InMemoryPuller> pullers = new LinkedHashSet<>();
  private volatile boolean closed;

  InMemoryQueue(InMemoryServer server, QueueConfig config) {
    this.server = server;
    this.config = config;
    time = server.time;
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    lock();
    try {
      requireOpen();
      return new InMemoryPartition(this, server.open(name, config));
    } finally {
      unlock();
    }
  }

  @Override
  public Health health() {
    return closed ? new Health(false, false, List.of("the queue is closed")) : Health.up();
  }

  @Override
  public void close() {
    lock();
    try {
      for (InMemoryPuller puller : new ArrayList<>(pullers)) {
        puller.close();
      }
      closed = true;
    } finally {
      unlock();
    }
  }

  void lock() {
    time.lock.lock();
  }

  void unlock() {
    time.lock.unlock();
  }

  void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the queue is closed", null);
    }
  }

  void opened(InMemoryPuller puller) {
    pullers.add(puller);
  }

  void closed(InMemoryPuller puller) {
    pullers.remove(puller);
  }
}
