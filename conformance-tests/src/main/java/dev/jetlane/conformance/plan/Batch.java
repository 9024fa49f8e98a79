// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plan;

import java.util.List;

/** Plans that run at the same time, each on its own harness. */
public record Batch(List<Plan> plans) {

  public Batch {
    plans = List.copyOf(plans);
  }

  /**
   * Returns the numbers of plans and steps only, because the message of a failure contains its
   * plan.
   */
  @Override
  public String toString() {
    return plans.size()
        + " plans, "
        + plans.stream().mapToInt(p -> p.steps().size()).sum()
        + " steps";
  }
}
