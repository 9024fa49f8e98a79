// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.harness.Harness;

/** The fake with prefetching pullers, for the rules that do not concern a way to pull. */
class AheadConformanceTest extends TaskQueueConformance {

  private static final PullOptions AHEAD = PullOptions.defaults().withPrefetch(100);

  @Override
  protected Harness harness() {
    return new InMemoryHarness() {
      @Override
      public PullOptions pulling() {
        return AHEAD;
      }
    };
  }
}
