// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ADMIN;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.OLDEST_AGE;

import dev.jetlane.Delivery;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.RandomPlans;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rules of the statistics, after each step of any plan and at its end. */
public interface StatsRules extends Rules {

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Label("STATS-1 The count of ready tasks MUST be exact after every step")
  default void readyIsExact(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Label("STATS-2 The count of outstanding tasks MUST be exact after every step")
  default void outstandingIsExact(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Label(
      "STATS-4 Under any interleaving every pushed task MUST end exactly once, acked or as a "
          + "dead letter")
  default void nothingIsLost(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DELAY)
  @Label(
      "STATS-5 The count of delayed tasks MUST be exact, and a task MUST NOT be counted " + "twice")
  default void delayedIsExact(
      @ForAll @IntRange(min = 1, max = 4) int count, @ForAll @IntRange(min = 0, max = 1) int due)
      throws Exception {
    rules()
        .with(
            scene -> {
              for (int i = 0; i < count; i++) {
                Duration delay = scene.ticks(i < due ? 2 : DelayRules.AGES);
                scene.partition.push(Task.of("task-" + i, "").withDelay(delay));
              }
              scene.advancePast(2);
              Stats wanted = new Stats(due, 0, 0, count - due, 0);
              Stats stats = scene.statsSoon(wanted::equals);
              rules().require(stats.equals(wanted), () -> stats + ", not " + wanted);
              scene.partition.cancel("task-" + (count - 1));
              Stats left = new Stats(due, 0, 0, Math.max(0, count - due - 1), 0);
              Stats after = scene.statsSoon(left::equals);
              rules().require(after.equals(left), () -> after + ", not " + left);
            });
  }

  @Property
  @Label(
      "STATS-6 Outstanding tasks that were delivered more than once MUST be counted, "
          + "regardless of the cause of the redelivery")
  default void redeliveredIsExact(@ForAll boolean expired) throws Exception {
    // A lease that should expire is short. Other leases must not expire, even on the slowest
    // machine.
    Settings settings = Settings.PLAIN.withLeaseTicks(expired ? 40 : DelayRules.AGES);
    rules()
        .with(
            settings,
            scene -> {
              scene.push(3);
              List<Delivery> first = scene.pullSoon(3);
              redelivered(scene, 0);
              if (expired) {
                scene.advancePast(settings.leaseTicks());
              } else {
                first.get(0).nak();
              }
              redelivered(scene, 0);
              int count = expired ? 3 : 1;
              List<Delivery> again = scene.pullSoon(count);
              redelivered(scene, count);
              again.get(0).ack();
              redelivered(scene, count - 1);
            });
  }

  private void redelivered(Scene scene, int count) {
    Stats stats = scene.stats(s -> s.redelivered() == count);
    rules().require(stats.redelivered() == count, () -> stats + ", not " + count + " redelivered");
  }

  @Property
  @Requires(OLDEST_AGE)
  @Label("STATS-7 The oldest age MUST be the age of the oldest task that is ready or outstanding")
  default void oldestAgeIsExact(@ForAll @IntRange(min = 1, max = 5) int ticks) throws Exception {
    rules()
        .with(
            scene -> {
              rules()
                  .require(
                      scene.partition.oldestAge().isEmpty(), () -> "an empty partition has an age");
              long before = scene.harness.nowNanos();
              scene.partition.push(Task.of("old", ""));
              long after = scene.harness.nowNanos();
              scene.harness.advance(scene.ticks(ticks));
              ages(scene, before, after);
              before = scene.harness.nowNanos();
              scene.partition.push(Task.of("young", ""));
              after = scene.harness.nowNanos();
              scene.pullSoon(2).get(0).ack();
              scene.harness.advance(scene.ticks(1));
              ages(scene, before, after);
            });
  }

  @Example
  @Requires({OLDEST_AGE, DELAY})
  @Label("STATS-9 The age of a delayed task MUST count from its due time")
  default void ageCountsFromTheDueTime() throws Exception {
    rules()
        .with(
            scene -> {
              long pushed = scene.harness.nowNanos();
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(40)));
              scene.advancePast(45);
              scene.statsSoon(stats -> stats.ready() == 1);
              Duration age = scene.partition.oldestAge().orElseThrow();
              Duration most =
                  Duration.ofNanos(scene.harness.nowNanos() - pushed)
                      .minus(scene.ticks(40))
                      .plus(scene.harness.tolerance());
              rules()
                  .require(
                      age.compareTo(most) <= 0,
                      () -> "its age is " + age + ", at most " + most + " after its due time");
            });
  }

  @Property
  @Requires(DELAY)
  @Label("STATS-8 A task that becomes due MUST be in one of the counts at each moment")
  default void dueTasksAreCounted(@ForAll @IntRange(min = 1, max = 200) int count)
      throws Exception {
    rules()
        .with(
            scene -> {
              List<Task> tasks = new ArrayList<>();
              for (int i = 0; i < count; i++) {
                tasks.add(Task.of("task-" + i, "").withDelay(scene.ticks(2).plusMillis(i)));
              }
              scene.partition.pushAll(tasks).requireAllStored();
              long since = scene.harness.nowNanos();
              Stats stats;
              do {
                scene.harness.advance(Duration.ofMillis(1));
                stats = scene.partition.stats();
                Stats seen = stats;
                rules()
                    .require(
                        seen.backlog() + seen.delayed() >= count,
                        () -> seen + " of " + count + " tasks that become due");
              } while (stats.ready() < count && scene.goOn(since, 6));
              Stats last = stats;
              rules().require(last.ready() >= count, () -> last + ", not " + count + " ready");
            });
  }

  @Example
  @Requires({ADMIN, OLDEST_AGE})
  @Label(
      "STATS-10 The oldest age of a deleted partition MUST be empty, and a request for it MUST NOT "
          + "create the partition")
  default void deletedHasNoAge() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              scene.queue.admin().partition("p0").deleteWithTasks();
              Optional<Duration> age = scene.partition.oldestAge();
              List<PartitionSummary> left = scene.queue.admin().partitions();
              rules()
                  .require(
                      age.isEmpty() && left.isEmpty(), () -> "age " + age + ", left are " + left);
            });
  }

  /** Checks the oldest age, for a task that was stored between these moments. */
  private void ages(Scene scene, long before, long after) {
    long tolerance = scene.harness.tolerance().toNanos();
    long atLeast = scene.harness.nowNanos() - after - tolerance;
    long age = scene.partition.oldestAge().map(Duration::toNanos).orElse(-1L);
    long atMost = scene.harness.nowNanos() - before + tolerance;
    rules()
        .require(
            atLeast <= age && age <= atMost,
            () -> "the oldest is " + age + " ns old, not " + atLeast + " to " + atMost);
  }

  @Provide
  default Arbitrary<Batch> anything() {
    Arbitrary<Plan> plans = rules().isWide() ? RandomPlans.any(40) : RandomPlans.undisturbed(40);
    // Without a stored task the plan would test nothing.
    return rules().batches(plans.map(plan -> plan.after(new Step.Push(0, false))));
  }
}
