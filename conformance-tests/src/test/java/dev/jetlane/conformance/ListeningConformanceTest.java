// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.QueueListener;
import dev.jetlane.conformance.harness.Harness;
import java.util.List;
import net.jqwik.api.PropertyDefaults;

/** A queue with a listener obeys the same rules: a listener changes nothing. */
@PropertyDefaults(tries = 10)
class ListeningConformanceTest extends TaskQueueConformance {

  @Override
  protected Harness harness() {
    return new InMemoryConformanceTest.InMemoryHarness(List.of(new QueueListener() {}));
  }
}
