// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.OUTSTANDING_LIMIT;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of waiting pulls: the events that end them, and the tasks that they must return. */
public interface WaitRules extends Rules {

  @Property
  @Label("PULL-4 A waiting pull MUST return an empty list when its wait ends, and not before")
  default void waitEnds(@ForAll @IntRange(min = 2, max = 9) int ticks) throws Exception {
    rules()
        .inTime(
            Settings.PLAIN,
            scene -> {
              Puller puller = scene.puller();
              long start = scene.harness.nowNanos();
              Background<List<Delivery>> pull = scene.waitingPull(puller, 1, scene.ticks(ticks));
              scene.harness.advance(scene.ticks(ticks - 1));
              if (pull.ended()) {
                scene.requireInTime(start, scene.ticks(ticks));
                rules().require(false, () -> "the pull ended before its wait was over");
              }
              scene.advancePast(1);
              require(pull, 0, "once the wait is over");
            });
  }

  @Property
  @Label("PULL-5 A push MUST wake a waiting pull")
  default void pushWakes(@ForAll @IntRange(min = 1, max = 3) int max) throws Exception {
    rules()
        .with(
            scene -> {
              Background<List<Delivery>> pull = scene.waitingPull(max);
              scene.push(1);
              require(pull, 1, "after a push");
            });
  }

