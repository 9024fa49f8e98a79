// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEADLINES;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.PREFETCH;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Rules of tasks with a deadline. */
public interface ExpiryRules extends Rules {

  /** In real time no lease ends within a plan. */
  Settings PATIENT = Settings.PLAIN.withLeaseTicks(DelayRules.AGES);

  @Example
  @Requires({DEADLINES, DEAD_LETTERS, DELAY})
  @Label(
      "EXP-1 A task MUST NOT be handed out at or after its deadline, whether it was delayed, "
          + "ready, given back or leased ahead")
  default void isNeverLate() throws Exception {
    rules()
        .with(
            PATIENT,
            scene -> {
              boolean prefetch = scene.harness.capabilities().contains(PREFETCH);
              PullOptions options = PullOptions.defaults().withPrefetch(prefetch ? 1 : 0);
              try (Puller ahead = scene.partition.puller(options);
                  Puller puller = scene.partition.puller()) {
                scene.pushOne("first");
                scene.partition.push(living(scene, "ahead"));
                List<String> first = Scene.ids(scene.take(ahead, 1));
                scene.partition.push(living(scene, "given back"));
                scene.partition.push(living(scene, "ready"));
                scene.partition.push(living(scene, "delayed").withDelay(scene.ticks(1)));
                scene.take(puller, 1).forEach(Delivery::nak);
                scene.advancePast(8);
                scene.statsSoon(stats -> stats.delayed() == 0);
                List<String> late = new ArrayList<>();
                scene.await(() -> late.addAll(pulledBy(ahead, puller)) || deadIn(scene) == 4);
                rules()
                    .require(
                        first.equals(List.of("first")) && late.isEmpty() && deadIn(scene) == 4,
                        () ->
                            first
                                + ", then "
                                + late
                                + " were delivered late, dead "
                                + deadIn(scene));
              }
            });
  }

  @Example
  @Requires({DEADLINES, DEAD_LETTERS})
  @Label(
      "EXP-2 If a pull finds an expired task, the task MUST become one dead letter with the "
          + "reason expired, and the pull MUST continue with the next task")
  default void becomesADeadLetter() throws Exception {
    rules()
        .withEach(
            PATIENT,
            List.of(
                scene -> becomesADeadLetter(scene, false),
                scene -> becomesADeadLetter(scene, true)));
  }

  private void becomesADeadLetter(Scene scene, boolean async) throws Exception {
    scene.partition.push(expiring(scene, "expired").withHeader("colour", "red"));
    scene.advancePast(1);
    scene.partition.push(Task.of("next", ""));
    List<Delivery> pulled;
    try (Puller puller = scene.puller()) {
      pulled =
          async
              ? Background.of(puller.pullAsync(1, scene.ticks(50))).result()
              : puller.pull(1, scene.ticks(50));
    }
    Stats stats = scene.statsSoon(s -> s.dead() == 1 && s.backlog() == 1);
    List<DeadLetter> letters = scene.partition.deadLetters().list(10);
    rules()
        .require(
            Scene.ids(pulled).equals(List.of("next"))
                && stats.equals(new Stats(0, 1, 1))
                && letters.size() == 1
                && letters.get(0).taskId().equals("expired")
                && letters.get(0).reason().equals(DeadLetter.EXPIRED)
                && letters.get(0).headers().equals(Map.of("colour", "red")),
            () -> "received " + pulled + ", dead " + letters + ", " + stats);
  }

  @Example
  @Requires({DEADLINES, DELAY})
  @Label("EXP-3 A push whose delay ends at or after its deadline MUST be refused and store nothing")
  default void delayMustEndBefore() throws Exception {
    rules()
        .with(
            scene -> {
              Task task = Task.of("task", "").withTimeToLive(scene.ticks(5));
              for (int ticks : List.of(5, 6)) {
                String refused = "nothing";
                try {
                  scene.partition.push(task.withDelay(scene.ticks(ticks)));
                } catch (InvalidInputException e) {
                  refused = String.valueOf(e.getMessage());
                }
                String said = refused;
                rules().require(said.contains("deadline"), () -> "a refusal, and got " + said);
              }
              Stats stats = scene.partition.stats();
              rules().require(stats.equals(new Stats(0, 0, 0)), () -> "it stored " + stats);
            });
  }

