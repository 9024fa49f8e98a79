package dev.jetlane.conformance;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import java.util.List;

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
