package dev.jetlane.conformance.plan;

import java.util.List;

/** Plans that are tried at the same time, each on a harness of its own. */
public record Batch(List<Plan> plans) {

  public Batch {
    plans = List.copyOf(plans);
  }

  /** How many plans and steps: the plan of a failure is in its message, once. */
  @Override
  public String toString() {
    return plans.size() + " plans, " + plans.stream().mapToInt(p -> p.steps().size()).sum() + " steps";
  }
}
