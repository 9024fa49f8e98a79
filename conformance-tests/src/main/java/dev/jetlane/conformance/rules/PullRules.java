// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Rules;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of the tasks that a pull returns, their order, and their attempts. */
public interface PullRules extends Rules {

  @Property
  @Label("PULL-1 A pull MUST NOT return more tasks than it was asked for")
  default void returnsAtMostTheNumberAskedFor(@ForAll("pulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("PULL-2 A pull MUST return all available tasks, up to the number that it asked for")
  default void returnsAllAvailable(@ForAll("pulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("PULL-3 A pull from an empty partition MUST return an empty list")
  default void emptyIsEmpty(@ForAll("emptyPulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property(tries = 20)
  @Label(
      "PULL-16 A pull MUST take as many tasks as fit into its limit of bytes, and at "
          + "least one")
  default void fitsTheByteLimit(@ForAll("kilobytes") List<Integer> sizes) throws Exception {
    rules()
        .with(
            scene -> {
              for (int i = 0; i < sizes.size(); i++) {
                scene.partition.push(Task.of("task-" + i, new byte[1_000 * sizes.get(i)]));
              }
              Stats unused = scene.stats(stats -> stats.ready() == sizes.size());
              PullOptions bounded = PullOptions.defaults().withMaxBytes(10_600);
              try (Puller puller = scene.partition.puller(bounded)) {
                for (int next = 0; next < sizes.size(); ) {
                  int first = next;
                  int left = 10;
                  do {
                    left -= sizes.get(next++);
                  } while (next < sizes.size() && sizes.get(next) <= left);
                  List<Delivery> got = puller.pull(sizes.size(), Duration.ZERO);
                  int expected = next - first;
                  rules()
                      .require(
                          got.size() == expected && got.get(0).taskId().equals("task-" + first),
                          () -> "a pull took " + got.size() + " tasks instead of " + expected);
                  got.forEach(Delivery::ack);
                }
              }
            });
  }

  /**
   * Payload sizes for pulls of few tasks. The extra bytes that a server counts do not matter then.
   */
  @Provide
  default Arbitrary<List<Integer>> kilobytes() {
    return integers().between(3, 15).list().ofMinSize(1).ofMaxSize(8);
  }

  @Property
  @Label("ORDER-1 First deliveries MUST come in the order of the pushes")
  default void firstInFirstOut(@ForAll("pulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("ORDER-2 A redelivery MUST come before any new task")
  default void redeliveriesComeFirst(@ForAll("mixedReturns") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("ORDER-3 Tasks MUST be redelivered in the order of their naks")
  default void naksKeepTheirOrder(@ForAll("shuffledNaks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "ORDER-4 Tasks with expired leases MUST be redelivered in the order in which the leases "
          + "ended")
  default void expiredComeInOrder(@ForAll("spacedExtensions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "ORDER-5 Tasks under delayed naks MUST be redelivered in the order in which they "
          + "become due")
  default void delayedComeInOrder(@ForAll("delayedNaks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "ORDER-6 Redeliveries after naks and after expired leases MUST come in one order, by "
          + "the time of the nak or the expiry")
  default void redeliveriesHaveOneOrder(@ForAll("nakThenExpiry") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("ATTEMPT-1 The first delivery MUST be attempt 1")
  default void startsAtOne(@ForAll("pulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("ATTEMPT-2 A delivery after a nak, delayed or not, MUST be one attempt higher")
  default void nakCounts(@ForAll("mixedReturns") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("ATTEMPT-3 A delivery after an expired lease MUST be one attempt higher")
  default void expiryCounts(@ForAll("expiries") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "ATTEMPT-4 The delivery after an expired lease MUST be one attempt higher, regardless "
          + "of the time that the task waits for a pull")
  default void waitingDoesNotCount(@ForAll("unservedExpiries") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> pulls() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 8), integers().between(1, 4))
                .as(
                    (tasks, max) ->
                        new Script(Settings.PLAIN.with(1, 2, 1))
                            .push(tasks)
                            .advancePast(0)
                            .pull(max)
                            .pullBy(1, max)
                            .ack(0)
                            .pull(max)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> emptyPulls() {
    return rules()
        .batches(
            integers()
                .between(1, 5)
                .map(max -> new Script().pull(max).push(1).pull(max).ack(0).pull(max).plan()));
  }

  @Provide
  default Arbitrary<Batch> mixedReturns() {
    return rules()
        .batches(
            Combinators.combine(
                    integers().between(1, 4), integers().between(1, 3), integers().between(0, 1))
                .as(
                    (tasks, fresh, later) -> {
                      Script script = new Script().push(tasks + fresh).pull(tasks);
                      for (int i = 0; i < tasks; i++) {
                        script.nakLater(i, (i + later) % 2 * 3);
                      }
                      return script.advancePast(3).pull(tasks + fresh).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> shuffledNaks() {
    return rules()
        .batches(
            Arbitraries.shuffle(0, 1, 2, 3)
                .map(
                    order -> {
                      Script script = new Script().push(6).pull(4);
                      order.forEach(script::nak);
                      return script.pull(2).pull(4).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> spacedExtensions() {
    return rules()
        .batches(
            Arbitraries.shuffle(0, 1, 2)
                .map(
                    order -> {
                      Script script = new Script().push(3).pull(3);
                      order.forEach(k -> script.advancePast(1).extend(k));
                      return script.expire().pull(9).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> delayedNaks() {
    return rules()
        .batches(
            Arbitraries.shuffle(1, 8, 15)
                .map(
                    delays ->
                        new Script()
                            .push(4)
                            .pull(3)
                            .nakLater(0, delays.get(0))
                            .nakLater(1, delays.get(1))
                            .nakLater(2, delays.get(2))
                            .advancePast(15)
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> nakThenExpiry() {
    return rules()
        .batches(
            Arbitraries.of(0, 1)
                .map(k -> new Script().push(3).pull(2).advance(1).nak(k).expire().pull(9).plan()));
  }

  @Provide
  default Arbitrary<Batch> expiries() {
    return rules()
        .batches(
            integers()
                .between(1, 3)
                .map(tasks -> new Script().push(tasks).pull(9).expire().pull(9).plan()));
  }

  @Provide
  default Arbitrary<Batch> unservedExpiries() {
    return rules()
        .batches(
            integers()
                .between(21, 25)
                .map(
                    ticks ->
                        new Script()
                            .push(1)
                            .pull(9)
                            .advancePast(ticks)
                            .advancePast(0)
                            .pull(9)
                            .then(new Step.Settle(Verb.ACK, 0, Among.OPEN))
                            .plan()));
  }
}
