// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** SIM-9: turns, sleeps, wake-ups and faults are neither lost nor invented. */
class SchedulerTest {

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(200)
          .withTimeLimit(Duration.ofMinutes(5))
          .withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(10)));

  private static final Pattern SLOW = Pattern.compile(" is slow, for ");

  @Test
  void aNewTaskWakesEachWaitingPull() {
    Simulation.run(
        OPTIONS,
        sim -> {
          List<String> got = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            sim.actor("puller-" + i, () -> got.addAll(pullOne(sim.queue())));
          }
          sim.sleep(Duration.ofSeconds(1));
          sim.queue().partition("p").pushAll(tasks(3)).requireAllStored();
          sim.sleep(Duration.ofSeconds(1));
          sim.check("each pull has a task, without a wait", got.size() == 3);
        });
  }

  private static List<Task> tasks(int count) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(Task.of("t" + i, "work"));
    }
    return tasks;
  }

  private static List<String> pullOne(TaskQueue queue) throws InterruptedException {
    List<String> ids = new ArrayList<>();
    try (Puller puller = queue.partition("p").puller()) {
      for (Delivery delivery : puller.pull(1, Duration.ofHours(1))) {
        delivery.ack();
        ids.add(delivery.taskId());
      }
    }
    return ids;
  }

  @Test
  void anInterruptEndsAWait() {
    Simulation.run(
        OPTIONS,
        sim -> {
          Thread[] sleeper = new Thread[1];
          boolean[] interrupted = {false};
          sim.actor(
              "sleeper",
              () -> {
                sleeper[0] = Thread.currentThread();
                try {
                  sim.sleep(Duration.ofHours(1));
                } catch (InterruptedException e) {
                  interrupted[0] = true;
                }
              });
          sim.sleep(Duration.ofSeconds(1));
          sleeper[0].interrupt();
          sim.sleep(Duration.ofSeconds(1));
          sim.check("the interrupt ended the sleep", interrupted[0]);
        });
  }

  @Test
  void aSleepLastsForItsTime() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          long before = sim.clock().millis();
          sim.sleep(Duration.ofSeconds(7));
          sim.check("seven seconds later", sim.clock().millis() == before + 7_000);
        });
  }

  @Test
  void noMoreFaultsHappenThanAreAllowed() {
    for (int most : new int[] {0, 1, 3}) {
      AtomicInteger highest = new AtomicInteger();
      for (String log : Run.logs(OPTIONS, sim -> slowShop(sim, most))) {
        highest.accumulateAndGet((int) SLOW.matcher(log).results().count(), Math::max);
      }
      assertThat(highest).hasValue(most);
    }
  }

  private static void slowShop(Simulation sim, int most) {
    sim.faults().only(Kind.SLOW_THREAD).atMost(most);
    DeterminismTest.shop(sim);
  }

  @Test
  void noFaultHitsTheTestItself() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().only(Kind.REQUEST_LOST, Kind.CONFIRMATION_LOST).atMost(100);
          sim.queue().partition("p").pushAll(tasks(10)).requireAllStored();
          assertThat(pullOne(sim.queue())).hasSize(1);
        });
  }

  /** A crashed process starts again, and no thread from before the crash continues. */
  @Test
  void aCrashEndsAllThreadsOfAProcessAndStartsItAgain() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().only(Kind.CRASH);
          Partition partition = sim.queue().partition("p");
          partition.push(Task.of("t", "work"));
          int[] lives = {0};
          boolean[] done = {false};
          sim.process(
              "worker",
              queue -> {
                int life = ++lives[0];
                sim.actor(
                    "helper",
                    () -> {
                      for (int i = 0; i < 60; i++) {
                        sim.sleep(Duration.ofSeconds(1));
                        sim.check("of this life", life == lives[0]);
                      }
                    });
                done[0] |= !pullOne(queue).isEmpty();
              });
          sim.sleep(Duration.ofMinutes(10));
          sim.check("the task is done, in one life or another", done[0] || isGone(sim));
        });
  }

  /** A history without other pending events continues until the process has started again. */
  @Test
  void aHistoryDoesNotEndBeforeACrashedProcessIsStartedAgain() {
    Simulation.run(
        OPTIONS,
        sim -> {
          boolean[] came = {false};
          sim.faults().only(Kind.CRASH);
          sim.process(
              "producer",
              queue -> {
                sim.point("before it comes");
                came[0] = true;
              });
          sim.atEnd("it came", () -> came[0]);
        });
  }

  @Test
  void eachThreadThatWaitsForTheSameWorkerContinues() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          sim.queue().partition("p").push(Task.of("t", "work"));
          Worker worker =
              sim.queue()
                  .partition("p")
                  .work(task -> sim.sleep(Duration.ofSeconds(30)), WorkerOptions.defaults());
          sim.sleep(Duration.ofSeconds(1));
          List<Boolean> drained = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            sim.actor("drain-" + i, () -> drained.add(worker.drain(Duration.ofHours(5))));
          }
          sim.sleep(Duration.ofMinutes(1));
          sim.check("all three have drained", drained.equals(List.of(true, true, true)));
        });
  }

  private static boolean isGone(Simulation sim) {
    return sim.server().tasks("p").isEmpty();
  }

  @Test
  void aConditionIsCheckedAfterTheLastStep() {
    assertThatThrownBy(
            () ->
                Simulation.run(
                    1,
                    sim -> {
                      boolean[] holds = {true};
                      sim.faults().none();
                      sim.always("it holds", () -> holds[0]);
                      sim.actor("last", () -> holds[0] = false);
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("condition does not hold: it holds");
  }
}
