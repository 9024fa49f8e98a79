package dev.jetlane.conformance;

import java.util.List;

/** A scenario as data. */
record Plan(Settings settings, List<Step> steps) {

  Plan {
    steps = List.copyOf(steps);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("plan (").append(settings).append(')');
    for (int i = 0; i < steps.size(); i++) {
      text.append(String.format("%n  %2d %s", i + 1, steps.get(i)));
    }
    return text.toString();
  }
}
