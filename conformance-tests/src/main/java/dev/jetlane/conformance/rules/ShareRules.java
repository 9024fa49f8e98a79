// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.PRIORITIES;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/**
 * Rules of the tasks that a worker has ahead while others wait, and of the limits that priorities
 * share.
 */
public interface ShareRules extends Rules {

  /** The maximum number of tasks that a worker has ahead in a queue with priorities. */
  int AHEAD_WITH_PRIORITIES = 300;

  /** The time of a slow task. */
  int SLOW_TICKS = 6;

  @Example
  @Label(
      "WORK-23 A worker that joins a backlog of slow tasks MUST get a task before another worker "
          + "finishes one")
  default void aSecondWorkerGetsItsShare() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Semaphore ends = new Semaphore(0);
              scene.push(8);
              try (Worker first =
                  scene.partition.work(task -> ends.acquire(), WorkerOptions.concurrency(1))) {
                for (int slow = 1; slow <= 3; slow++) {
                  scene.await(() -> first.running() == 1);
                  scene.harness.advance(scene.ticks(SLOW_TICKS));
                  ends.release();
                  int left = 8 - slow;
                  scene.await(() -> scene.backlog() == left);
                }
                scene.await(() -> first.running() == 1);
                try (Worker second =
                    scene.partition.work(task -> ends.acquire(), WorkerOptions.concurrency(1))) {
                  scene.await(() -> second.running() == 1);
                  int running = second.running();
                  int ahead = first.ahead();
                  ends.release(100);
                  rules()
                      .require(
                          running == 1,
                          () ->
                              "no task for " + second + ": " + first + " has " + ahead + " ahead");
                }
              }
            });
  }

  @Example
  @Requires(PRIORITIES)
  @Label(
      "PRIO-17 A worker MUST start a task of the highest priority after the running tasks and "
          + "at most 300 others")
  default void fewTasksGoBeforeAHigherPriority() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(2, 0),
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              scene
                  .partition
                  .pushAll(
                      IntStream.range(0, 1_200).mapToObj(i -> Task.of("low-" + i, "")).toList())
                  .requireAllStored();
              try (Worker unused =
                  scene.partition.work(
                      task -> {
                        handled.add(task.taskId());
                        if (handled.size() == 400) {
                          scene.partition.push(Task.of("high", "").withPriority(1));
                          handled.add("pushed");
                        }
                      },
                      WorkerOptions.concurrency(1))) {
                scene.await(() -> scene.backlog() == 0);
              }
              int pushed = index(handled, "pushed");
              int before = index(handled, "high") - pushed - 1;
              rules()
                  .require(
                      pushed > 0 && before >= 0 && before <= AHEAD_WITH_PRIORITIES,
                      () -> before + " tasks were handled before the one of the highest priority");
            });
  }

  @Example
  @Requires(PRIORITIES)
  @Label("PRIO-18 The limit of bytes of a pull MUST be that of all priorities together")
  default void allPrioritiesShareTheByteLimit() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(2, 0),
            scene -> {
              scene.partition.push(Task.of("low", new byte[6_000]));
              scene.partition.push(Task.of("high", new byte[6_000]).withPriority(1));
              Stats unused = scene.stats(stats -> stats.ready() == 2);
              PullOptions bounded = PullOptions.defaults().withMaxBytes(10_600);
              try (Puller puller = scene.partition.puller(bounded)) {
                for (String next : List.of("high", "low")) {
                  List<Delivery> got = puller.pull(2, Duration.ZERO);
                  List<String> ids = got.stream().map(Delivery::taskId).toList();
                  rules().require(ids.equals(List.of(next)), () -> "a pull took " + ids);
                  got.forEach(Delivery::ack);
                }
              }
            });
  }

  private static int index(Queue<String> handled, String id) {
    return List.copyOf(handled).indexOf(id);
  }
}
