package dev.jetlane.conformance;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** The fake in virtual time, each of its clients with something broken around it. */
class BrokenHarness implements Harness {

  private final InMemoryHarness fake = new InMemoryHarness();
  private final UnaryOperator<TaskQueue> breaking;

  BrokenHarness(UnaryOperator<TaskQueue> breaking) {
    this.breaking = breaking;
  }

  static Harness of(Layers layers) {
    return new BrokenHarness(queue -> new DelegatingQueue(queue, layers));
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return breaking.apply(fake.open(config));
  }

  @Override
  public void advance(Duration time) {
    fake.advance(time);
  }

  @Override
  public long nowNanos() {
    return fake.nowNanos();
  }

  @Override
  public Duration tick() {
    return fake.tick();
  }

  @Override
  public Duration tolerance() {
    return fake.tolerance();
  }

  @Override
  public void close() {
    fake.close();
  }
}
