// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ATOMIC_PUSH;
import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.FAULTS;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;
import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of pushes that store all of their tasks or none. */
public interface AtomicRules extends Rules {

  @Property
  @Requires(ATOMIC_PUSH)
  @Label(
      "ATOMIC-1 An atomic push MUST store all of its tasks, in the order of the list, with a receipt for each")
  default void storesAll(@ForAll("atomicPushes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Example
  @Requires({ATOMIC_PUSH, CAPACITY})
  @Label(
      "ATOMIC-2 An atomic push that does not fit MUST be refused with QueueFullException, store nothing and remember no id")
  default void storesNothing() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(4),
            scene -> {
              scene.push(1);
              boolean refused = isFull(() -> pushed(scene.partition, "a", "b", "c", "d"));
              Stats after = scene.stats(new Stats(1, 0, 0)::equals);
              List<Boolean> duplicates = pushed(scene.partition, "b", "c", "d");
              boolean refusedAgain = isFull(() -> pushed(scene.partition, "a"));
              List<String> got = Scene.ids(scene.pullWithin(4));
              rules()
                  .require(
                      refused
                          && refusedAgain
                          && after.ready() == 1
                          && duplicates.equals(List.of(false, false, false))
                          && got.equals(List.of("task-0", "b", "c", "d")),
                      () ->
                          "four into three places: refused %s, then %s; three: duplicates %s; one more refused: %s; then received %s"
                              .formatted(refused, after, duplicates, refusedAgain, got));
            });
  }

  @Example
  @Requires({ATOMIC_PUSH, DEDUP})
  @Label("ATOMIC-3 An atomic push MUST report a known id as a duplicate and store the other tasks")
  default void knownAreDuplicates() throws Exception {
    rules()
        .with(
            scene -> {
              scene.pushOne("b");
              List<Boolean> first = pushed(scene.partition, "a", "b", "c", "a");
              List<Boolean> second = pushed(scene.partition, "a", "b", "c");
              List<String> got = allIds(scene, 3);
              rules()
                  .require(
                      first.equals(List.of(false, true, false, true))
                          && second.equals(List.of(true, true, true))
                          && got.equals(List.of("b", "a", "c")),
                      () ->
                          "duplicates were %s, again %s; then received %s"
                              .formatted(first, second, got));
            });
  }

  @Example
  @Requires({ATOMIC_PUSH, FAULTS})
  @Label(
      "ATOMIC-4 An atomic push whose request or confirmation is lost MUST report an unknown "
          + "outcome, and a repeated one MUST store each task once")
  default void unknownIsRepeated() throws Exception {
    rules()
        .withEach(
            Settings.UNHURRIED,
            List.of(
                scene -> pushesAgain(scene, Harm.REQUEST_LOST),
                scene -> pushesAgain(scene, Harm.CONFIRMATION_LOST)));
  }

  private void pushesAgain(Scene scene, Harm harm) throws InterruptedException {
    if (!rules().can(scene, Exchange.PUSH, harm)) {
      return;
    }
    Partition partition = scene.partition;
    scene.harness.faults().next(Exchange.PUSH, harm);
    boolean unknown = isUnknown(() -> pushed(partition, "a", "b", "c"));
    scene.harness.faults().disarm();
    List<Boolean> again = pushed(partition, "a", "b", "c");
    List<String> got = allIds(scene, 3);
    boolean stored = harm == Harm.CONFIRMATION_LOST;
    rules()
        .require(
            unknown
                && again.equals(List.of(stored, stored, stored))
                && got.equals(List.of("a", "b", "c")),
            () ->
                "[%s] unknown: %s; again: duplicates %s; then received %s"
                    .formatted(harm, unknown, again, got));
  }

