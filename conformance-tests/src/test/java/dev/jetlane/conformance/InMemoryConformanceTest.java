package dev.jetlane.conformance;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The fake, in virtual time. */
class InMemoryConformanceTest extends TaskQueueConformance {

  @Override
  protected Harness harness() {
    return new InMemoryHarness();
  }

  static final class InMemoryHarness implements Harness {

    private final ManualClock clock = new ManualClock();
    private final InMemoryServer server = InMemoryServer.create(clock);
    private final List<QueueListener> listeners;
    private long nowNanos;

    InMemoryHarness() {
      this(List.of());
    }

    InMemoryHarness(List<QueueListener> listeners) {
      this.listeners = listeners;
    }

    @Override
    public TaskQueue open(QueueConfig config) {
      return server.connect(config, listeners);
    }

    @Override
    public TaskQueue open(QueueConfig config, List<QueueListener> more) {
      List<QueueListener> all = new ArrayList<>(listeners);
      all.addAll(more);
      return server.connect(config, all);
    }

    @Override
    public Set<Capability> capabilities() {
      return EnumSet.allOf(Capability.class);
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
    public PullOptions pulling() {
      return Pulling.OPTIONS;
    }

    @Override
    public void close() {}
  }
}
