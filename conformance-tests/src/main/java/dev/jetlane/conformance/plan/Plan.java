package dev.jetlane.conformance.plan;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.harness.Capability;
import java.util.List;
import java.util.Set;

/** A scenario as data. */
public record Plan(Settings settings, List<Step> steps) {

  public Plan {
    steps = List.copyOf(steps);
  }

  /** What of this plan can be asked of a queue with these capabilities. */
  public Plan within(Set<Capability> capabilities) {
    List<Step> possible =
        steps.stream()
            .filter(step -> step.requires() == null || capabilities.contains(step.requires()))
            .toList();
    return new Plan(settings.within(capabilities), possible);
  }

  /** Whether some puller leases tasks ahead of its pulls. */
  public boolean leasesAhead(PullOptions usual) {
    return usual.prefetch() > 0
        || steps.stream()
            .anyMatch(step -> step instanceof Step.ChangePuller c && c.options().prefetch() > 0);
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
