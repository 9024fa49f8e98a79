package dev.jetlane.conformance.plan;

import java.util.List;

/** Plans that are tried at the same time, each on a harness of its own. */
public record Batch(List<Plan> plans) {

  public Batch {
    plans = List.copyOf(plans);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    plans.forEach(plan -> text.append(System.lineSeparator()).append(plan));
    return text.toString();
  }
}
