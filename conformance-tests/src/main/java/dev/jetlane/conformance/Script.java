package dev.jetlane.conformance;

import dev.jetlane.conformance.Step.Among;
import dev.jetlane.conformance.Step.Edge;
import dev.jetlane.conformance.Step.Verb;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a directed plan, one call per step. Where no partition or puller is named it is the first.
 */
final class Script {

  private final Settings settings;
  private final List<Step> steps = new ArrayList<>();

  Script(Settings settings) {
    this.settings = settings;
  }

  Script() {
    this(Settings.PLAIN);
  }

  Plan plan() {
    return new Plan(settings, steps);
  }

  Script then(Step step) {
    steps.add(step);
    return this;
  }

  Script then(List<? extends Step> more) {
    steps.addAll(more);
    return this;
  }

  Script push(int count) {
    return pushTo(0, count);
  }

  Script pushTo(int partition, int count) {
    for (int i = 0; i < count; i++) {
      then(new Step.Push(partition, false));
    }
    return this;
  }

  Script pushAgain(int k) {
    return then(new Step.PushAgain(0, k));
  }

  Script pushAll(int count) {
    return then(new Step.PushAll(0, count, false));
  }

  Script pull(int max) {
    return pullBy(0, max);
  }

  Script pullBy(int puller, int max) {
    return then(new Step.Pull(0, puller, max));
  }

  Script pullFrom(int partition, int max) {
    return then(new Step.Pull(partition, 0, max));
  }

  /** Settles the {@code k}-th delivery of the plan, whatever became of it. */
  Script settle(Verb verb, int k) {
    return then(new Step.Settle(verb, k, Among.ALL));
  }

  Script ack(int k) {
    return settle(Verb.ACK, k);
  }

  Script nak(int k) {
    return settle(Verb.NAK, k);
  }

  Script nakLater(int k, int ticks) {
    return then(new Step.NakLater(ticks, k, Among.ALL));
  }

  Script extend(int k) {
    return settle(Verb.EXTEND, k);
  }

  /** Lets exactly so much time pass. */
  Script advance(int ticks) {
    return then(new Step.Advance(ticks, Edge.EXACTLY));
  }

  /** Lets so much time pass that what is due after it cannot have happened yet. */
  Script advanceUpTo(int ticks) {
    return then(new Step.Advance(ticks, Edge.BEFORE));
  }

  /** Lets so much time pass that what is due after it must have happened. */
  Script advancePast(int ticks) {
    return then(new Step.Advance(ticks, Edge.AFTER));
  }

  /** Lets every lease of this moment run out. */
  Script expire() {
    return advancePast(settings.leaseTicks());
  }
}
