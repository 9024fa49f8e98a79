// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ATOMIC_PUSH;
import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of tasks with a delay. */
public interface DelayRules extends Rules {

  /** Longer than any plan takes in real time. */
  int AGES = 20_000;

  @Property
  @Requires(DELAY)
  @Label("DELAY-1 A task pushed with a delay MUST NOT be delivered before the delay ends")
  default void isNeverEarly(@ForAll @IntRange(min = 1, max = 8) int ticks) throws Exception {
    rules()
        .with(
            scene -> {
              long pushed = scene.harness.nowNanos();
              scene.partition.push(later("task", scene.ticks(ticks)));
              try (Puller puller = scene.puller()) {
                List<Delivery> got = scene.pullNow(puller);
                while (got.isEmpty() && scene.goOn(pushed, ticks + 1)) {
                  scene.harness.advance(scene.harness.tick());
                  got = scene.pullNow(puller);
                }
                Duration after = Duration.ofNanos(scene.harness.nowNanos() - pushed);
                rules()
                    .require(
                        got.size() == 1 && after.compareTo(scene.ticks(ticks)) >= 0,
                        () -> "due after " + scene.ticks(ticks) + ", last pull after " + after);
              }
            });
  }

  @Example
  @Requires(DELAY)
  @Label(
      "DELAY-14 A task pushed with an instant MUST NOT be delivered before that instant, and "
          + "MUST be delivered immediately if the instant has passed")
  default void comesAtAnInstant() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.pushOne("first");
              try (Puller puller = scene.puller()) {
                Instant now = scene.take(puller, 1).get(0).storedAt();
                Instant due = now.plus(scene.ticks(20));
                scene.partition.push(Task.of("passed", "").withDelayUntil(now.minusSeconds(60)));
                scene.partition.push(Task.of("later", "").withDelayUntil(due));
                List<Delivery> early = scene.take(puller, 1);
                scene.advancePast(20);
                List<Delivery> late = scene.take(puller, 1);
                rules()
                    .require(
                        Scene.ids(early).equals(List.of("passed"))
                            && Scene.ids(late).equals(List.of("later"))
                            && !late.get(0).storedAt().isBefore(due.minus(scene.ticks(1))),
                        () -> "received " + early + ", then " + late + ", due " + due);
              }
            });
  }

  @Property
  @Requires(DELAY)
  @Label(
      "DELAY-2 A task pushed with a delay MUST be delivered after the delay, also to a "
          + "waiting pull")
  default void comesWhenDue(@ForAll @IntRange(min = 1, max = 6) int ticks, @ForAll boolean waiting)
      throws Exception {
    rules()
        .with(
            scene -> {
              scene.partition.push(later("task", scene.ticks(ticks)));
              List<Delivery> got;
              if (waiting) {
                Background<List<Delivery>> pull = scene.waitingPull(5);
                scene.advancePast(ticks);
                got = pull.result();
              } else {
                scene.advancePast(ticks);
                got = scene.pullSoon(1);
              }
              rules()
                  .require(got.size() == 1, () -> "due after " + ticks + " ticks, received " + got);
            });
  }

  @Property
  @Requires(DELAY)
  @Label(
      "DELAY-3 A delayed task MUST arrive unchanged, and becoming due MUST NOT count as an attempt")
  default void arrivesUnchanged(@ForAll @IntRange(min = 1, max = 4) int ticks) throws Exception {
    rules()
        .with(
            scene -> {
              Map<String, String> headers = Map.of("name", "value", "other", "");
              scene.partition.push(
                  Task.of("an/odd.id>*", "payload")
                      .withHeaders(headers)
                      .withDelay(scene.ticks(ticks)));
              scene.advancePast(ticks);
              Delivery got = scene.pullSoon(1).get(0);
              rules()
                  .require(
                      got.taskId().equals("an/odd.id>*")
                          && new String(got.payload(), UTF_8).equals("payload")
                          && got.headers().equals(headers)
                          && got.attempt() == 1,
                      () ->
                          got.taskId()
                              + " "
                              + got.headers()
                              + " was delivered as attempt "
                              + got.attempt());
              got.nak();
              rules()
                  .require(
                      scene.pullSoon(1).get(0).attempt() == 2,
                      () -> "the second delivery has another attempt than 2");
            });
  }

  @Example
  @Requires(DELAY)
  @Label(
      "DELAY-4 Due tasks MUST come in the order of their due times, after the tasks that "
          + "were ready before")
  default void comesInOrder() throws Exception {
    rules()
        .with(
            scene -> {
              // Far enough apart: tasks that are due at nearly the same time may come in any order.
              Duration gap = scene.ticks(10).plus(scene.harness.tolerance());
              scene.partition.push(later("third", gap.multipliedBy(3)));
              scene.partition.push(later("first", gap));
              scene.partition.push(later("second", gap.multipliedBy(2)));
              scene.partition.push(Task.of("ready", ""));
              scene.harness.advance(gap.multipliedBy(3));
              scene.statsSoon(stats -> stats.delayed() == 0);
              scene.partition.push(Task.of("new", ""));
              List<String> ids = Scene.ids(scene.pullSoon(5));
              rules()
                  .require(
                      ids.equals(List.of("ready", "first", "second", "third", "new")),
                      () -> "received in the order " + ids);
            });
  }

  @Property
  @Requires(DELAY)
  @Label(
      "DELAY-5 A cancellation MUST remove and report a task that is not due, MUST NOT affect "
          + "a due task, and MUST NOT succeed twice")
  default void cancelRemoves(@ForAll @IntRange(min = 1, max = 3) int ticks) throws Exception {
    rules()
        .with(
            scene -> {
              scene.partition.push(later("due", scene.ticks(ticks)));
              scene.partition.push(Task.of("ready", ""));
              scene.partition.push(later("cancelled", scene.ticks(AGES)));
              List<Boolean> removed =
                  List.of(
                      scene.partition.cancel("cancelled"),
                      scene.partition.cancel("cancelled"),
                      scene.partition.cancel("ready"),
                      scene.partition.cancel("unknown"));
              rules()
                  .require(
                      removed.equals(List.of(true, false, false, false)),
                      () -> "cancelled, again, ready, unknown: " + removed);
              scene.advancePast(ticks);
              Stats stats = scene.statsSoon(s -> s.delayed() == 0);
              boolean late = scene.partition.cancel("due");
              rules()
                  .require(
                      stats.delayed() == 0 && !late,
                      () -> "a due task was cancelled: " + late + ", left is " + stats);
              if (scene.harness.tolerance().isZero()) {
                scene.advancePast(AGES);
              }
              List<String> ids = Scene.ids(scene.pullSoon(2));
              rules()
                  .require(
                      ids.size() == 2 && !ids.contains("cancelled"), () -> "delivered: " + ids);
            });
  }

  @Property
  @Requires({DELAY, DEDUP})
  @Label(
      "DELAY-6 The id of a delayed task MUST be known to every push during the dedup window, "
          + "and to delayed pushes during the delay")
  default void idIsKnown(@ForAll boolean cancelled) throws Exception {
    rules()
        .inTime(
            Settings.PLAIN.withDedupTicks(40),
            scene -> {
              Task task = later("task", scene.ticks(AGES));
              long pushed = scene.harness.nowNanos();
              boolean first = scene.partition.push(task).duplicate();
              if (cancelled) {
                scene.partition.cancel("task");
              }
              boolean again = scene.partition.push(task).duplicate();
              boolean atOnce = scene.partition.push(Task.of("task", "")).duplicate();
              scene.requireInTime(pushed, scene.ticks(40));
              rules()
                  .require(
                      !first && again && atOnce,
                      () -> "duplicates: " + List.of(first, again, atOnce));
              if (!cancelled) {
                scene.advancePast(40);
                boolean atomic = scene.harness.capabilities().contains(ATOMIC_PUSH);
                boolean afterWindow =
                    scene.partition.push(task).duplicate()
                        && (!atomic
                            || scene.partition.pushAtomically(List.of(task)).get(0).duplicate());
                rules()
                    .require(
                        afterWindow && scene.partition.stats().delayed() == 1,
                        () -> "after the window: " + scene.partition.stats());
              }
            });
  }

  @Property
  @Requires({DELAY, CAPACITY})
  @Label(
      "DELAY-7 A delayed push MUST be refused when the partition holds maxTasks, delayed "
          + "tasks included")
  default void countsAgainstTheLimit(
      @ForAll @IntRange(min = 0, max = 2) int ready,
      @ForAll @IntRange(min = 1, max = 2) int delayed)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(ready + delayed),
            scene -> {
              scene.push(ready);
              for (int i = 0; i < delayed; i++) {
                scene.partition.push(later("later-" + i, scene.ticks(AGES)));
              }
              Task more = later("more", scene.ticks(AGES));
              rules()
                  .require(refused(() -> scene.partition.push(more)), () -> "it was not refused");
              boolean duplicate =
                  scene.partition.push(later("later-0", scene.ticks(AGES))).duplicate();
              rules().require(duplicate, () -> "a duplicate needs no room");
              scene.partition.cancel("later-0");
              scene.partition.push(more);
              Stats stats = scene.statsSoon(s -> s.delayed() == delayed);
              rules().require(stats.delayed() == delayed, () -> "left is " + stats);
            });
  }

  @Property
  @Requires({DELAY, CAPACITY, DEAD_LETTERS})
  @Label(
      "DELAY-8 A task that becomes due while the partition is full MUST be kept until there is"
          + " room")
  default void waitsForRoom(@ForAll boolean usedUp) throws Exception {
    rules()
        .inTime(
            Settings.PLAIN.withMaxTasks(1).withMaxDeliveries(usedUp ? 1 : QueueConfig.UNLIMITED),
            scene -> {
              int ticks = 20;
              long pushed = scene.harness.nowNanos();
              scene.partition.push(later("later", scene.ticks(ticks)));
              boolean full = refused(() -> scene.partition.push(Task.of("first", "")));
              scene.requireInTime(pushed, scene.ticks(ticks));
              rules().require(!full, () -> "a delayed task took the room of a ready one");
              scene.advancePast(ticks + 2);
              List<String> ids = new ArrayList<>();
              for (Delivery delivery : scene.pullSoon(1)) {
                ids.add(delivery.taskId());
                if (usedUp) {
                  scene.advancePast(10);
                } else {
                  Background<List<Delivery>> pull = scene.waitingPull(1);
                  delivery.ack();
                  ids.addAll(Scene.ids(pull.result()));
                }
              }
              if (usedUp) {
                ids.addAll(Scene.ids(scene.pullSoon(1)));
              }
              rules().require(ids.equals(List.of("first", "later")), () -> "delivered: " + ids);
            });
  }

  @Property
  @Requires(DELAY)
  @Label(
      "DELAY-9 A delayed task MUST outlive the client that pushed it, and another client "
          + "MUST be able to cancel it")
  default void outlivesTheClient(@ForAll @IntRange(min = 1, max = 4) int ticks) throws Exception {
    rules()
        .with(
            scene -> {
              TaskQueue client = scene.client();
              client.partition("p0").push(later("task", scene.ticks(ticks)));
              client.partition("p0").push(later("cancelled", scene.ticks(AGES)));
              client.close();
              boolean cancelled = scene.partition.cancel("cancelled");
              scene.advancePast(ticks);
              List<String> ids = Scene.ids(scene.pullSoon(1));
              rules()
                  .require(
                      cancelled && ids.equals(List.of("task")),
                      () -> "cancelled: " + cancelled + ", delivered: " + ids);
            });
  }

  @Example
  @Requires({DELAY, DEAD_LETTERS})
  @Label(
      "DELAY-10 A redriven task MUST be ready immediately, even if it was pushed with a " + "delay")
  default void redrivenIsReady() throws Exception {
    rules()
        .with(
            scene -> {
              scene.partition.push(later("task", scene.ticks(3)));
              scene.advancePast(3);
              scene.pullSoon(1).get(0).deadLetter("no");
              List<DeadLetter> letters = scene.partition.deadLetters().list(5);
              boolean redriven = scene.partition.deadLetters().redrive(letters.get(0).id());
              List<Delivery> got = scene.pullSoon(1);
              rules()
                  .require(
                      redriven && Scene.ids(got).equals(List.of("task")),
                      () -> "redriven: " + redriven + ", delivered: " + Scene.ids(got));
            });
  }

  @Property
  @Requires({DELAY, CAPACITY, PRIORITIES})
  @Label(
      "DELAY-13 Duplicates and tasks of other priorities in a batch MUST NOT take the "
          + "room of a delayed task")
  default void onlyStoredTasksTakeRoom(
      @ForAll @IntRange(min = 0, max = 3) int duplicates,
      @ForAll @IntRange(min = 0, max = 2) int others)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(2, 0).withMaxTasks(2),
            scene -> {
              List<Task> batch = new ArrayList<>();
              for (int i = 0; i < others; i++) {
                batch.add(Task.of("other-" + i, "").withPriority(1));
              }
              for (int i = 0; i <= duplicates; i++) {
                batch.add(Task.of("one", ""));
              }
              batch.add(later("two", scene.ticks(AGES)));
              batch.add(later("three", scene.ticks(AGES)));
              List<PushOutcome> failures = scene.partition.pushAll(batch).failures();
              rules()
                  .require(
                      failures.size() == 1 && failures.get(0).taskId().equals("three"),
                      () -> "of " + batch + " there failed " + failures);
            });
  }

  @Property
  @Requires(DELAY)
  @Label(
      "DELAY-11 Of several concurrent cancellations of a task exactly one MUST report " + "success")
  default void oneCancels(@ForAll @IntRange(min = 2, max = 4) int threads) throws Exception {
    rules()
        .with(
            scene -> {
              scene.partition.push(later("task", scene.ticks(AGES)));
              CyclicBarrier start = new CyclicBarrier(threads);
              List<Background<Boolean>> cancels = new ArrayList<>();
              for (int i = 0; i < threads; i++) {
                cancels.add(
                    Background.start(
                        () -> {
                          start.await();
                          return scene.partition.cancel("task");
                        }));
              }
              int removed = 0;
              for (Background<Boolean> cancel : cancels) {
                removed += cancel.result() ? 1 : 0;
              }
              int winners = removed;
              Stats stats = scene.statsSoon(s -> s.delayed() == 0);
              rules()
                  .require(
                      winners == 1 && stats.delayed() == 0,
                      () -> winners + " of " + threads + " cancelled it, left is " + stats);
            });
  }

  @Example
  @Requires({DELAY, PRIORITIES})
  @Label(
      "PRIO-19 A delayed task MUST have its priority when it becomes due, also beside a client of "
          + "another partition with fewer priorities")
  default void otherClientsKeepPriority() throws Exception {
    int count = 8;
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(3, 0),
            scene -> {
              try (TaskQueue client = scene.harness.open(scene.config.withPriorities(1))) {
                Partition unused = client.partition("other");
                for (int i = 0; i < count; i++) {
                  scene.partition.push(later("task-" + i, scene.ticks(2)).withPriority(2));
                }
                scene.advancePast(2);
                scene.statsSoon(stats -> stats.ready() == count);
                List<Delivery> got;
                try (Puller puller = scene.puller()) {
                  got = scene.take(puller, count);
                }
                List<Integer> priorities = got.stream().map(Delivery::priority).toList();
                rules()
                    .require(
                        priorities.equals(Collections.nCopies(count, 2)),
                        () -> "pushed with priority 2, received with " + priorities);
              }
            });
  }

  private static Task later(String id, Duration delay) {
    return Task.of(id, "payload").withDelay(delay);
  }

  private static boolean refused(Callable<?> push) throws Exception {
    try {
      push.call();
      return false;
    } catch (QueueFullException e) {
      return true;
    }
  }
}
