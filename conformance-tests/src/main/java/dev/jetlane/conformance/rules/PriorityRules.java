// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.DRIFT_DETECTION;
import static dev.jetlane.conformance.harness.Capability.OLDEST_AGE;
import static dev.jetlane.conformance.harness.Capability.OUTSTANDING_LIMIT;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Rules of tasks with priorities. */
public interface PriorityRules extends Rules {

  Settings THREE = Settings.UNHURRIED.withPriorities(3, 0);

  @Property
  @Requires(PRIORITIES)
  @Label(
      "PRIO-1 A pull MUST return tasks of a higher priority first, and tasks of one priority "
          + "in the order of the pushes")
  default void highestComesFirst(
      @ForAll @Size(min = 2, max = 12) List<@IntRange(min = 0, max = 2) Integer> priorities,
      @ForAll @IntRange(min = 1, max = 5) int size)
      throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              List<Task> tasks = new ArrayList<>();
              for (int priority : priorities) {
                tasks.add(task("task-" + tasks.size(), priority));
              }
              scene.partition.pushAll(tasks).requireAllStored();
              List<String> expected =
                  tasks.stream()
                      .sorted(Comparator.comparing(Task::priority).reversed())
                      .map(Task::id)
                      .toList();
              List<String> ids = pulled(scene, size, tasks.size());
              rules()
                  .require(
                      ids.equals(expected),
                      () -> priorities + " were received as " + ids + ", expected " + expected);
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label("PRIO-16 A delivery MUST carry the priority of its push, each time")
  default void carriesItsPriority(@ForAll @IntRange(min = 0, max = 2) int priority)
      throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              scene.partition.push(task("task", priority));
              Delivery first = scene.pullPatiently(1).get(0);
              first.nak();
              Delivery second = scene.pullPatiently(1).get(0);
              rules()
                  .require(
                      first.priority() == priority && second.priority() == priority,
                      () ->
                          "pushed with "
                              + priority
                              + ", delivered with "
                              + first.priority()
                              + " and "
                              + second.priority());
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label("PRIO-2 A priority without a task MUST NOT delay a pull")
  default void emptyPriorityDoesNotDelay(@ForAll @IntRange(min = 0, max = 9) int priority)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(Limits.MAX_PRIORITIES, 0),
            scene -> {
              scene.partition.push(task("task", priority));
              shown(scene);
              Puller puller = scene.puller();
              long start = scene.harness.nowNanos();
              List<Delivery> got =
                  Background.start(() -> puller.pull(1, scene.ticks(400))).result();
              long waited = scene.harness.nowNanos() - start;
              rules()
                  .require(
                      got.size() == 1 && waited < scene.ticks(200).toNanos(),
                      () -> "a pull of the available tasks returned " + got + " after " + waited);
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label("PRIO-3 The first task of any priority MUST wake a waiting pull")
  default void anyPriorityWakes(@ForAll @IntRange(min = 0, max = 2) int priority) throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              Background<List<Delivery>> pull = scene.waitingPull(1);
              scene.partition.push(task("task", priority));
              List<String> ids = Scene.ids(pull.result());
              rules().require(ids.equals(List.of("task")), () -> "delivered: " + ids);
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label("PRIO-4 A redelivery MUST keep its priority and come before new tasks of that priority")
  default void redeliveryKeepsPriority(@ForAll boolean expires) throws Exception {
    rules()
        .with(
            THREE.withLeaseTicks(10),
            scene -> {
              scene.partition.push(task("again", 1));
              Delivery held = scene.take(scene.puller(), 1).get(0);
              scene.partition.push(task("low", 0));
              scene.partition.push(task("new", 1));
              scene.partition.push(task("high", 2));
              if (expires) {
                scene.advancePast(10);
              } else {
                held.nak();
              }
              List<String> ids = pulled(scene, 4, 4);
              rules()
                  .require(
                      ids.equals(List.of("high", "again", "new", "low")), () -> "received " + ids);
            });
  }

  @Example
  @Requires({PRIORITIES, DEAD_LETTERS})
  @Label("PRIO-5 A redriven task MUST keep its priority")
  default void redriveKeepsPriority() throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              scene.partition.push(task("redriven", 1));
              scene.take(scene.puller(), 1).get(0).deadLetter("no");
              scene.partition.push(task("low", 0));
              scene.partition.push(task("high", 2));
              int redriven = scene.partition.deadLetters().redriveOldest(5);
              List<String> ids = pulled(scene, 3, 3);
              rules()
                  .require(
                      redriven == 1 && ids.equals(List.of("high", "redriven", "low")),
                      () -> redriven + " redriven, received " + ids);
            });
  }

  @Property
  @Requires({PRIORITIES, DELAY})
  @Label(
      "PRIO-6 A delayed task MUST have its priority when it becomes due, and it MUST be "
          + "possible to cancel it before")
  default void delayKeepsPriority(@ForAll @IntRange(min = 1, max = 4) int ticks) throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              scene.partition.push(task("due", 1).withDelay(scene.ticks(ticks)));
              scene.partition.push(task("off", 2).withDelay(scene.ticks(DelayRules.AGES)));
              scene.partition.push(task("low", 0));
              scene.partition.push(task("high", 2));
              boolean cancelled = scene.partition.cancel("off");
              scene.advancePast(ticks);
              scene.statsSoon(stats -> stats.delayed() == 0);
              List<String> ids = pulled(scene, 3, 3);
              rules()
                  .require(
                      cancelled && ids.equals(List.of("high", "due", "low")),
                      () -> "cancelled: " + cancelled + ", received " + ids);
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label(
      "PRIO-7 Every lowEvery-th task of a puller MUST come from the lower priorities in "
          + "turn, or in the usual order if the priority in turn is empty")
  default void lowerPrioritiesHaveAShare(
      @ForAll @IntRange(min = 2, max = 5) int every,
      @ForAll @IntRange(min = 1, max = 7) int size,
      @ForAll @Size(3) List<@IntRange(min = 0, max = 8) Integer> counts)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(3, every),
            scene -> {
              List<Task> tasks = new ArrayList<>();
              for (int priority = 0; priority < counts.size(); priority++) {
                for (int i = 0; i < counts.get(priority); i++) {
                  tasks.add(task(priority + "-" + i, priority));
                }
              }
              scene.partition.pushAll(tasks).requireAllStored();
              List<String> expected = shared(counts, every);
              List<String> ids = pulled(scene, size, tasks.size());
              rules()
                  .require(
                      ids.equals(expected),
                      () -> counts + " were received as " + ids + ", expected " + expected);
            });
  }

  @Property
  @Requires({PRIORITIES, DEDUP})
  @Label("PRIO-8 An id MUST identify one task, regardless of its priority")
  default void idIdentifiesOneTask(
      @ForAll @IntRange(min = 0, max = 2) int first, @ForAll boolean delayed) throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              int other = (first + 1) % 3;
              boolean stored = !scene.partition.push(task("task", first)).duplicate();
              Task again = task("task", other);
              boolean delays = delayed && scene.harness.capabilities().contains(DELAY);
              boolean duplicate =
                  scene
                      .partition
                      .push(delays ? again.withDelay(scene.ticks(1)) : again)
                      .duplicate();
              Stats stats = scene.stats(s -> s.ready() == 1);
              rules()
                  .require(
                      stored && duplicate && stats.ready() + stats.delayed() == 1,
                      () -> "duplicate: " + duplicate + ", stored is " + stats);
            });
  }

  @Example
  @Requires({PRIORITIES, CAPACITY})
  @Label(
      "PRIO-9 A priority that holds maxTasks tasks MUST refuse pushes, and MUST NOT take "
          + "room from other priorities")
  default void maxTasksIsPerPriority() throws Exception {
    rules()
        .with(
            THREE.withMaxTasks(2),
            scene -> {
              List<String> refused = new ArrayList<>();
              for (String id : List.of("0-a", "0-b", "0-c", "2-a", "2-b", "2-c", "1-a")) {
                try {
                  scene.partition.push(task(id, id.charAt(0) - '0'));
                } catch (QueueFullException e) {
                  refused.add(id);
                }
              }
              rules()
                  .require(refused.equals(List.of("0-c", "2-c")), () -> "refused were " + refused);
            });
  }

  @Example
  @Requires({PRIORITIES, OUTSTANDING_LIMIT})
  @Label(
      "PRIO-10 A priority with maxOutstanding outstanding tasks MUST hold back its own new "
          + "tasks and no others")
  default void maxOutstandingIsPerPriority() throws Exception {
    rules()
        .with(
            THREE.withMaxOutstanding(1).withLeaseTicks(400),
            scene -> {
              for (String id : List.of("2-a", "2-b", "1-a", "1-b", "0-a")) {
                scene.partition.push(task(id, id.charAt(0) - '0'));
              }
              shown(scene);
              Puller puller = scene.puller();
              Set<String> ids = new TreeSet<>(Scene.ids(scene.take(puller, 3)));
              List<String> more = Scene.ids(scene.pullNow(puller));
              rules()
                  .require(
                      ids.equals(Set.of("2-a", "1-a", "0-a")) && more.isEmpty(),
                      () -> "received " + ids + ", then " + more);
            });
  }

  @Example
  @Requires(PRIORITIES)
  @Label("PRIO-11 The statistics MUST count the tasks of all priorities")
  default void allAreCounted() throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              for (String id : List.of("2-a", "1-a", "0-a", "0-b", "1-b")) {
                scene.partition.push(task(id, id.charAt(0) - '0'));
              }
              shown(scene);
              Stats before = scene.stats(s -> s.ready() == 5);
              try (Puller puller = scene.puller()) {
                scene.take(puller, 2).get(1).nak();
                scene.take(puller, 2);
              }
              Stats after =
                  scene.stats(s -> s.ready() == 2 && s.outstanding() == 3 && s.redelivered() == 1);
              rules()
                  .require(
                      before.ready() == 5
                          && after.ready() == 2
                          && after.outstanding() == 3
                          && after.redelivered() == 1,
                      () -> before + ", then " + after);
            });
  }

  @Property
  @Requires({PRIORITIES, OLDEST_AGE})
  @Label("PRIO-12 The age of the oldest task MUST cover all priorities")
  default void oldestAgeCoversAllPriorities(@ForAll @IntRange(min = 0, max = 2) int priority)
      throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              scene.partition.push(task("old", priority));
              scene.advancePast(10);
              scene.partition.push(task("young", (priority + 1) % 3));
              long age = scene.partition.oldestAge().orElseThrow().toMillis();
              rules()
                  .require(
                      // Two clocks of one machine may differ slightly.
                      age >= scene.ticks(9).toMillis(),
                      () -> "a task of 10 ticks, the oldest has " + age + " ms");
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label(
      "PRIO-13 A push with a priority that the queue does not have MUST be refused and store "
          + "nothing")
  default void otherPrioritiesAreRefused(@ForAll @IntRange(min = 1, max = 4) int levels)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(levels, 0),
            scene -> {
              Task highest = task("highest", levels - 1);
              Task tooHigh = task("too high", levels);
              boolean refused = false;
              boolean batchRefused = false;
              try {
                scene.partition.push(tooHigh);
              } catch (InvalidInputException e) {
                refused = true;
              }
              try {
                scene.partition.pushAll(List.of(highest, tooHigh)).requireAllStored();
              } catch (InvalidInputException e) {
                batchRefused = true;
              }
              boolean both = refused && batchRefused;
              scene.partition.push(highest);
              Stats stats = scene.stats(s -> s.ready() == 1);
              rules()
                  .require(
                      both && stats.ready() == 1, () -> "refused: " + both + ", left " + stats);
            });
  }

  @Property
  @Requires({PRIORITIES, DRIFT_DETECTION})
  @Label(
      "PRIO-14 Opening a partition with a different number of priorities MUST throw "
          + "ConfigDriftException")
  default void otherNumberIsDrift(
      @ForAll @IntRange(min = 1, max = 4) int has, @ForAll @IntRange(min = 1, max = 3) int more)
      throws Exception {
    int wanted = (has + more - 1) % 4 + 1;
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(has, 0),
            scene -> {
              Object outcome;
              try (TaskQueue client = scene.harness.open(scene.config.withPriorities(wanted))) {
                outcome = wanted == has ? "the same" : client.partition("p0");
              } catch (ConfigDriftException e) {
                outcome = e;
              }
              Object got = outcome;
              rules()
                  .require(
                      wanted == has || got instanceof ConfigDriftException,
                      () -> "opened with " + wanted + " instead of " + has + ": " + got);
            });
  }

  @Property
  @Requires(PRIORITIES)
  @Label("PRIO-15 A puller of a queue with priorities MUST NOT lease tasks ahead")
  default void nothingIsLeasedAhead(@ForAll @IntRange(min = 0, max = 20) int prefetch)
      throws Exception {
    rules()
        .with(
            THREE,
            scene -> {
              for (int i = 0; i < 4; i++) {
                scene.partition.push(task("low-" + i, 0));
              }
              shown(scene);
              Puller puller = scene.partition.puller(PullOptions.defaults().withPrefetch(prefetch));
              List<String> first = Scene.ids(scene.take(puller, 1));
              scene.partition.push(task("high", 2));
              shown(scene);
              List<String> second = Scene.ids(scene.take(puller, 1));
              Stats stats = scene.stats(s -> s.outstanding() == 2);
              rules()
                  .require(
                      first.equals(List.of("low-0"))
                          && second.equals(List.of("high"))
                          && stats.outstanding() == 2,
                      () -> "received " + first + " and " + second + ", " + stats);
            });
  }

  private static Task task(String id, int priority) {
    return Task.of(id.replace(' ', '-'), "payload").withPriority(priority);
  }

  /**
   * Waits until pushed tasks are visible: on a server a task becomes visible to pulls shortly after
   * its push.
   */
  private static void shown(Scene scene) {
    scene.harness.advance(scene.harness.tolerance());
  }

  /** Returns the ids of the tasks that one puller receives in pulls of this size. */
  private static List<String> pulled(Scene scene, int size, int count) throws Exception {
    shown(scene);
    List<String> ids = new ArrayList<>();
    try (Puller puller = scene.puller()) {
      while (ids.size() < count) {
        List<Delivery> some = scene.take(puller, Math.min(size, count - ids.size()));
        if (some.isEmpty()) {
          return ids;
        }
        ids.addAll(Scene.ids(some));
        some.forEach(Delivery::ack);
      }
    }
    return ids;
  }

  /** Returns the order that PRIO-7 requires, computed task by task. */
  private static List<String> shared(List<Integer> counts, int every) {
    int[] taken = new int[counts.size()];
    int all = counts.stream().mapToInt(Integer::intValue).sum();
    List<String> ids = new ArrayList<>();
    for (int number = 1, turns = 0; number <= all; number++) {
      int from = counts.size() - 1;
      while (taken[from] == counts.get(from)) {
        from--;
      }
      if (number % every == 0) {
        int inTurn = turns++ % (counts.size() - 1);
        from = taken[inTurn] < counts.get(inTurn) ? inTurn : from;
      }
      ids.add(from + "-" + taken[from]++);
    }
    return ids;
  }
}
