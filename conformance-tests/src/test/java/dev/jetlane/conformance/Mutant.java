// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainTasks;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A queue with one fault, and the rule that finds it.
 *
 * @param fault the fault
 * @param rule the id of the rule that it breaks
 * @param harness runs it
 */
record Mutant(String fault, String rule, Supplier<Harness> harness) {

  /** A plain queue whose storage is broken. */
  static Mutant ofTasks(String rule, String fault, Function<QueueConfig, PlainTasks> creation) {
    return new Mutant(fault, rule, () -> new PlainHarness(creation));
  }

  /** The fake, behind a broken client. */
  static Mutant ofQueue(String rule, String fault, UnaryOperator<TaskQueue> breaking) {
    return new Mutant(fault, rule, () -> new BrokenHarness(breaking));
  }

  /** The fake, behind broken calls for operators. */
  static Mutant ofAdmin(String rule, String fault, UnaryOperator<PartitionAdmin> breaking) {
    return ofQueue(rule, fault, queue -> DelegatingAdmin.of(queue, breaking));
  }

  /** The fake, behind broken calls for its dead letters. */
  static Mutant ofLetters(String rule, String fault, UnaryOperator<DeadLetterAdmin> breaking) {
    return ofAdmin(rule, fault, BrokenLetters.of(breaking));
  }

  static Mutant ofPartition(String rule, String fault, UnaryOperator<Partition> breaking) {
    return new Mutant(fault, rule, () -> BrokenHarness.of(Layers.ofPartition(breaking)));
  }

  static Mutant ofPuller(String rule, String fault, UnaryOperator<Puller> breaking) {
    return new Mutant(fault, rule, () -> BrokenHarness.of(Layers.ofPuller(breaking)));
  }

  static Mutant ofDelivery(String rule, String fault, UnaryOperator<Delivery> breaking) {
    return new Mutant(fault, rule, () -> BrokenHarness.of(Layers.ofDelivery(breaking)));
  }

  /** The fake with broken calls of its listeners. */
  static Mutant ofListener(String rule, String fault, UnaryOperator<QueueListener> breaking) {
    return ofOpening(rule, fault, () -> BrokenEvents.telling(breaking));
  }

  /** The fake, with a broken wrapper that is created again for each plan. */
  static Mutant ofOpening(String rule, String fault, Supplier<BrokenHarness.Opening> opening) {
    return new Mutant(fault, rule, () -> new BrokenHarness(opening.get()));
  }

  @Override
  public String toString() {
    return rule + ": " + fault;
  }
}
