// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A queue, by default the fake, with broken wrappers around its clients. */
class BrokenHarness implements Harness {

  /** Opens a client with listeners. */
  interface Opening {
    TaskQueue open(Harness harness, QueueConfig config, List<QueueListener> listeners);
  }

  private final Harness harness;
  private final UnaryOperator<TaskQueue> breaking;
  private final Opening opening;

  BrokenHarness(UnaryOperator<TaskQueue> breaking) {
    this(new InMemoryHarness(), breaking);
  }

  BrokenHarness(Harness harness, UnaryOperator<TaskQueue> breaking) {
    this.harness = harness;
    this.breaking = breaking;
    opening = Harness::open;
  }

  /** The fake, with a fault in the calls of its listeners. */
  BrokenHarness(Opening opening) {
    harness = new InMemoryHarness();
    breaking = queue -> queue;
    this.opening = opening;
  }

  static Harness of(Layers layers) {
    return of(new InMemoryHarness(), layers);
  }

  static Harness of(Harness harness, Layers layers) {
    return new BrokenHarness(harness, queue -> new DelegatingQueue(queue, layers));
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return breaking.apply(harness.open(config));
  }

  @Override
  public TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    return breaking.apply(opening.open(harness, config, listeners));
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
  public void close() {
    harness.close();
  }
}
