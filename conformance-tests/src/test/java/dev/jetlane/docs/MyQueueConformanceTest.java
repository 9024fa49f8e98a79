// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.TaskQueueConformance;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import net.jqwik.api.PropertyDefaults;

@PropertyDefaults(tries = 5) // of this copy of the README's example
class MyQueueConformanceTest extends TaskQueueConformance {
  @Override
  protected Harness harness() {
    return new MyHarness(); // open(config), advance(time), nowNanos(), tick(), tolerance(), close()
  }
}

/** The queue of a user, in virtual time. */
final class MyHarness implements Harness {

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private long nowNanos;

  @Override
  public TaskQueue open(QueueConfig config) {
    return server.connect(config);
  }

  @Override
  public synchronized void advance(Duration time) {
    clock.advance(time);
    nowNanos += time.toNanos();
  }

  @Override
  public synchronized long nowNanos() {
    return nowNanos;
  }

  @Override
  public Duration tick() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Duration tolerance() {
    return Duration.ZERO;
  }

  @Override
  public void close() {}
}
