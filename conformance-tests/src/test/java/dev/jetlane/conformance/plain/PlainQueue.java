package dev.jetlane.conformance.plain;

import dev.jetlane.Health;
import dev.jetlane.QueueConfig;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.QueueDriver;
import java.time.Duration;

/** A queue of {@code java.util} collections with leases: the third driver. */
record PlainQueue(PlainStore store, QueueConfig config, DriverEvents events)
    implements QueueDriver {

  @Override
  public DriverClock clock() {
    return store;
  }

  @Override
  public Duration requestTimeout() {
    return Duration.ofSeconds(5);
  }

  @Override
  public PartitionDriver openPartition(String name, long deadlineNanos) {
    return new PlainPartition(store, name, store.lane(name, config), events);
  }

  @Override
  public Health health(long deadlineNanos) {
    return Health.up();
  }

  @Override
  public void close(long deadlineNanos) {}
}
