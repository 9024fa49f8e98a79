// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ADMIN;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DRIFT_DETECTION;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rules of the creation of partitions, and of their tasks and settings. */
public interface PartitionRules extends Rules {

  @Property
  @Label("PART-2 A partition that is opened again by any client MUST be the same partition")
  default void sameNameIsTheSamePartition(@ForAll boolean otherClient) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(2);
              TaskQueue client = otherClient ? scene.client() : scene.queue;
              Partition again = client.partition("p0");
              Stats before = scene.stats(again, s -> s.ready() == 2);
              List<Delivery> got = scene.take(scene.puller(again), 2);
              rules()
                  .require(
                      before.ready() == 2
                          && Scene.ids(got).equals(List.of("task-0", "task-1"))
                          && scene.stats(s -> s.outstanding() == 2).outstanding() == 2,
                      () ->
                          "2 tasks were pushed, the partition opened again has " + Scene.ids(got));
            });
  }

  @Property
  @Label(
      "PART-3 Every name that the contract allows MUST work, and different names MUST "
          + "NOT collide")
  default void namesAreKept(@ForAll("partitionNames") List<String> names) throws Exception {
    rules()
        .with(
            scene -> {
              for (String name : names) {
                scene.queue.partition(name).push(Task.of("task", "for " + name));
              }
              for (String name : names) {
                List<Delivery> got =
                    scene.puller(scene.queue.partition(name)).pull(9, Duration.ZERO);
                rules()
                    .require(
                        got.size() == 1
                            && got.get(0).partition().equals(name)
                            && new String(
                                    got.get(0).payload(), java.nio.charset.StandardCharsets.UTF_8)
                                .equals("for " + name),
                        () -> "partition " + name + " holds " + Scene.ids(got));
                got.forEach(Delivery::ack);
              }
            });
  }

  @Property
  @Label(
      "PART-4 Clients that create partitions concurrently MUST all succeed, and MUST share "
          + "each partition of the same name")
  default void concurrentCreationsSucceed(@ForAll @IntRange(min = 2, max = 6) int clients)
      throws Exception {
    rules()
        .with(
            scene -> {
              List<Background<String>> pushes = new ArrayList<>();
              for (int i = 0; i < clients; i++) {
                TaskQueue client = scene.client();
                Task task = Task.of("task-" + i, new byte[0]);
                pushes.add(
                    Background.start(
                        () -> {
                          client.partition("own-" + task.id()).push(task);
                          return client.partition("shared").push(task).taskId();
                        }));
              }
              for (Background<String> push : pushes) {
                push.result();
              }
              long shared =
                  scene.stats(scene.queue.partition("shared"), s -> s.ready() == clients).ready();
              rules()
                  .require(shared == clients, () -> shared + " tasks of " + clients + " arrived");
              for (int i = 0; i < clients; i++) {
                long own =
                    scene
                        .stats(scene.queue.partition("own-task-" + i), s -> s.ready() == 1)
                        .ready();
                rules().require(own == 1, () -> own + " tasks in a partition that got one");
              }
            });
  }

  @Property
  @Requires(DRIFT_DETECTION)
  @Label(
      "PART-5 Opening a partition with different settings MUST throw ConfigDriftException "
          + "and change nothing")
  default void driftIsRefused(@ForAll @IntRange(min = 0, max = 3) int setting) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              QueueConfig other =
                  switch (setting) {
                    case 0 -> scene.config.withLease(scene.config.lease().multipliedBy(2));
                    case 1 -> scene.config.withMaxOutstanding(77);
                    case 2 ->
                        scene.config.withDedupWindow(scene.config.dedupWindow().multipliedBy(2));
                    default -> scene.config.withMaxTasks(77);
                  };
              Object got = opened(scene, other, "p0");
              rules()
                  .require(
                      got instanceof ConfigDriftException,
                      () -> "opened with " + other + " instead of " + scene.config + ": " + got);
              List<Delivery> left = scene.pullPatiently(1);
              rules()
                  .require(
                      left.size() == 1
                          && left.get(0).leaseRemaining().compareTo(scene.config.lease()) <= 0,
                      () -> "after a refused change the partition gave " + left);
            });
  }

  @Example
  @Requires({ADMIN, DRIFT_DETECTION})
  @Label(
      "PART-11 Opening a new partition with another dedupWindow or maxTasks than the queue has "
          + "MUST throw ConfigDriftException, and MUST NOT create it")
  default void settingsOfTheQueueAreForEachPartition() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              QueueConfig config = scene.config;
              for (QueueConfig other :
                  List.of(
                      config.withDedupWindow(config.dedupWindow().multipliedBy(2)),
                      config.withMaxTasks(77))) {
                Object got = opened(scene, other, "new");
                List<String> left =
                    scene.queue.admin().partitions().stream().map(PartitionSummary::name).toList();
                rules()
                    .require(
                        got instanceof ConfigDriftException && left.equals(List.of("p0")),
                        () -> "opened with " + other + ": " + got + ", partitions are " + left);
              }
            });
  }

  /** Opens a partition with these settings. Returns it, or the exception about the difference. */
  private static Object opened(Scene scene, QueueConfig config, String partition) {
    try (TaskQueue client = scene.harness.open(config)) {
      return client.partition(partition);
    } catch (ConfigDriftException e) {
      return e;
    }
  }

  @Example
  @Label("PART-6 A partition without any push MUST be empty, and its statistics MUST be available")
  default void startsEmpty() throws Exception {
    rules()
        .with(
            scene -> {
              Stats stats = scene.queue.partition("fresh").stats();
              rules().require(stats.equals(new Stats(0, 0, 0)), () -> "a new partition: " + stats);
            });
  }

  @Example
  @Label("PART-7 Opening a partition again in the same client MUST return the same object")
  default void isOneObject() throws Exception {
    rules()
        .with(
            scene -> {
              TaskQueue client = scene.client();
              Partition first = client.partition("p0");
              Partition second = client.partition("p0");
              rules().require(first == second, () -> first + " and " + second + " of one name");
            });
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "PART-10 A client MUST be able to open a partition with its own maxDeliveries, "
          + "maxPayloadBytes and lowEvery, and these settings MUST apply to that client alone")
  default void ownSettingsHoldForOneClient() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(2, 0),
            scene -> {
              if (scene.harness.capabilities().contains(PRIORITIES)) {
                lowEveryIsOwn(scene);
              }
            });
    rules()
        .with(
            scene -> {
              QueueConfig own = scene.config.withMaxDeliveries(1).withMaxPayloadBytes(3);
              String large = "four";
              try (TaskQueue client = scene.harness.open(own)) {
                Partition strict = client.partition("p0");
                Object outcome;
                try {
                  outcome = strict.push(Task.of("first", large));
                } catch (InvalidInputException e) {
                  outcome = e;
                }
                Object got = outcome;
                rules()
                    .require(
                        got instanceof InvalidInputException,
                        () -> "a payload of 4 bytes, opened with " + own + ": " + got);
                scene.partition.push(Task.of("first", large));
                try (Puller puller = scene.puller(strict)) {
                  scene.take(puller, 1).forEach(Delivery::nak);
                }
              }
              Stats afterStrict = scene.statsSoon(s -> s.dead() == 1 && s.backlog() == 0);
              scene.partition.push(Task.of("second", large));
              try (Puller puller = scene.puller()) {
                scene.take(puller, 1).forEach(Delivery::nak);
                List<Delivery> again = scene.take(puller, 1);
                rules()
                    .require(
                        afterStrict.equals(new Stats(0, 0, 1)) && again.get(0).attempt() == 2,
                        () ->
                            "a nak of the client with one delivery left "
                                + afterStrict
                                + ", and one of the other "
                                + again);
              }
            });
  }

  private void lowEveryIsOwn(Scene scene) throws InterruptedException {
    try (TaskQueue client = scene.harness.open(scene.config.withLowEvery(2))) {
      requireOrder(scene, client, "p0", List.of("high", "low", "second"));
    }
    requireOrder(scene, scene.queue, "p1", List.of("high", "second", "low"));
  }

  /** Each partition has both clients. */
  private void requireOrder(Scene scene, TaskQueue client, String name, List<String> expected)
      throws InterruptedException {
    Partition partition = client.partition(name);
    partition.push(Task.of("low", ""));
    partition.push(Task.of("high", "").withPriority(1));
    partition.push(Task.of("second", "").withPriority(1));
    scene.await(() -> partition.stats().ready() == 3);
    try (Puller puller = scene.puller(partition)) {
      List<String> ids = Scene.ids(scene.take(puller, 3));
      rules().require(ids.equals(expected), () -> "received from " + name + ": " + ids);
    }
  }

  @Provide
  default Arbitrary<List<String>> partitionNames() {
    Arbitrary<String> odd =
        Arbitraries.of("a", "A", "-", "_", "0", "-a", "gpu", "GPU", "x".repeat(64), "x".repeat(63));
    Arbitrary<String> any =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withCharRange('A', 'Z')
            .withCharRange('0', '9')
            .withChars('-', '_')
            .ofMinLength(1)
            .ofMaxLength(64);
    return Arbitraries.oneOf(odd, any).list().uniqueElements().ofMinSize(1).ofMaxSize(5);
  }
}
