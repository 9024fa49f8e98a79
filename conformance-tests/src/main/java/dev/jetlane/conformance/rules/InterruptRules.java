// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Rules of threads that are interrupted at random moments. */
public interface InterruptRules extends Rules {

  /** The ids of the tasks that the threads of one client stored and settled. */
  final class Known {
    private final Set<String> stored = new ConcurrentSkipListSet<>();
    private final Set<String> settled = new ConcurrentSkipListSet<>();
    private final Set<String> perhapsSettled = new ConcurrentSkipListSet<>();

    /** Pushes tasks, then pulls and acks the same number. */
    private Void work(Partition partition, Puller puller, String name, Duration wait)
        throws InterruptedException {
      boolean mayBeInterrupted = !wait.isZero();
      for (int i = 0; i < 20; i++) {
        try {
          String id = name + i;
          partition.push(Task.of(id, ""));
          stored.add(id);
          for (Delivery delivery : puller.pull(1, wait)) {
            settle(delivery);
          }
        } catch (InterruptedException | OutcomeUnknownException | QueueUnavailableException e) {
          if (!mayBeInterrupted) {
            throw e;
          }
        }
      }
      return null;
    }

    private void settle(Delivery delivery) {
      try {
        if (delivery.ack() == Settlement.SETTLED) {
          settled.add(delivery.taskId());
        }
      } catch (TaskQueueException e) {
        perhapsSettled.add(delivery.taskId());
        throw e;
      }
    }

    /** Returns the stored tasks that no thread has settled or tried to settle. */
    private Set<String> left() {
      Set<String> left = new TreeSet<>(stored);
      left.removeAll(settled);
      left.removeAll(perhapsSettled);
      return left;
    }
  }

  @Property
  @WithoutPrefetch
  @Label(
      "LIFE-13 An interrupt of a platform or virtual thread MUST at any moment affect only "
          + "the calls of that thread, and MUST NOT lose a task")
  default void interruptsAreLocal(@ForAll boolean virtual, @ForAll Random random) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Partition partition = scene.client().partition("p0");
              Known known = new Known();
              List<Background<Void>> interrupted = new ArrayList<>();
              for (String name : List.of("a", "b", "c")) {
                Puller puller = scene.puller(partition);
                Duration wait = scene.ticks(1);
                interrupted.add(
                    Background.start(() -> known.work(partition, puller, name, wait), virtual));
              }
              Puller own = scene.puller(partition);
              Background<Void> other =
                  Background.start(() -> known.work(partition, own, "other", Duration.ZERO));
              while (!interrupted.stream().allMatch(Background::ended)) {
                LockSupport.parkNanos(random.nextInt((int) TimeUnit.MILLISECONDS.toNanos(2)));
                interrupted.get(random.nextInt(interrupted.size())).interrupt();
              }
              for (Background<Void> each : interrupted) {
                each.result();
              }
              other.result();
              requireEachOnce(scene, known);
            });
  }

  private void requireEachOnce(Scene scene, Known known) throws InterruptedException {
    Set<String> left = known.left();
    List<String> came = Scene.ids(scene.pullPatiently(left.size()));
    Set<String> lost = new TreeSet<>(left);
    came.forEach(lost::remove);
    rules().require(lost.isEmpty(), () -> "stored, not settled, and not delivered: " + lost);
    Set<String> again = new TreeSet<>(came);
    again.retainAll(known.settled);
    rules().require(again.isEmpty(), () -> "settled, and delivered again: " + again);
  }
}