  @Example
  @Requires({ATOMIC_PUSH, DELAY, PRIORITIES, CAPACITY})
  @Label(
      "ATOMIC-5 An atomic push MUST keep the delays and priorities of its tasks, and MUST "
          + "count its delayed tasks against maxTasks")
  default void keepsDelaysAndPriorities() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(3).withPriorities(2, 0),
            scene -> {
              Task low = Task.of("low", "");
              Task high = Task.of("high", "").withPriority(1);
              Task later = Task.of("later", "").withDelay(scene.ticks(40));
              List<Boolean> stored = pushed(scene.partition, List.of(low, later, high));
              Stats before = scene.stats(new Stats(2, 0, 0, 1, 0)::equals);
              List<Boolean> again = pushed(scene.partition, List.of(low, later, high));
              Task second = Task.of("second", "").withDelay(scene.ticks(500));
              Task third = Task.of("third", "").withDelay(scene.ticks(500));
              boolean refused = isFull(() -> pushed(scene.partition, List.of(second, third)));
              List<String> got = new ArrayList<>(Scene.ids(scene.pullWithin(2)));
              scene.advancePast(40);
              got.addAll(Scene.ids(scene.pullSoon(1)));
              Stats after = scene.stats(new Stats(0, 3, 0, 0, 0)::equals);
              rules()
                  .require(
                      stored.equals(List.of(false, false, false))
                          && again.equals(List.of(true, true, true))
                          && before.delayed() == 1
                          && refused
                          && after.delayed() == 0
                          && got.equals(List.of("high", "low", "later")),
                      () ->
                          "duplicates were %s, again %s, with %s; refused: %s, with %s; then received %s"
                              .formatted(stored, again, before, refused, after, got));
            });
  }

  @Example
  @Requires(ATOMIC_PUSH)
  @Label(
      "ATOMIC-6 An atomic push of the maximum number of tasks MUST be stored, and one above "
          + "the limit of tasks or bytes MUST be refused as invalid and store nothing")
  default void hasLimits() throws Exception {
    rules()
        .with(
            scene -> {
              List<Task> most =
                  IntStream.range(0, Limits.MAX_ATOMIC_PUSH)
                      .mapToObj(i -> Task.of("task-" + i, "x"))
                      .toList();
              List<Task> more = new ArrayList<>(most);
              more.add(Task.of("one-more", ""));
              byte[] half = new byte[Limits.MAX_ATOMIC_PUSH_BYTES / 16 + 1];
              List<Task> large =
                  IntStream.range(0, 16).mapToObj(i -> Task.of("large-" + i, half)).toList();
              boolean many = isInvalid(() -> pushed(scene.partition, more));
              boolean much = isInvalid(() -> pushed(scene.partition, large));
              boolean nothing = pushed(scene.partition, List.of()).isEmpty();
              boolean fresh = !pushed(scene.partition, most).contains(true);
              Stats stats = scene.stats(new Stats(Limits.MAX_ATOMIC_PUSH, 0, 0)::equals);
              rules()
                  .require(
                      many && much && nothing && fresh && stats.ready() == Limits.MAX_ATOMIC_PUSH,
                      () ->
                          "refused many %s, much %s, stored nothing %s, the most %s, then %s"
                              .formatted(many, much, nothing, fresh, stats));
            });
  }

  /** Pulls at least this number of tasks and returns their ids. */
  private static List<String> allIds(Scene scene, int count) throws InterruptedException {
    List<Delivery> all = new ArrayList<>(scene.pullWithin(count));
    all.addAll(scene.pullNow());
    return Scene.ids(all);
  }

  private static List<Boolean> pushed(Partition partition, String... ids) {
    return pushed(partition, List.of(ids).stream().map(id -> Task.of(id, "of " + id)).toList());
  }

  private static List<Boolean> pushed(Partition partition, List<Task> tasks) {
    return partition.pushAtomically(tasks).stream().map(PushReceipt::duplicate).toList();
  }

  private static boolean isFull(Runnable push) {
    try {
      push.run();
      return false;
    } catch (QueueFullException e) {
      return true;
    }
  }

  private static boolean isUnknown(Runnable push) {
    try {
      push.run();
      return false;
    } catch (OutcomeUnknownException e) {
      return true;
    }
  }

  private static boolean isInvalid(Runnable push) {
    try {
      push.run();
      return false;
    } catch (InvalidInputException e) {
      return true;
    }
  }

  @Provide
  default Arbitrary<Batch> atomicPushes() {
    return rules()
        .batches(
            Combinators.combine(
                    integers().between(0, 20),
                    Arbitraries.of(false, true),
                    integers().between(0, 2))
                .as(
                    (count, repeat, before) ->
                        new Script()
                            .push(before)
                            .then(new Step.PushAtomically(0, count, repeat))
                            .pull(30)
                            .plan()));
  }
}
