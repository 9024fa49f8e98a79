// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.rules.ServerFaultRules;

/** The rules about faults of a whole server, which no other test uses. */
class NatsServerFaultConformanceTest extends NatsRuleSuite implements ServerFaultRules {

  @Override
  protected Harness harness() {
    try {
      return OwnServerHarness.start();
    } catch (UnsupportedOperationException runsElsewhere) {
      return super.harness();
    } catch (Exception e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}
