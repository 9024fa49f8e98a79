// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** SIM-8: the library's own workers, lease keeper and drain under simulation. */
class OwnThreadsTest {

  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration KEEP_FOR = Duration.ofHours(6);

  /**
   * Long enough for all retries of a history with a few faults, and shorter than {@link #KEEP_FOR}.
   */
  private static final Duration SOON = Duration.ofHours(1);

  private static SimulationOptions seeds(int seeds) {
    return SimulationOptions.seeds(seeds)
        .withTimeLimit(Duration.ofMinutes(5))
        .withConfig(QueueConfig.defaults().withLease(LEASE));
  }

  /** After a failed give-back the lease must no longer be kept. */
  @Test
  void aTaskIsRedeliveredAlthoughItsGiveBackFails() {
    Simulation.run(
        seeds(300),
        sim -> {
          sim.faults().only(Kind.DISCONNECT, Kind.CONFIRMATION_LOST, Kind.REQUEST_LOST);
          sim.queue().partition("p").push(Task.of("t", "work"));
          long startMillis = sim.clock().millis();
          sim.process("holder", queue -> giveBackThenAck(sim, queue));
          sim.atEnd("the task is done", () -> sim.server().tasks("p").isEmpty());
          sim.atEnd(
              "the task is done soon", () -> sim.clock().millis() - startMillis < SOON.toMillis());
        });
  }

  private static void giveBackThenAck(Simulation sim, TaskQueue queue) throws Exception {
    PullOptions kept = PullOptions.defaults().withKeepFor(KEEP_FOR);
    try (Puller puller = queue.partition("p").puller(kept)) {
      while (true) {
        for (Delivery delivery : pull(sim, puller)) {
          try (delivery) {
            sim.point("holding");
            if (delivery.attempt() > 1) {
              delivery.ack();
            }
          } catch (TaskQueueException lost) {
            // The delivery is closed, and the task is redelivered.
          }
        }
      }
    }
  }

  private static List<Delivery> pull(Simulation sim, Puller puller) throws InterruptedException {
    try {
      return puller.pull(1, Duration.ofMinutes(1));
    } catch (QueueUnavailableException disconnected) {
      sim.sleep(Duration.ofSeconds(1));
      return List.of();
    }
  }

  /**
   * An executor may run handlers on the calling thread. No handler may begin inside another one.
   */
  @Test
  void manyTasksOnTheThreadThatAsksFillNoStack() {
    Simulation.run(
        seeds(20),
        sim -> {
          sim.faults().none();
          Partition partition = sim.queue().partition("p");
          for (int i = 0; i < 200; i++) {
            partition.push(Task.of("t" + i, "work"));
          }
          WorkerOptions options = WorkerOptions.concurrency(200).withExecutor(Runnable::run);
          sim.process(
              "worker", queue -> queue.partition("p").work(task -> checkDepth(sim), options));
          sim.atEnd("each task is done", () -> sim.server().tasks("p").isEmpty());
        });
  }

  private static void checkDepth(Simulation sim) {
    long frames = StackWalker.getInstance().walk(Stream::count);
    sim.check("the stack does not grow with the tasks", frames < 200);
  }

  @Test
  void aPausedWorkerEndsWithItsQueue() {
    Simulation.run(
        seeds(300),
        sim -> {
          sim.queue().partition("p").push(Task.of("t", "work"));
          sim.process(
              "owner",
              queue -> {
                Worker worker =
                    queue
                        .partition("p")
                        .work(task -> sim.point("working"), WorkerOptions.defaults());
                if (sim.maybe()) {
                  sim.sleep(Duration.ofMillis(sim.upTo(20)));
                }
                worker.pause();
                queue.close();
                sim.check("the worker is closed", worker.state() == Worker.State.CLOSED);
              });
        });
  }

  /** After a drain within its time no handler runs, and every task that was begun is settled. */
  @Test
  void aDrainInTimeLeavesNoTask() {
    Simulation.run(
        seeds(500),
        sim -> {
          Set<String> running = new HashSet<>();
          Partition partition = sim.queue().partition("p");
          for (int i = sim.upTo(6); i > 0; i--) {
            partition.push(Task.of("t" + i, "work"));
          }
          sim.faults().without(Kind.CRASH);
          sim.process("worker", queue -> workAndDrain(sim, queue, running));
          sim.atEnd("nothing runs", running::isEmpty);
        });
  }

  private static void workAndDrain(Simulation sim, TaskQueue queue, Set<String> running)
      throws Exception {
    Worker worker =
        queue
            .partition("p")
            .work(
                task -> {
                  running.add(task.taskId() + task.attempt());
                  try {
                    sim.sleep(Duration.ofSeconds(sim.upTo(15)));
                  } finally {
                    running.remove(task.taskId() + task.attempt());
                  }
                },
                WorkerOptions.concurrency(2).withKeepFor(KEEP_FOR));
    sim.sleep(Duration.ofSeconds(sim.upTo(30)));
    boolean inTime = worker.drain(Duration.ofMinutes(2));
    sim.check("a drain in time ends no handler", !inTime || running.isEmpty());
    sim.check("a drained worker is closed", worker.state() == Worker.State.CLOSED);
    sim.check("a drained worker runs nothing", worker.running() == 0 && worker.ahead() == 0);
  }
}
