// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plan;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A scenario as data. */
public record Plan(Settings settings, List<Step> steps) {

  public Plan {
    steps = List.copyOf(steps);
  }

  /** Returns a plan that consists of other steps and then the steps of this plan. */
  public Plan after(Step... first) {
    List<Step> all = new ArrayList<>(List.of(first));
    all.addAll(steps);
    return new Plan(settings, all);
  }

  /** Returns the part of this plan that a queue with these capabilities supports. */
  public Plan within(Set<Capability> capabilities) {
    List<Step> possible = steps.stream().filter(step -> isWithin(step, capabilities)).toList();
    return new Plan(settings.within(capabilities), possible);
  }

  private static boolean isWithin(Step step, Set<Capability> capabilities) {
    boolean inner =
        !(step instanceof Step.Meeting meeting) || isWithin(meeting.step(), capabilities);
    return inner && (step.requires() == null || capabilities.contains(step.requires()));
  }

  /** Whether the plan causes faults. */
  public boolean hasFaults() {
    return steps.stream()
        .anyMatch(step -> step instanceof Step.DuringFault || step.requires() == Capability.FAULTS);
  }

  /** Returns this plan without the harms that the harness cannot cause. */
  public Plan within(FaultHands hands) {
    List<Step> possible =
        steps.stream()
            .filter(
                step ->
                    !(step instanceof Step.Under under)
                        || hands.can(under.exchange(), under.harm()))
            .toList();
    return new Plan(settings, possible);
  }

  /** Whether a puller of the plan leases tasks ahead. With priorities none does. */
  public boolean leasesAhead(PullOptions usual) {
    boolean ahead =
        usual.prefetch() > 0
            || steps.stream()
                .anyMatch(s -> s instanceof Step.ChangePuller c && c.options().prefetch() > 0);
    return ahead && settings.priorities() == 1;
  }

  /** Returns the longest time for which a puller of the plan keeps leases, in ticks. */
  public int keepTicks() {
    return steps.stream()
        .mapToInt(step -> step instanceof Step.ChangePuller change ? change.keepTicks() : 0)
        .max()
        .orElse(0);
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
