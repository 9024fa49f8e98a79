// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.Health;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueConfig;
import dev.jetlane.driver.AdminDriver;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.QueueDriver;
import dev.jetlane.inmemory.model.Holder;
import dev.jetlane.inmemory.model.PartitionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The connection of a client to a server in memory. */
final class InMemoryDriver implements QueueDriver, AdminDriver {

  /**
   * Measured on the time of the server. No call takes this long unless a test makes exchanges slow.
   */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private final Connection connection;
  private final QueueConfig config;
  private final WaitingThreads threads;
  private final InMemoryClock clock;

  /** The partitions that were opened, and their clocks. Guarded by the lock of the time. */
  private final Map<PartitionState, InMemoryClock> opened = new LinkedHashMap<>();

  /** The partitions with a warning in the last check. Guarded by the lock of the time. */
  private final Set<PartitionState> warned = new HashSet<>();

  InMemoryDriver(Connection connection, QueueConfig config, WaitingThreads threads) {
    this.connection = connection;
    this.config = config;
    this.threads = threads;
    clock = newClock();
    connection.time.lock();
    connection.server.add(clock);
    connection.faults.clients.add(connection);
    connection.time.unlock();
  }

  @Override
  public DriverClock clock() {
    return clock;
  }

  @Override
  public Duration requestTimeout() {
    return REQUEST_TIMEOUT;
  }

  @Override
  public PartitionDriver openPartition(String name, long deadlineNanos) {
    return connection.ask(
        Operation.OPEN_PARTITION,
        deadlineNanos,
        now -> {
          PartitionState state = connection.server.open(name, config);
          InMemoryClock its = opened.get(state);
          if (its == null) {
            its = newClock();
            opened.put(state, its);
            state.keepers.add(its);
          }
          return new InMemoryPartitionDriver(connection, state, config, its);
        });
  }

  @Override
  public List<PartitionSummary> partitions(long deadlineNanos) {
    List<PartitionSummary> all = new ArrayList<>();
    return connection.ask(
        Operation.ADMIN,
        deadlineNanos,
        now -> {
          for (PartitionState state : connection.server.partitions()) {
            state.catchUp(now);
            if (state.exists()) {
              all.add(InMemoryPartitionAdmin.summary(state, now));
            }
          }
          all.sort(Comparator.comparing(PartitionSummary::name));
          return all;
        });
  }

  @Override
  public @Nullable PartitionAdminDriver partitionAdmin(String name, long deadlineNanos) {
    return connection
        .ask(
            Operation.ADMIN,
            deadlineNanos,
            now -> {
              return Optional.ofNullable(connection.server.existing(name));
            })
        .map(state -> new InMemoryPartitionAdmin(connection, state))
        .orElse(null);
  }

  @Override
  public Health health(long deadlineNanos) {
    connection.time.enter();
    try {
      if (connection.faults.isDisconnected()) {
        return new Health(false, false, List.of("disconnected"));
      }
      List<PartitionState> missing =
          opened.keySet().stream().filter(PartitionState::isConsumerDeleted).toList();
      missing.forEach(PartitionState::createConsumer);
      List<String> problems = new ArrayList<>();
      missing.forEach(state -> problems.add("partition " + state.name + " is gone"));
      problems.addAll(warnings());
      return problems.isEmpty() ? Health.up() : new Health(true, missing.isEmpty(), problems);
    } finally {
      connection.time.unlock();
    }
  }

  /** Returns the warnings about partitions that work, and reports each when it begins. */
  private List<String> warnings() {
    List<String> all = new ArrayList<>();
    for (PartitionState state : opened.keySet()) {
      state.catchUp(connection.time.nanos());
      String warning = state.warning();
      if (warning == null) {
        warned.remove(state);
        continue;
      }
      all.add(warning);
      if (warned.add(state)) {
        connection.react(() -> connection.events.warned(warning));
      }
    }
    return all;
  }

  @Override
  public void close(long deadlineNanos) {
    connection.time.enter();
    try {
      connection.close();
      opened.forEach((state, its) -> state.keepers.remove(its));
      connection.server.remove(clock);
      connection.faults.clients.remove(connection);
    } finally {
      connection.time.unlock();
    }
  }

  /** Ends this client like a crash of its process: it does not give its tasks back. */
  void kill() {
    connection.time.lock();
    try {
      connection.close();
      opened.forEach(
          (state, its) -> {
            state.keepers.remove(its);
            its.abandon();
          });
      clock.abandon();
      connection.server.remove(clock);
      connection.faults.clients.remove(connection);
      for (Holder holder : List.copyOf(connection.server.holders)) {
        if (holder instanceof InMemoryPullDriver pull) {
          pull.abandonWith(connection);
        }
      }
    } finally {
      connection.time.unlock();
    }
  }

  private InMemoryClock newClock() {
    return new InMemoryClock(connection, threads);
  }
}