  @Property
  @Label("PULL-6 A nak MUST wake a waiting pull")
  default void nakWakes(@ForAll boolean close) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              Delivery held = scene.pullPatiently(1).get(0);
              Background<List<Delivery>> pull = scene.waitingPull(1);
              if (close) {
                held.close();
              } else {
                held.nak();
              }
              require(pull, 1, "after a nak");
            });
  }

  @Property
  @Label("PULL-7 An expired lease MUST wake a waiting pull")
  default void expiryWakes(@ForAll @IntRange(min = 0, max = 9) int ticks) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              scene.push(1);
              var unused = scene.pullPatiently(1).get(0);
              scene.harness.advance(scene.ticks(ticks));
              Background<List<Delivery>> pull = scene.waitingPull(1);
              scene.advancePast(10 - ticks);
              require(pull, 1, "after a lease expired");
            });
  }

  @Property
  @Label("PULL-8 The end of the delay of a nak MUST wake a waiting pull")
  default void delayWakes(@ForAll @IntRange(min = 1, max = 15) int ticks) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              scene.pullPatiently(1).get(0).nak(scene.ticks(ticks));
              Background<List<Delivery>> pull = scene.waitingPull(1);
              scene.advancePast(ticks);
              require(pull, 1, "after the delay");
            });
  }

  @Property
  @WithoutPrefetch
  @Label("PULL-9 An interrupt MUST end a pull with InterruptedException and lease nothing")
  default void interruptEnds(@ForAll boolean before) throws Exception {
    rules()
        .with(
            scene -> {
              Throwable failure;
              if (before) {
                scene.push(1);
                Puller puller = scene.puller();
                failure =
                    Background.start(
                            () -> {
                              Thread.currentThread().interrupt();
                              return puller.pull(1, Duration.ZERO);
                            })
                        .failure();
              } else {
                Background<List<Delivery>> pull = scene.waitingPull(1);
                pull.interrupt();
                failure = pull.failure();
                scene.push(1);
              }
              rules()
                  .require(
                      failure instanceof InterruptedException,
                      () -> "an interrupted pull ended with " + failure);
              List<Delivery> next = scene.pullWithin(1);
              rules()
                  .require(
                      next.size() == 1 && next.get(0).attempt() == 1,
                      () -> "after an interrupted pull another one got " + next);
            });
  }

  @Property
  @Label("PULL-10 The list that a pull returns MUST be the caller's own")
  default void listIsTheCallers(@ForAll @IntRange(min = 0, max = 3) int tasks) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(tasks);
              try (Puller puller = scene.puller()) {
                Duration wait = tasks == 0 ? Duration.ZERO : scene.ticks(10);
                List<Delivery> first = puller.pull(4, wait);
                List<String> ids = Scene.ids(first);
                first.sort(Comparator.comparing(Delivery::taskId).reversed());
                first.clear();
                first.addAll(scene.pullNow(puller));
                rules()
                    .require(
                        ids.isEmpty() == (tasks == 0)
                            && Collections.disjoint(ids, Scene.ids(first)),
                        () -> "received of " + tasks + ": " + ids + ", then " + Scene.ids(first));
              }
            });
  }

  @Property
  @Requires(OUTSTANDING_LIMIT)
  @Label(
      "PULL-11 A settlement that frees a slot below maxOutstanding MUST wake a waiting " + "pull")
  default void freedSlotWakes(@ForAll @IntRange(min = 1, max = 3) int limit) throws Exception {
    rules()
        .with(
            Settings.PLAIN.withMaxOutstanding(limit).withLeaseTicks(1_000),
            scene -> {
              scene.push(limit + 1);
              List<Delivery> held = scene.pullPatiently(limit);
              Background<List<Delivery>> pull = scene.waitingPull(1);
              rules()
                  .require(
                      held.size() == limit && !pull.ended(),
                      () -> "more than " + limit + " tasks were outstanding");
              held.get(0).ack();
              require(pull, 1, "after a settlement made room");
            });
  }

  @Property
  @Label("PULL-12 If there is a task for each waiting pull, each of them MUST get one")
  default void everyWaitingPullWakes(
      @ForAll @IntRange(min = 2, max = 4) int pulls, @ForAll boolean atOnce) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              if (atOnce) {
                scene.push(pulls);
                scene.take(scene.partition.puller(), pulls);
              }
              List<Background<List<Delivery>>> waiting = new ArrayList<>();
              for (int i = 0; i < pulls; i++) {
                waiting.add(scene.waitingPull(1));
              }
              if (atOnce) {
                scene.advancePast(10);
              } else {
                scene.push(pulls);
              }
              for (Background<List<Delivery>> pull : waiting) {
                require(pull, 1, "after as many pushes as there are pulls");
              }
            });
  }

  @Property
  @WithoutPrefetch
  @Label(
      "PULL-13 A waiting pull MUST return the tasks that become available at the same "
          + "moment, up to the number that it asked for, and MUST leave the others to other "
          + "pulls")
  default void takesTasksOfOneMoment(
      @ForAll @IntRange(min = 1, max = 5) int tasks, @ForAll @IntRange(min = 1, max = 4) int max)
      throws Exception {
    Settings settings = Settings.PLAIN.withLeaseTicks(40);
    rules()
        .inTime(
            settings,
            scene -> {
              scene.push(tasks);
              scene.take(scene.puller(), tasks);
              Background<List<Delivery>> pull = scene.waitingPull(max);
              scene.advancePast(settings.leaseTicks());
              long since = scene.harness.nowNanos();
              List<Delivery> got = pull.result();
              List<Delivery> rest = scene.pullPatiently(tasks - got.size());
              boolean virtual = scene.harness.tolerance().isZero();
              // In real time the leases of one pull do not all end at the same instant.
              int least = virtual ? Math.min(tasks, max) : 1;
              String seen =
                  tasks + " expired, a pull for " + max + " got " + got + ", then " + rest;
              rules().require(got.size() <= max && got.size() >= least, () -> seen);
              scene.requireInTime(since, scene.config.lease());
              rules().require(got.size() + rest.size() == tasks, () -> seen);
            });
  }

  @Property
  @WithoutPrefetch
  @Label(
      "PULL-14 If an interrupt and a task arrive at the same moment, a pull MUST lose "
          + "neither of them")
  default void interruptAndTaskAreKept(@ForAll boolean pushFirst) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Puller puller = scene.puller();
              Background<Integer> pull =
                  Background.start(
                          () -> {
                            int got = puller.pull(1, scene.ticks(2_000)).size();
                            return Thread.interrupted() ? got : -1 - got;
                          })
                      .awaitBlocked();
              if (pushFirst) {
                scene.pushOne("task");
                pull.interrupt();
              } else {
                pull.interrupt();
                scene.pushOne("task");
              }
              Object end;
              try {
                end = pull.result();
              } catch (InterruptedException e) {
                end = e;
              }
              // If the interrupt comes after the end of the pull, the pull does not have to keep
              // it.
              boolean served = Integer.valueOf(1).equals(end) || Integer.valueOf(-2).equals(end);
              boolean kept = !Integer.valueOf(-2).equals(end) || pushFirst;
              List<Delivery> next = served ? List.of() : scene.pullSoon(1);
              Object how = end;
              rules()
                  .require(
                      kept && (served || (end instanceof InterruptedException && next.size() == 1)),
                      () ->
                          "interrupted during a push, the pull ended with "
                              + how
                              + ", then "
                              + next);
            });
  }

  @Property
  @WithoutPrefetch
  @Label("PULL-15 A pull that has ended MUST NOT take any more tasks")
  default void endedPullTakesNothing(
      @ForAll boolean served, @ForAll @IntRange(min = 2, max = 4) int max) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Puller puller = scene.puller();
              int wait = served ? 2_000 : 1;
              Background<List<Delivery>> pull = scene.waitingPull(puller, max, scene.ticks(wait));
              if (served) {
                scene.pushOne("first");
              } else {
                scene.advancePast(wait);
              }
              require(pull, served ? 1 : 0, "that has ended");
              scene.pushOne("second");
              List<Delivery> next = scene.pullSoon(1);
              rules()
                  .require(
                      next.size() == 1 && next.get(0).attempt() == 1,
                      () -> "after a pull that had room for more another one got " + next);
            });
  }

  private void require(Background<List<Delivery>> pull, int tasks, String when) throws Exception {
    try {
      List<Delivery> got = pull.result();
      rules()
          .require(
              got.size() == tasks, () -> "a waiting pull got " + got.size() + " tasks " + when);
    } catch (TimeoutException e) {
      rules().require(false, () -> "a pull still waits " + when);
    }
  }
}
