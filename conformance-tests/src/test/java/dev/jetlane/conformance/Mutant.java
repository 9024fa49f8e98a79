package dev.jetlane.conformance;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainLane;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A queue with one fault, and the rule that must find it.
 *
 * @param fault what is wrong with it
 * @param rule the id of the rule that it breaks
 * @param harness runs it
 */
record Mutant(String fault, String rule, Supplier<Harness> harness) {

  static Mutant ofLane(String rule, String fault, Function<QueueConfig, PlainLane> lanes) {
    return new Mutant(fault, rule, () -> new PlainHarness(lanes));
  }

  @Override
  public String toString() {
    return rule + ": " + fault;
  }
}
