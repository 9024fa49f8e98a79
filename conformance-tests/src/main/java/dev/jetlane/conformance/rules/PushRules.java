// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.Delivery;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Rules;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rules of the guarantees of a confirmed push. */
public interface PushRules extends Rules {

  @Property
  @Label(
      "PUSH-1 A task whose push was confirmed MUST be delivered to a pull that has room "
          + "for it")
  default void isHandedOut(@ForAll("pushesAndPulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("PUSH-2 A delivery MUST carry the id, the payload and the headers of the push, each time")
  default void arrivesUnchanged(@ForAll("redeliveries") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("PUSH-3 A queue MUST NOT deliver a task that was not pushed")
  default void onlyPushedTasksAreDelivered(@ForAll("pushesAndPulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("PUSH-4 A batch push MUST report one outcome per task, in the order of the tasks")
  default void batchIsReported(@ForAll("batchPushes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "PART-1 A task MUST be delivered from the partition that it was pushed to, and "
          + "from no other")
  default void partitionsShareNothing(@ForAll("twoPartitions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("PUSH-6 Each delivery of a task MUST carry the time at which the task was stored")
  default void carriesItsTime(@ForAll @IntRange(min = 1, max = 5) int ticks) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.pushOne("first");
              scene.harness.advance(scene.ticks(ticks));
              scene.pushOne("second");
              List<Delivery> once = scene.pullPatiently(2);
              List<Instant> times = once.stream().map(Delivery::storedAt).toList();
              once.forEach(Delivery::nak);
              List<Delivery> again = scene.pullPatiently(2);
              boolean same = times.equals(again.stream().map(Delivery::storedAt).toList());
              Duration between = Duration.between(times.get(0), times.get(1));
              // The clock of the queue may run at a different speed from that of the harness.
              boolean later = between.compareTo(scene.ticks(ticks).dividedBy(2)) > 0;
              rules()
                  .require(
                      same && later,
                      () -> ticks + " ticks apart: " + times + ", then again: " + again);
            });
  }

  @Provide
  default Arbitrary<Batch> pushesAndPulls() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 6), integers().between(1, 7))
                .as(
                    (tasks, max) ->
                        new Script().push(tasks).advancePast(0).pull(max).pull(max).plan()));
  }

  @Provide
  default Arbitrary<Batch> redeliveries() {
    return rules()
        .batches(
            integers()
                .between(1, 3)
                .map(tasks -> new Script().push(tasks).pull(9).nak(0).pull(9).expire().plan()));
  }

  @Provide
  default Arbitrary<Batch> batchPushes() {
    return rules()
        .batches(
            Combinators.combine(integers().between(0, 20), integers().between(0, 1))
                .as(
                    (count, repeat) ->
                        new Script()
                            .then(new Step.PushAll(0, count, repeat == 1))
                            .pull(9)
                            .settle(Verb.ACK_ASYNC, 0)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> twoPartitions() {
    return rules()
        .batches(
            Combinators.combine(integers().between(0, 3), integers().between(0, 3))
                .as(
                    (here, there) ->
                        new Script(Settings.PLAIN.with(2, 1, 1))
                            .push(here)
                            .pushTo(1, there + 1)
                            .pullFrom(0, 9)
                            .pullFrom(1, 9)
                            .nak(0)
                            .pullFrom(1, 9)
                            .pullFrom(0, 9)
                            .plan()));
  }
}
