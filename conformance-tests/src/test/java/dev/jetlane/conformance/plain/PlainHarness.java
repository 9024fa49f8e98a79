// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A plain queue in virtual time. */
public final class PlainHarness implements Harness {

  private final PlainStore store;

  /** Opens a queue over partitions that {@code creation} creates. */
  public PlainHarness(Function<QueueConfig, PlainTasks> creation) {
    store = new PlainStore(creation);
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return open(config, List.of());
  }

  @Override
  public TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    return store.open(config, listeners);
  }

  @Override
  public void advance(Duration time) {
    store.advance(time);
  }

  @Override
  public long nowNanos() {
    return store.clock.nanoTime();
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
  public Set<Capability> capabilities() {
    return EnumSet.complementOf(
        EnumSet.of(
            Capability.ATOMIC_PUSH,
            Capability.DELAY,
            Capability.DEADLINES,
            Capability.PRIORITIES,
            Capability.OLDEST_AGE,
            Capability.PREFETCH,
            Capability.ADMIN,
            Capability.PAUSE,
            Capability.STREAMS,
            Capability.FAULTS,
            Capability.FAULTS_APART,
            Capability.SLOW_ANSWERS,
            Capability.FAULTS_OF_MOVES,
            Capability.LEADER_CHANGES,
            Capability.SILENCE,
            Capability.RESTARTS,
            Capability.CRASHES,
            Capability.REFUSED_LOGINS,
            Capability.FULL_STORAGE));
  }

  @Override
  public void close() {}
}
