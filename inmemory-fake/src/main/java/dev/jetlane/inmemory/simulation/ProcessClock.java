// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.time.SimulatedTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The wall clock of a machine, which may jump. */
final class ProcessClock extends Clock {

  private final SimulatedTime time;
  private final ZoneId zone;
  private final long[] offNanos;

  ProcessClock(SimulatedTime time) {
    this(time, ZoneOffset.UTC, new long[1]);
  }

  private ProcessClock(SimulatedTime time, ZoneId zone, long[] offNanos) {
    this.time = time;
    this.zone = zone;
    this.offNanos = offNanos;
  }

  void jump(long nanos) {
    offNanos[0] += nanos;
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  @Override
  public Clock withZone(ZoneId other) {
    return new ProcessClock(time, other, offNanos);
  }

  @Override
  public Instant instant() {
    return time.instant(time.nanos() + offNanos[0]);
  }
}
