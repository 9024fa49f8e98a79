// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The fake, in virtual time. */
class InMemoryConformanceTest extends TaskQueueConformance {

  @Override
  protected Harness harness() {
    return new InMemoryHarness();
  }

  static class InMemoryHarness implements Harness {

    private static final Instant START = Instant.parse("2000-01-01T00:00:00Z");

    private final ManualClock clock = new ManualClock(START);
    private final InMemoryServer server = InMemoryServer.create(clock);
    private final FaultHands hands;
    private final List<QueueListener> listeners;

    InMemoryHarness() {
      this(List.of());
    }

    InMemoryHarness(List<QueueListener> listeners) {
      this(listeners, FakeHands::new);
    }

    InMemoryHarness(Function<Faults, FaultHands> hands) {
      this(List.of(), hands);
    }

    private InMemoryHarness(List<QueueListener> listeners, Function<Faults, FaultHands> hands) {
      this.listeners = listeners;
      this.hands = hands.apply(server.faults());
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
      return EnumSet.complementOf(
          EnumSet.of(
              Capability.STREAMS,
              Capability.FAULTS_APART,
              Capability.FAULTS_OF_MOVES,
              Capability.LEADER_CHANGES));
    }

    @Override
    public FaultHands faults() {
      return hands;
    }

    @Override
    public synchronized void advance(Duration time) {
      clock.advance(time);
    }

    @Override
    public synchronized long nowNanos() {
      return Duration.between(START, clock.now()).toNanos();
    }

    /** The fake's own. */
    @Override
    public Duration requestTimeout() {
      return Duration.ofSeconds(5);
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
