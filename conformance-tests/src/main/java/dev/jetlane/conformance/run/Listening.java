// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.EventRecorder;
import dev.jetlane.conformance.oracle.EventRecorder.RecordedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A harness whose clients each have a listener, numbered in the order in which they are opened. */
public final class Listening implements Harness {

  private final Harness harness;
  private final Queue<RecordedEvent> all = new ConcurrentLinkedQueue<>();
  private final List<List<RecordedEvent>> parts = new ArrayList<>();
  private int clients;

  Listening(Harness harness) {
    this.harness = harness;
  }

  /** Begins a new part: later events belong to the next call. */
  void cut() {
    List<RecordedEvent> part = new ArrayList<>();
    for (RecordedEvent event = all.poll(); event != null; event = all.poll()) {
      part.add(event);
    }
    parts.add(part);
  }

  /** Returns the events, one part for each {@link #cut}. */
  List<List<RecordedEvent>> parts() {
    return parts;
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return harness.open(config, List.of(new EventRecorder(clients++, all)));
  }

  @Override
  public void spread(int streams) {
    harness.spread(streams);
  }

  @Override
  public void advance(Duration time) {
    harness.advance(time);
  }

  @Override
  public long nowNanos() {
    return harness.nowNanos();
  }

  @Override
  public Duration tick() {
    return harness.tick();
  }

  @Override
  public Duration tolerance() {
    return harness.tolerance();
  }

  @Override
  public Set<Capability> capabilities() {
    return harness.capabilities();
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
  public PullOptions pulling() {
    return harness.pulling();
  }

  @Override
  public void close() {
    harness.close();
  }
}