  @Example
  @Requires({DEADLINES, DEAD_LETTERS})
  @Label("EXP-4 A worker MUST NOT start the handler of a task at or after the deadline of the task")
  default void workersStartNoExpired() throws Exception {
    rules()
        .with(
            PATIENT,
            scene -> {
              CountDownLatch go = new CountDownLatch(1);
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              WorkerOptions options = WorkerOptions.concurrency(1).withFetchAhead(1);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handled.add(delivery.taskId());
                        go.await();
                      },
                      options)) {
                scene.pushOne("long");
                scene.await(() -> worker.running() == 1);
                scene.partition.push(Task.of("ahead", "").withTimeToLive(scene.ticks(3)));
                // On a stalled machine the task expires before the worker can lease it.
                scene.await(
                    () -> {
                      Stats stats = scene.partition.stats();
                      return stats.outstanding() == 2 || stats.dead() == 1;
                    });
                scene.advancePast(3);
                go.countDown();
                scene.await(() -> scene.partition.stats().dead() == 1);
                List<DeadLetter> letters = scene.partition.deadLetters().list(10);
                rules()
                    .require(
                        List.copyOf(handled).equals(List.of("long"))
                            && letters.size() == 1
                            && letters.get(0).reason().equals(DeadLetter.EXPIRED),
                        () -> "handled " + handled + ", dead " + letters);
              }
            });
  }

  @Example
  @Requires({DEADLINES, DEAD_LETTERS})
  @Label("EXP-5 A redriven task MUST have no deadline")
  default void redriveHasNoDeadline() throws Exception {
    rules()
        .with(
            PATIENT,
            scene -> {
              scene.partition.push(expiring(scene, "task"));
              scene.advancePast(1);
              rules().require(scene.pullNow().isEmpty(), () -> "it was delivered with a deadline");
              scene.statsSoon(s -> s.dead() == 1);
              String letter = scene.partition.deadLetters().list(1).get(0).id();
              boolean redriven = scene.partition.deadLetters().redrive(letter);
              List<String> ids = Scene.ids(scene.pullSoon(1));
              rules()
                  .require(
                      redriven && ids.equals(List.of("task")),
                      () -> "redriven: " + redriven + ", received " + ids);
            });
  }

  @Property
  @Requires(DEADLINES)
  @Label("EXP-6 A task MUST be delivered before its deadline like any other, each time")
  default void isDeliveredBefore(@ForAll boolean instant, @ForAll boolean delayed)
      throws Exception {
    rules()
        .with(
            PATIENT,
            scene -> {
              boolean later = delayed && scene.harness.capabilities().contains(DELAY);
              Task plain = Task.of("task", "payload").withHeader("colour", "red");
              Task task =
                  instant
                      ? plain.withDeadline(Instant.parse("2999-12-31T23:59:59.123456789Z"))
                      : plain.withTimeToLive(scene.ticks(DelayRules.AGES));
              scene.partition.push(later ? task.withDelay(scene.ticks(1)) : task);
              scene.advancePast(1);
              for (int attempt = 1; attempt <= 2; attempt++) {
                List<Delivery> pulled = scene.pullSoon(1);
                rules()
                    .require(
                        pulled.size() == 1
                            && pulled.get(0).text().equals("payload")
                            && pulled.get(0).attempt() == attempt
                            && pulled.get(0).headers().equals(Map.of("colour", "red")),
                        () -> "pulled " + pulled);
                pulled.get(0).nak();
              }
            });
  }

  @Example
  @Requires(DEADLINES)
  @Label("EXP-7 A delivery MUST carry the deadline of its task, each time")
  default void carriesItsDeadline() throws Exception {
    rules()
        .with(
            PATIENT,
            scene -> {
              Instant deadline = Instant.parse("2999-12-31T23:59:59.123456789Z");
              Map<String, Optional<Instant>> expected =
                  Map.of("with", Optional.of(deadline), "without", Optional.empty());
              scene.partition.push(Task.of("with", "").withDeadline(deadline));
              scene.partition.push(Task.of("without", ""));
              for (int attempt = 1; attempt <= 2; attempt++) {
                Map<String, Optional<Instant>> carried = new HashMap<>();
                for (Delivery delivery : scene.pullSoon(2)) {
                  carried.put(delivery.taskId(), delivery.deadline());
                  delivery.nak();
                }
                rules().require(carried.equals(expected), () -> "deliveries carried " + carried);
              }
            });
  }

  /**
   * Returns the tasks of all these pullers, because any of them may hold the expected task in its
   * buffer.
   */
  private static List<String> pulledBy(Puller... pullers) {
    List<String> ids = new ArrayList<>();
    try {
      for (Puller puller : pullers) {
        ids.addAll(Scene.ids(puller.pull(10, Duration.ZERO)));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return ids;
  }

  private static long deadIn(Scene scene) {
    return scene.partition.stats().dead();
  }

  private static Task living(Scene scene, String id) {
    return Task.of(id.replace(' ', '-'), "").withTimeToLive(scene.ticks(8));
  }

  private static Task expiring(Scene scene, String id) {
    return Task.of(id, "").withTimeToLive(scene.ticks(1));
  }
}
