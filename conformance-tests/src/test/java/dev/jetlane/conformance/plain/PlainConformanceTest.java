// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.conformance.TaskQueueConformance;
import dev.jetlane.conformance.harness.Harness;

/** The proof that a third implementation needs only the published kit. */
class PlainConformanceTest extends TaskQueueConformance {

  @Override
  protected Harness harness() {
    return new PlainHarness(PlainTasks::new);
  }
}
