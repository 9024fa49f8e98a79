// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.PREFETCH;
import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of which attempts count as failed. Only a failed attempt makes a dead letter. */
public interface BlameRules extends Rules {

  /** No lease expires, and each task has one delivery. */
  Settings ONCE = Settings.UNHURRIED.withMaxDeliveries(1);

  @Example
  @Label(
      "SETTLE-11 A task whose delivery is repeatedly closed unsettled MUST be redelivered "
          + "after a longer delay each time")
  default void closedAgainComesLater() throws Exception {
    rules()
        .inTime(
            Settings.UNHURRIED,
            scene -> {
              scene.pushOne("task");
              Delivery first;
              // The puller is closed, because an open puller could lease the task ahead again.
              try (Puller puller = scene.puller()) {
                first = scene.take(puller, 1).get(0);
              }
              first.close();
              for (int attempt = 2; attempt <= 3; attempt++) {
                Delivery delivery = scene.pullPatiently(1).get(0);
                long closedNanos = scene.harness.nowNanos();
                delivery.close();
                comesLater(scene, closedNanos, Duration.ofSeconds(attempt - 1L));
              }
            });
  }

  private void comesLater(Scene scene, long closedNanos, Duration pause) throws Exception {
    scene.harness.advance(pause.dividedBy(2));
    List<Delivery> early = scene.pullNow();
    if (!early.isEmpty()) {
      scene.requireInTime(closedNanos, pause);
    }
    rules().require(early.isEmpty(), () -> early + " came back earlier than after " + pause);
    scene.harness.advance(pause.dividedBy(2).plus(scene.harness.tolerance()));
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "SETTLE-12 A release of the last attempt MUST store the task again, with attempts from "
          + "1, and MUST NOT make a dead letter")
  default void releasedIsNotDead(@ForAll("releases") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-21 A nak or close of the last attempt MUST make the dead letter immediately, "
          + "without a pull")
  default void lastFailureIsDead(@ForAll("lastFailures") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-22 A task whose last lease expired MUST count as outstanding until a pull "
          + "makes it a dead letter")
  default void usedUpCounts() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withMaxDeliveries(1),
            scene -> {
              scene.pushOne("task");
              int held = scene.take(scene.puller(), 1).size();
              scene.advancePast(10);
              Stats before = scene.stats(s -> s.outstanding() == 1);
              List<Delivery> none = scene.pullNow();
              Stats after = scene.statsSoon(s -> s.dead() == 1);
              rules()
                  .require(
                      held == 1
                          && before.outstanding() == 1
                          && before.dead() == 0
                          && none.isEmpty()
                          && after.backlog() == 0
                          && after.dead() == 1,
                      () -> before + ", then received " + none + ", then " + after);
            });
  }

  @Example
  @Requires({DEAD_LETTERS, PREFETCH})
  @Label("AHEAD-12 A task that a puller leases ahead and gives back MUST NOT become a dead letter")
  default void givenBackIsNotDead() throws Exception {
    rules()
        .with(
            ONCE,
            scene -> {
              scene.push(6);
              try (Puller puller = scene.partition.puller(PullOptions.defaults().withPrefetch(5))) {
                scene.take(puller, 1).get(0).ack();
                scene.statsSoon(s -> s.outstanding() >= 3);
              }
              comeOut(scene, 5);
            });
  }

  @Example
  @Requires({DEAD_LETTERS, PREFETCH})
  @Label(
      "DEAD-24 A puller that closes MUST NOT give new deliveries to a task that used up its "
          + "deliveries")
  default void usedUpStaysUsedUp() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withMaxDeliveries(1),
            scene -> {
              scene.pushOne("used-up");
              scene.take(scene.partition.puller(), 1);
              scene.harness.advance(scene.ticks(9));
              scene.pushOne("next");
              try (Puller puller = scene.partition.puller(PullOptions.defaults().withPrefetch(5))) {
                scene.take(puller, 1).get(0).ack();
                // The lease of the first task ends, and the prefetch request of this puller finds
                // it.
                scene.harness.advance(scene.ticks(2));
              }
              scene.harness.advance(scene.ticks(10).plus(scene.harness.tolerance()));
              List<Delivery> again = scene.pullNow();
              rules().require(again.isEmpty(), () -> again + " after its last attempt");
              Stats stats = scene.statsSoon(s -> s.dead() == 1);
              rules()
                  .require(stats.dead() == 1 && stats.backlog() == 0, () -> stats + ", not dead");
            });
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label("WORK-21 A task that a worker gives back MUST NOT become a dead letter")
  default void workersBlameNoTask() throws Exception {
    rules()
        .with(
            ONCE,
            scene -> {
              CountDownLatch started = new CountDownLatch(1);
              scene.push(4); // Before the worker, whose first pull then brings all of them.
              Worker worker =
                  scene.partition.work(
                      delivery -> {
                        started.countDown();
                        new CountDownLatch(1).await();
                      },
                      WorkerOptions.concurrency(1).withFetchAhead(3));
              scene.await(
                  () -> started.getCount() == 0 && scene.partition.stats().outstanding() == 4);
              worker.pause();
              boolean inTime = worker.drain(Duration.ZERO);
              rules().require(!inTime, () -> worker + " finished what cannot be finished");
              comeOut(scene, 4);
            });
  }

  private void comeOut(Scene scene, int tasks) throws Exception {
    List<Delivery> all = scene.pullPatiently(tasks);
    Stats stats = scene.partition.stats();
    rules()
        .require(
            all.size() == tasks
                && all.stream().allMatch(delivery -> delivery.attempt() == 1)
                && stats.dead() == 0,
            () -> "given back were " + tasks + ", then received " + all + ", counted are " + stats);
    all.forEach(Delivery::ack);
  }

  @Example
  @Label(
      "RETRY-5 Without a policy a worker MUST retry immediately the first time, and after a "
          + "longer delay each time after that")
  default void failuresHaveAPause() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<Long> handledAt = new ConcurrentLinkedQueue<>();
              WorkerOptions options =
                  WorkerOptions.concurrency(1).withFailureListener(failure -> {});
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handledAt.add(scene.harness.nowNanos());
                        if (delivery.attempt() < 4) {
                          throw new IllegalStateException("as asked for");
                        }
                      },
                      options)) {
                scene.pushOne("task");
                // A clock that moves before the task is given back would delay the next attempt.
                scene.await(() -> handledAt.size() >= 2 && worker.running() == 0);
                for (int attempt = 3; attempt <= 4; attempt++) {
                  // A task that is redelivered too early would be handled now.
                  scene.pauseForOthers();
                  scene.harness.advance(Duration.ofSeconds(attempt - 2L));
                  int handled = attempt;
                  scene.await(() -> handledAt.size() >= handled && worker.running() == 0);
                }
                List<Long> at = List.copyOf(handledAt);
                rules()
                    .require(
                        at.size() == 4
                            && at.get(2) - at.get(1) >= Duration.ofMillis(500).toNanos()
                            && at.get(3) - at.get(2) >= Duration.ofSeconds(1).toNanos(),
                        () -> worker + " handled the task at " + at);
              }
            });
  }

  @Provide
  default Arbitrary<Batch> releases() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), integers().between(1, 2))
                .as(
                    (limit, tasks) -> {
                      Script script =
                          new Script(Settings.PLAIN.withMaxDeliveries(limit)).push(tasks).pull(1);
                      for (int i = 1; i < limit; i++) {
                        script.settle(Verb.RELEASE, i - 1).pull(1);
                      }
                      return script
                          .settle(Verb.RELEASE, limit - 1)
                          .then(new Step.ListDead(0))
                          .advancePast(0)
                          .pull(9)
                          .plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> lastFailures() {
    return rules()
        .batches(
            Combinators.combine(
                    integers().between(1, 3), Arbitraries.of(Verb.NAK, Verb.CLOSE, Verb.RELEASE))
                .as(
                    (limit, verb) -> {
                      Script script =
                          new Script(Settings.PLAIN.withMaxDeliveries(limit)).push(2).pull(1);
                      for (int i = 1; i < limit; i++) {
                        script.nak(i - 1).pull(1);
                      }
                      boolean later = verb == Verb.RELEASE;
                      return (later
                              ? script.nakLater(limit - 1, 5)
                              : script.settle(verb, limit - 1))
                          .then(new Step.ListDead(0))
                          .pull(9)
                          .plan();
                    }));
  }
}
