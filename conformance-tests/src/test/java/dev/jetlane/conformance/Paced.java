// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.Set;

/**
 * A harness whose time follows the plan's schedule, so that runs in virtual and in real time can be
 * compared: in real time an advance ends at its time in the plan, independent of the duration of
 * earlier operations.
 *
 * <p>Its tolerance is a tick. The plans of {@link DifferentialPlans} end every lease and delay an
 * odd number of ticks after an operation and operate on even ticks only, so whatever is late by
 * less than a tick has still happened in time.
 */
final class Paced implements Harness {

  private static final long NOT_STARTED = Long.MIN_VALUE;

  private final Harness harness;
  private final Duration tick;
  private long startNanos = NOT_STARTED;
  private long nominalNanos;

  Paced(Harness harness, Duration tick) {
    this.harness = harness;
    this.tick = tick;
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return harness.open(config);
  }

  @Override
  public void spread(int streams) {
    harness.spread(streams);
  }

  @Override
  public synchronized void advance(Duration time) {
    nominalNanos += time.toNanos();
    long missing = startNanos + nominalNanos - harness.nowNanos();
    if (missing > 0) {
      harness.advance(Duration.ofNanos(missing));
    }
  }

  /** A plan begins when its runner first looks at the clock. */
  @Override
  public synchronized long nowNanos() {
    long now = harness.nowNanos();
    if (startNanos == NOT_STARTED) {
      startNanos = now;
    }
    return now;
  }

  @Override
  public FaultHands faults() {
    return harness.faults();
  }

  @Override
  public Duration requestTimeout() {
    return harness.requestTimeout();
  }

  @Override
  public Set<Capability> capabilities() {
    return harness.capabilities();
  }

  @Override
  public Duration tick() {
    return tick;
  }

  @Override
  public Duration tolerance() {
    return tick;
  }

  @Override
  public void close() {
    harness.close();
  }
}
