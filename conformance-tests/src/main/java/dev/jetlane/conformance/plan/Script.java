// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plan;

import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Edge;
import dev.jetlane.conformance.plan.Step.Verb;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a plan for one purpose, one call per step. A step without a partition or a puller uses the
 * first one.
 */
public final class Script {

  private final Settings settings;
  private final List<Step> steps = new ArrayList<>();

  public Script(Settings settings) {
    this.settings = settings;
  }

  public Script() {
    this(Settings.PLAIN);
  }

  public Plan plan() {
    return new Plan(settings, steps);
  }

  public Script then(Step step) {
    steps.add(step);
    return this;
  }

  public Script then(List<? extends Step> more) {
    steps.addAll(more);
    return this;
  }

  public Script push(int count) {
    return pushTo(0, count);
  }

  public Script pushTo(int partition, int count) {
    for (int i = 0; i < count; i++) {
      then(new Step.Push(partition, false));
    }
    return this;
  }

  public Script pushAgain(int k) {
    return then(new Step.PushAgain(0, k));
  }

  public Script pushAll(int count) {
    return then(new Step.PushAll(0, count, false));
  }

  public Script pull(int max) {
    return pullBy(0, max);
  }

  public Script pullBy(int puller, int max) {
    return then(new Step.Pull(0, puller, max));
  }

  public Script pullFrom(int partition, int max) {
    return then(new Step.Pull(partition, 0, max));
  }

  /** Settles the {@code k}-th delivery of the plan, in any state. */
  public Script settle(Verb verb, int k) {
    return then(new Step.Settle(verb, k, Among.ALL));
  }

  public Script ack(int k) {
    return settle(Verb.ACK, k);
  }

  public Script nak(int k) {
    return settle(Verb.NAK, k);
  }

  public Script nakLater(int k, int ticks) {
    return then(new Step.NakLater(ticks, k, Among.ALL));
  }

  public Script extend(int k) {
    return settle(Verb.EXTEND, k);
  }

  /** Lets exactly this time pass. */
  public Script advance(int ticks) {
    return then(new Step.Advance(ticks, Edge.EXACTLY));
  }

  /** Lets time pass, up to just before an event that is due after these ticks. */
  public Script advanceUpTo(int ticks) {
    return then(new Step.Advance(ticks, Edge.BEFORE));
  }

  /** Lets time pass until an event that is due after these ticks must have happened. */
  public Script advancePast(int ticks) {
    return then(new Step.Advance(ticks, Edge.AFTER));
  }

  /** Lets every current lease expire. */
  public Script expire() {
    return advancePast(settings.leaseTicks());
  }
}
