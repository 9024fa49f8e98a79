package dev.jetlane.conformance.plain;

import dev.jetlane.conformance.Harness;
import dev.jetlane.conformance.TaskQueueConformance;

/** The proof that a third implementation needs no more than the published kit. */
class PlainConformanceTest extends TaskQueueConformance {

  @Override
  protected Harness harness() {
    return new PlainHarness(PlainLane::new);
  }
}
