// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.AckOutcome;
import dev.jetlane.Delivery;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/** Rules of workers whose handler receives several tasks, and of acks of several deliveries. */
public interface BatchRules extends Rules {

  /** A wait that a busy machine does not reach by chance. */
  int WAIT_TICKS = 16;

  @Example
  @Label(
      "BATCH-1 A batch MUST NOT exceed its largest size, and while its worker runs it MUST start "
          + "when it is full or its first task has waited for maxWait, and not before")
  default void batchesAreFullOrLate() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
              Queue<Long> times = new ConcurrentLinkedQueue<>();
              long pushed = scene.harness.nowNanos();
              scene.push(5);
              try (Worker worker =
                  scene.partition.workBatches(
                      batch -> {
                        times.add(scene.harness.nowNanos());
                        sizes.add(batch.size());
                        return Map.of();
                      },
                      2,
                      scene.ticks(WAIT_TICKS),
                      WorkerOptions.concurrency(1))) {
                scene.await(() -> sizes.size() >= 2 && worker.running() == 1);
                scene.harness.advance(scene.ticks(WAIT_TICKS * 3 / 4));
                scene.pauseForOthers();
                scene.harness.advance(scene.ticks(WAIT_TICKS));
                scene.await(() -> sizes.size() >= 3 && scene.backlog() == 0);
              }
              long last = times.stream().skip(2).findFirst().orElse(pushed) - pushed;
              rules()
                  .require(
                      List.copyOf(sizes).equals(List.of(2, 2, 1))
                          && last >= scene.ticks(WAIT_TICKS).toNanos()
                          && scene.backlog() == 0,
                      () ->
                          "5 tasks, expected in batches of 2, were handled in batches of "
                              + sizes
                              + ", the third after "
                              + Duration.ofNanos(last)
                              + ", and left "
                              + scene.backlog());
            });
  }

  @Example
  @Label(
      "BATCH-2 A failed task of a batch MUST be delivered again, and the other tasks of the "
          + "batch MUST be acked")
  default void oneFailureIsNotThatOfAll() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              scene.pushOne("good");
              scene.pushOne("bad");
              scene.pushOne("fine");
              try (Worker worker =
                  scene.partition.workBatches(
                      batch -> {
                        batch.forEach(task -> handled.add(task.taskId() + "/" + task.attempt()));
                        return failures(batch);
                      },
                      3,
                      scene.ticks(WAIT_TICKS),
                      WorkerOptions.concurrency(1)
                          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO)))) {
                // The failed task is back and waits for its batch.
                scene.await(
                    () -> handled.size() >= 3 && scene.backlog() == 1 && worker.running() == 1);
                scene.harness.advance(scene.ticks(WAIT_TICKS));
                scene.await(() -> handled.size() >= 4 && scene.backlog() == 0);
              }
              rules()
                  .require(
                      handled.size() == 4 && handled.contains("bad/2") && scene.backlog() == 0,
                      () -> "one of 3 tasks failed once; handled were " + handled);
            });
  }

  private static Map<Delivery, Exception> failures(List<Delivery> batch) {
    for (Delivery task : batch) {
      if (task.taskId().equals("bad") && task.attempt() == 1) {
        return Map.of(task, new IllegalStateException("as asked for"));
      }
    }
    return Map.of();
  }

  @Example
  @Label("SETTLE-13 An ack of several deliveries MUST ack each, and report an outcome for each")
  default void acksOfSeveralReportEach() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withLeaseTicks(40),
            scene -> {
              scene.push(4);
              List<Delivery> held = new ArrayList<>(scene.take(scene.puller(), 4));
              held.get(1).ack();
              List<AckOutcome> outcomes = scene.partition.ackAll(held);
              List<Settlement> expected =
                  List.of(
                      Settlement.SETTLED,
                      Settlement.ALREADY_SETTLED,
                      Settlement.SETTLED,
                      Settlement.SETTLED);
              boolean right = outcomes.size() == 4;
              for (int i = 0; right && i < 4; i++) {
                AckOutcome outcome = outcomes.get(i);
                right =
                    outcome.delivery() == held.get(i)
                        && outcome.settlement() == expected.get(i)
                        && outcome.failure() == null;
              }
              boolean each = right;
              scene.advancePast(41);
              List<Delivery> back = scene.pullNow();
              rules()
                  .require(
                      each && back.isEmpty(),
                      () ->
                          "acked 4 tasks, the second one twice: "
                              + outcomes
                              + ", then received "
                              + Scene.ids(back));
            });
  }
}
