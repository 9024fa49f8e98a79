// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.PREFETCH;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Rules of prefetch: which tasks a puller leases ahead, when, and how long it keeps them. */
public interface AheadRules extends Rules {

  /** A lease so long that half of it is enough for a slow machine. */
  Settings IDLE = Settings.PLAIN.withLeaseTicks(60);

  @Property
  @Requires(PREFETCH)
  @Label(
      "AHEAD-1 After a pull that returned a task, a puller MUST lease ahead at least half of "
          + "its prefetch")
  default void leasesAhead(
      @ForAll @IntRange(min = 1, max = 7) int prefetch,
      @ForAll @IntRange(min = 1, max = 3) int first,
      @ForAll @IntRange(min = 0, max = 10) int again)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              int tasks = 12;
              scene.push(tasks);
              try (Puller puller = ahead(scene, prefetch)) {
                int handed = scene.take(puller, first).size();
                isAhead(scene, tasks, prefetch, handed);
                for (int i = 0; i < again && handed < tasks; i++) {
                  handed += scene.take(puller, 1).size();
                  isAhead(scene, tasks, prefetch, handed);
                }
              }
            });
  }

  private void isAhead(Scene scene, int tasks, int prefetch, int handed) {
    int least = Math.min(tasks, handed + (prefetch + 1) / 2);
    Stats stats = scene.statsSoon(s -> s.outstanding() >= least);
    rules()
        .require(
            stats.outstanding() >= least && stats.outstanding() <= handed + prefetch,
            () -> handed + " handed out, prefetch " + prefetch + ", but " + stats);
  }

  @Property
  @Label("AHEAD-2 A puller MUST NOT lease more than it handed out plus its prefetch")
  default void isBounded(
      @ForAll @IntRange(min = 0, max = 5) int prefetch,
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 6) Integer> pulls)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.push(40);
              List<Delivery> held = new ArrayList<>();
              try (Puller puller = ahead(scene, prefetch)) {
                for (int max : pulls) {
                  held.addAll(puller.pull(max, scene.ticks(10)));
                  scene.harness.advance(scene.harness.tick());
                  long leased = scene.partition.stats().outstanding();
                  rules()
                      .require(
                          leased <= held.size() + prefetch,
                          () ->
                              leased + " leased, " + held.size() + " handed out, and " + prefetch);
                }
                held.forEach(Delivery::ack);
                Stats left = scene.statsSoon(s -> s.outstanding() <= prefetch);
                rules()
                    .require(
                        !held.isEmpty() && left.outstanding() <= prefetch,
                        () -> held.size() + " acked, then " + left);
              }
            });
  }

  @Property
  @Requires(PREFETCH)
  @Label(
      "AHEAD-3 The next pulls of the same puller MUST return the tasks leased ahead, in "
          + "order and unchanged, and other pullers MUST NOT return them")
  default void staysWithItsPuller(
      @ForAll @IntRange(min = 1, max = 5) int prefetch, @ForAll @IntRange(min = 1, max = 3) int max)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.push(8);
              try (Puller puller = ahead(scene, prefetch)) {
                List<Delivery> mine = new ArrayList<>(scene.take(puller, 1));
                int least = 1 + (prefetch + 1) / 2;
                scene.statsSoon(s -> s.outstanding() >= least);
                List<Delivery> others = new ArrayList<>();
                for (int i = 0; i < 8 && scene.partition.stats().ready() > 0; i++) {
                  others.addAll(scene.pullNow());
                }
                for (int i = 0; i < 8 && mine.size() + others.size() < 8; i++) {
                  List<Delivery> next = puller.pull(max, scene.ticks(10));
                  rules().require(next.size() <= max, () -> "asked for " + max + ", got " + next);
                  mine.addAll(next);
                }
                List<String> all = new ArrayList<>(Scene.ids(mine));
                all.addAll(Scene.ids(others));
                rules()
                    .require(
                        mine.size() >= least
                            && Scene.ids(mine).stream().sorted().toList().equals(Scene.ids(mine))
                            && all.stream().distinct().count() == 8
                            && mine.stream().allMatch(d -> d.attempt() == 1),
                        () -> "its puller got " + mine + ", others got " + others);
              }
            });
  }

  @Property
  @Label("AHEAD-4 A puller MUST NOT lease ahead before one of its pulls has returned a task")
  default void idleLeasesNothing(
      @ForAll @IntRange(min = 1, max = 8) int prefetch, @ForAll boolean looked) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              try (Puller puller = ahead(scene, prefetch)) {
                if (looked) {
                  rules().require(scene.pullNow(puller).isEmpty(), () -> "nothing was pushed yet");
                }
                scene.push(3);
                scene.harness.advance(scene.ticks(2));
                Stats stats = scene.partition.stats();
                List<Delivery> others = scene.pullWithin(3);
                rules()
                    .require(
                        stats.outstanding() == 0
                            && others.size() == 3
                            && others.stream().allMatch(d -> d.attempt() == 1),
                        () ->
                            "while another puller was idle: "
                                + stats
                                + ", then received "
                                + others);
              }
            });
  }

  @Property
  @Label("AHEAD-5 A waiting pull MUST get new tasks, even if its puller leases ahead")
  default void waitingComesFirst(
      @ForAll @IntRange(min = 1, max = 3) int prefetch,
      @ForAll @IntRange(min = 1, max = 3) int more)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              boolean leasesAhead = scene.harness.capabilities().contains(PREFETCH);
              scene.pushOne("first");
              try (Puller puller = ahead(scene, prefetch)) {
                List<Delivery> got = new ArrayList<>(scene.take(puller, 1));
                for (int i = 0; i < more; i++) {
                  Background<List<Delivery>> pull =
                      scene.waitingPull(puller, 1, scene.ticks(2_000));
                  scene.pushOne("waited-for-" + i);
                  scene.pushOne("ahead-" + i);
                  got.addAll(pull.result());
                  int least = got.size() + (leasesAhead ? 1 : 0);
                  Stats stats = scene.statsSoon(s -> s.outstanding() >= least);
                  rules().require(stats.outstanding() >= least, () -> "not leased ahead: " + stats);
                  got.addAll(scene.take(puller, 1));
                }
                List<String> ids = Scene.ids(got);
                boolean inOrder = ids.size() == 1 + 2 * more;
                for (int i = 0; inOrder && i < more; i++) {
                  inOrder =
                      ids.get(1 + 2 * i).equals("waited-for-" + i)
                          && ids.get(2 + 2 * i).equals("ahead-" + i);
                }
                rules().require(inOrder, () -> "waited, then pulled: " + ids);
              }
            });
  }

  @Property
  @Requires(PREFETCH)
  @Label("AHEAD-6 A puller MUST NOT hand out or give back a task whose lease expired in its buffer")
  default void expiredIsDropped(
      @ForAll @IntRange(min = 1, max = 4) int prefetch, @ForAll boolean close) throws Exception {
    Settings settings = Settings.PLAIN.withLeaseTicks(40);
    rules()
        .inTime(
            settings,
            scene -> {
              // Exactly the number of tasks that the pull and its prefetch request, so that no
              // request stays open.
              int tasks = 1 + prefetch;
              scene.push(tasks);
              Puller puller = ahead(scene, prefetch);
              scene.take(puller, 1);
              scene.statsSoon(s -> s.outstanding() == tasks);
              scene.advancePast(settings.leaseTicks());
              long taken = scene.harness.nowNanos();
              List<Delivery> others = scene.pullPatiently(tasks);
              List<Delivery> expired = List.of();
              if (close) {
                puller.close();
              } else {
                expired = scene.pullNow(puller);
              }
              List<Settlement> acks = others.stream().map(Delivery::ack).toList();
              scene.requireInTime(taken, scene.config.lease());
              List<Delivery> dropped = expired;
              List<Delivery> left = scene.pullNow();
              rules()
                  .require(
                      others.size() == tasks
                          && dropped.isEmpty()
                          && acks.stream().allMatch(Settlement.SETTLED::equals)
                          && left.isEmpty(),
                      () ->
                          "of "
                              + tasks
                              + " others got "
                              + others
                              + ", acked as "
                              + acks
                              + ", the buffer gave "
                              + dropped
                              + ", left was "
                              + left);
              puller.close();
            });
  }

  @Property
  @Label(
      "AHEAD-7 After a waiting pull that returned no task, its puller MUST get each task "
          + "once, as attempt 1")
  default void nothingIsLostByWaiting(
      @ForAll @IntRange(min = 1, max = 3) int prefetch, @ForAll boolean interrupted)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.pushOne("first");
              try (Puller puller = ahead(scene, prefetch)) {
                scene.take(puller, 1);
                Background<List<Delivery>> pull =
                    scene.waitingPull(puller, 1, scene.ticks(interrupted ? 2_000 : 3));
                if (interrupted) {
                  pull.interrupt();
                } else {
                  scene.advancePast(3);
                }
                boolean nothing =
                    interrupted
                        ? pull.failure() instanceof InterruptedException
                        : pull.result().isEmpty();
                scene.pushOne("second");
                scene.pushOne("third");
                List<Delivery> got = scene.take(puller, 2);
                rules()
                    .require(
                        nothing
                            && Scene.ids(got).equals(List.of("second", "third"))
                            && got.stream().allMatch(d -> d.attempt() == 1),
                        () -> "got nothing: " + nothing + ", then " + got);
              }
            });
  }

  @Property
  @Requires(PREFETCH)
  @Label("AHEAD-8 A puller MUST give back the tasks leased ahead after half a lease without a pull")
  default void idlePullerGivesBack(@ForAll @IntRange(min = 1, max = 8) int prefetch)
      throws Exception {
    rules()
        .calmly(
            IDLE,
            scene -> {
              scene.push(6);
              long leaseEndNanos = scene.harness.nowNanos() + scene.ticks(60).toNanos();
              goIdle(scene, prefetch);
              List<Delivery> again = afterHalfALease(scene, 5);
              long nowNanos = scene.harness.nowNanos();
              rules()
                  .require(
                      again.size() == 5 && nowNanos < leaseEndNanos,
                      () -> "5 tasks leased ahead, received before their leases ended: " + again);
              rules()
                  .require(
                      again.stream().allMatch(d -> d.attempt() <= 2),
                      () -> "leased ahead once and given back, then received " + again);
            });
  }

  @Property
  @Requires(PREFETCH)
  @Label(
      "AHEAD-9 After half a lease without a pull, a puller MUST NOT lease ahead until its "
          + "next pull")
  default void idlePullerFetchesNothing(@ForAll @IntRange(min = 1, max = 8) int prefetch)
      throws Exception {
    rules()
        .calmly(
            IDLE,
            scene -> {
              scene.push(6);
              Puller idle = goIdle(scene, prefetch);
              afterHalfALease(scene, 5).forEach(Delivery::ack);
              for (int i = 0; i < 4; i++) {
                scene.pushOne("late-" + i);
              }
              List<Delivery> late = scene.take(scene.partition.puller(), 4);
              rules()
                  .require(
                      late.size() == 4 && late.stream().allMatch(d -> d.attempt() == 1),
                      () -> "an idle puller had leased these tasks: " + late);
              late.forEach(Delivery::nak);
              List<Delivery> used = scene.take(idle, 4);
              rules().require(used.size() == 4, () -> "used again, the idle puller gave " + used);
            });
  }

  @Property
  @Requires(PREFETCH)
  @Label(
      "AHEAD-10 The lease of a task leased ahead MUST begin when the task is leased, not "
          + "when it is handed out")
  default void leaseBeginsWhenLeased(@ForAll @IntRange(min = 1, max = 20) int ticks)
      throws Exception {
    rules()
        .calmly(
            IDLE,
            scene -> {
              scene.push(3);
              Puller puller = ahead(scene, 2);
              long idleNanos = scene.harness.nowNanos();
              scene.take(puller, 1).get(0).ack();
              scene.stats(s -> s.outstanding() == 2);
              scene.standStill(ticks);
              Delivery handedOut = scene.take(puller, 1).get(0);
              Duration left = handedOut.leaseRemaining();
              // The puller was idle for half a lease and gave the task back.
              if (handedOut.attempt() > 1) {
                scene.requireInTime(idleNanos, scene.ticks(30));
              }
              Duration most = scene.ticks(60 - ticks).plus(scene.harness.tolerance());
              rules()
                  .require(
                      handedOut.attempt() == 1 && left.compareTo(most) <= 0,
                      () -> handedOut + ", leased ahead " + ticks + " ticks ago, has " + left);
            });
  }

  @Property
  @Requires(PREFETCH)
  @Label(
      "AHEAD-11 A puller that becomes idle a second time MUST give back the tasks leased "
          + "ahead again")
  default void secondIdlenessGivesBack(@ForAll @IntRange(min = 2, max = 5) int prefetch)
      throws Exception {
    rules()
        .calmly(
            IDLE,
            scene -> {
              scene.push(12);
              Puller idle = goIdle(scene, prefetch);
              int held = prefetch;
              List<Delivery> first = afterHalfALease(scene, 11);
              first.forEach(Delivery::nak);
              long leaseEndNanos = scene.harness.nowNanos() + scene.ticks(60).toNanos();
              scene.take(idle, 1).get(0).ack();
              List<Delivery> second = afterHalfALease(scene, 10);
              long nowNanos = scene.harness.nowNanos();
              rules()
                  .require(
                      first.size() == 11 && second.size() == 10 && nowNanos < leaseEndNanos,
                      () ->
                          "with "
                              + held
                              + " leased ahead, another puller received "
                              + first.size()
                              + " of 11 after the first idle time, and of 10 after the second "
                              + second);
            });
  }

  /** Returns a puller that was used once and now holds tasks leased ahead. */
  private static Puller goIdle(Scene scene, int prefetch) throws InterruptedException {
    Puller idle = ahead(scene, prefetch);
    scene.take(idle, 1).get(0).ack();
    return idle;
  }

  /** Returns the tasks that another puller gets in the second half of a lease. */
  private static List<Delivery> afterHalfALease(Scene scene, int count) throws Exception {
    long untilNanos = scene.harness.nowNanos() + scene.ticks(59).toNanos();
    scene.standStill(30);
    List<Delivery> all = new ArrayList<>();
    try (Puller other = scene.partition.puller()) {
      while (all.size() < count && scene.harness.nowNanos() < untilNanos) {
        long beganNanos = scene.harness.nowNanos();
        all.addAll(other.pull(count - all.size(), Duration.ZERO));
        scene.requireInTime(beganNanos, scene.ticks(10)); // A later server proves nothing.
        scene.standStill(1);
      }
    }
    return all;
  }

  private static Puller ahead(Scene scene, int prefetch) {
    return scene.partition.puller(PullOptions.defaults().withPrefetch(prefetch));
  }
}
