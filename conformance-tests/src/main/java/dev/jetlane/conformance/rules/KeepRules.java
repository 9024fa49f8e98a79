// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.RuleRun;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of kept leases: which leases the client extends, and when it stops. */
public interface KeepRules extends Rules {

  /** Long leases, so that kept leases are not lost when the machine stalls briefly. */
  Settings KEPT = Settings.PLAIN.withLeaseTicks(40);

  @Property
  @Label("KEEP-1 A kept lease MUST NOT expire, regardless of the duration of the work")
  default void keptLeaseDoesNotExpire(@ForAll @IntRange(min = 1, max = 5) int tasks)
      throws Exception {
    calmly(
        scene -> {
          scene.push(tasks);
          Puller puller = keeping(scene, scene.partition, 0);
          List<Delivery> held = scene.take(puller, tasks);
          scene.standStill(60);
          List<Delivery> again = scene.pullNow();
          rules()
              .require(
                  again.isEmpty() && held.stream().noneMatch(Delivery::leaseExpired),
                  () -> "kept, and handed out again: " + Scene.ids(again));
          held.forEach(Delivery::nak);
          List<Delivery> second = scene.pullPatiently(tasks);
          rules()
              .require(
                  second.size() == tasks && second.stream().allMatch(d -> d.attempt() == 2),
                  () -> "received after keeping and a nak: " + second);
        });
  }

  @Property
  @Label("KEEP-2 Leases of tasks fetched ahead MUST also be kept until the tasks are handed out")
  default void bufferedLeasesAreKept(@ForAll @IntRange(min = 2, max = 6) int tasks)
      throws Exception {
    calmly(
        scene -> {
          scene.push(tasks);
          Puller puller = keeping(scene, scene.partition, tasks);
          Delivery first = scene.take(puller, 1).get(0);
          first.ack();
          scene.standStill(60);
          List<Delivery> buffered = scene.pullWithin(puller, tasks - 1);
          rules()
              .require(
                  buffered.size() == tasks - 1
                      && buffered.stream().allMatch(d -> d.attempt() == 1 && !d.leaseExpired()),
                  () -> "received of " + (tasks - 1) + " tasks fetched ahead: " + buffered);
        });
  }

  @Property
  @Label(
      "KEEP-3 After its maximum a kept lease MUST expire, and the task MUST be delivered "
          + "again")
  default void keepingEnds(@ForAll @IntRange(min = 2, max = 12) int max) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              scene.push(1);
              Puller puller =
                  scene.partition.puller(
                      PullOptions.defaults()
                          .withKeepFor(scene.ticks(max))
                          .withKeepEvery(scene.ticks(3)));
              scene.take(puller, 1);
              scene.advancePast(max + 10);
              List<Delivery> again = scene.pullPatiently(1);
              rules()
                  .require(
                      again.size() == 1 && again.get(0).attempt() == 2,
                      () -> "a lease kept for " + max + " ticks, then received " + again);
            });
  }

  @Example
  @Label("KEEP-4 After its settlement a delivery MUST NOT prolong the lease of the next holder")
  default void settledIsNotKept() throws Exception {
    calmly(
        scene -> {
          scene.push(1);
          Puller puller = keeping(scene, scene.partition, 0);
          Delivery settled = scene.take(puller, 1).get(0);
          settled.nak();
          List<Delivery> next = scene.pullPatiently(1);
          scene.advancePast(40);
          List<Delivery> again = scene.pullPatiently(1);
          rules()
              .require(
                  next.size() == 1 && again.size() == 1,
                  () -> "given back, held by another for a lease, then received " + again);
        });
  }

  @Property
  @Label("KEEP-5 Leases MUST NOT be kept after the close of their puller or its queue")
  default void closedIsNotKept(@ForAll boolean closeQueue) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              scene.push(1);
              TaskQueue client = scene.client();
              Puller puller = keeping(scene, client.partition("p0"), 0);
              List<Delivery> held = scene.take(puller, 1);
              if (closeQueue) {
                client.close();
              } else {
                puller.close();
              }
              scene.advancePast(10);
              List<Delivery> again = scene.pullPatiently(1);
              rules()
                  .require(
                      held.size() == 1 && again.size() == 1 && again.get(0).attempt() == 2,
                      () -> "a lease after the close of its puller, then received " + again);
            });
  }

  @Property
  @Label(
      "KEEP-7 Each of many kept leases MUST be extended in time, regardless of the order in "
          + "which the others are settled")
  default void everyLeaseIsKeptInTime(@ForAll long seed) throws Exception {
    calmly(
        scene -> {
          Random random = new Random(seed);
          Puller puller = keeping(scene, scene.partition, 0);
          List<Delivery> held = new ArrayList<>();
          for (int round = 0; round < 12; round++) {
            scene.partition.pushAll(tasks(round)).requireAllStored();
            held.addAll(scene.take(puller, 4));
            scene.standStill(5);
            for (int i = 0; i < 2; i++) {
              held.remove(random.nextInt(held.size())).ack();
            }
            List<Delivery> lost = held.stream().filter(Delivery::leaseExpired).toList();
            rules().require(lost.isEmpty(), () -> "kept, and lost anyway: " + lost);
          }
          List<Delivery> again = scene.pullNow();
          rules().require(again.isEmpty(), () -> "kept, and handed out again: " + again);
        });
  }

  private static List<Task> tasks(int round) {
    return IntStream.range(0, 4).mapToObj(i -> Task.of("task-" + round + "-" + i, "")).toList();
  }

  @Property
  @Label("KEEP-6 Opening a puller MUST fail if its step of lease keeping exceeds half the lease")
  default void longStepIsRefused(@ForAll @IntRange(min = 1, max = 12) int step) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              PullOptions options =
                  PullOptions.defaults()
                      .withKeepFor(scene.ticks(100))
                      .withKeepEvery(scene.ticks(step));
              boolean refused = false;
              try {
                scene.partition.puller(options).close();
              } catch (InvalidInputException e) {
                refused = true;
              }
              boolean isRefused = refused;
              rules()
                  .require(
                      refused == (step > 5),
                      () -> "a step of " + step + " in a lease of 10 ticks: refused " + isRefused);
            });
  }

  private static Puller keeping(Scene scene, Partition partition, int prefetch) {
    Duration max = scene.ticks(10_000);
    return partition.puller(PullOptions.defaults().withPrefetch(prefetch).withKeepFor(max));
  }

  private void calmly(RuleRun.Check check) throws Exception {
    rules().calmly(KEPT, check);
  }
}
