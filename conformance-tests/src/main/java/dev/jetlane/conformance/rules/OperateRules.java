// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ADMIN;
import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.LISTENERS;
import static dev.jetlane.conformance.harness.Capability.PAUSE;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/** Rules of the operations on a whole partition: purge, delete, pause. */
public interface OperateRules extends Rules {

  private static PartitionAdmin admin(Scene scene) {
    return scene.queue.admin().partition("p0");
  }

  @Example
  @WithoutPrefetch
  @Requires({ADMIN, DELAY, DEAD_LETTERS})
  @Label(
      "PURGE-1 A purge MUST remove the tasks of its partition in every state and return "
          + "their number, and MUST NOT affect dead letters or other partitions")
  default void purgeRemovesTasks() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withLeaseTicks(30),
            scene -> {
              Partition other = scene.queue.partition("other");
              other.push(Task.of("task", ""));
              scene.push(4);
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(30)));
              scene.take(scene.puller(), 2).get(0).deadLetter("no");
              scene.stats(new Stats(2, 1, 0, 1, 1)::equals);
              long purged = admin(scene).purge();
              scene.advancePast(35);
              List<Delivery> got = scene.pullNow();
              Stats stats = scene.stats(new Stats(0, 0, 1)::equals);
              Stats apart = other.stats();
              rules()
                  .require(
                      purged == 4
                          && got.isEmpty()
                          && stats.equals(new Stats(0, 0, 1))
                          && apart.ready() == 1,
                      () -> purged + " purged, then received " + got + ", " + stats + ", " + apart);
            });
  }

  @Example
  @Requires({ADMIN, CAPACITY})
  @Label("PURGE-2 A purged partition MUST accept and hand out as many new tasks as an empty one")
  default void purgeMakesRoom() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(3),
            scene -> {
              scene.push(3);
              long purged = admin(scene).purge();
              for (int i = 0; i < 3; i++) {
                scene.pushOne("new-" + i);
              }
              List<String> got = Scene.ids(scene.pullWithin(3));
              rules()
                  .require(
                      purged == 3 && got.equals(List.of("new-0", "new-1", "new-2")),
                      () -> purged + " purged, then received " + got);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires({ADMIN, DEAD_LETTERS, DELAY})
  @Label("PURGE-3 The deletion of a partition that is in use MUST be refused and change nothing")
  default void inUseIsNotDeleted() throws Exception {
    rules()
        .with(
            scene -> {
              PartitionAdmin admin = admin(scene);
              scene.push(1);
              boolean ready = refuses(admin::delete);
              Delivery held = scene.take(scene.puller(), 1).get(0);
              boolean outstanding = refuses(admin::delete);
              held.deadLetter("no");
              scene.stats(new Stats(0, 0, 1)::equals);
              boolean dead = refuses(admin::delete);
              scene.partition.deadLetters().purge();
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(5_000)));
              boolean delayed = refuses(admin::delete);
              boolean unused = scene.partition.cancel("later");
              Background<List<Delivery>> pull = scene.waitingPull(1);
              scene.await(() -> admin.summary().waitingPulls() > 0);
              boolean pulled = refuses(admin::delete);
              scene.pushOne("after");
              List<String> got = Scene.ids(pull.result());
              rules()
                  .require(
                      ready
                          && outstanding
                          && dead
                          && delayed
                          && pulled
                          && got.equals(List.of("after")),
                      () ->
                          "refused with a task ready: %s, outstanding: %s, dead: %s, delayed: %s, pulled from: %s; then received %s"
                              .formatted(ready, outstanding, dead, delayed, pulled, got));
            });
  }

  private static boolean refuses(Runnable deletion) {
    try {
      deletion.run();
      return false;
    } catch (QueueRejectedException e) {
      return true;
    }
  }

  @Example
  @Requires({ADMIN, DELAY, DEAD_LETTERS})
  @Label(
      "PURGE-4 A deleted partition MUST disappear from the list with its tasks, and MUST be "
          + "new when it is opened again")
  default void deletedIsGone() throws Exception {
    rules()
        .with(
            scene -> {
              scene.queue.partition("other").push(Task.of("task", ""));
              scene.push(3);
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(3)));
              try (Puller puller = scene.puller()) {
                scene.take(puller, 1).get(0).deadLetter("no");
              }
              admin(scene).deleteWithTasks();
              List<String> left =
                  scene.queue.admin().partitions().stream().map(PartitionSummary::name).toList();
              Partition again = scene.client().partition("p0");
              scene.advancePast(4);
              Stats stats = again.stats();
              again.push(Task.of("new", ""));
              List<Delivery> got = scene.puller(again).pull(9, scene.ticks(20));
              got.forEach(Delivery::ack);
              scene.stats(again, s -> s.backlog() == 0);
              rules()
                  .require(
                      left.equals(List.of("other"))
                          && stats.equals(new Stats(0, 0, 0))
                          && Scene.ids(got).equals(List.of("new")),
                      () -> "left " + left + ", opened again " + stats + ", received " + got);
              admin(scene).deleteWithTasks();
              opensWithALongerLease(scene);
            });
  }

  /** A new partition has the lease of the client that opens it. */
  private void opensWithALongerLease(Scene scene) throws InterruptedException {
    Duration lease = scene.config.lease();
    try (TaskQueue client = scene.harness.open(scene.config.withLease(lease.multipliedBy(2)))) {
      Partition again = client.partition("p0");
      again.push(Task.of("longer", ""));
      try (Puller puller = again.puller()) {
        List<Delivery> got = puller.pull(1, scene.ticks(20));
        rules()
            .require(
                got.size() == 1 && got.get(0).leaseRemaining().compareTo(lease) > 0,
                () -> "opened with twice the lease of " + lease + ", received " + got);
        got.forEach(Delivery::ack);
      }
    }
  }

  @Example
  @Requires(ADMIN)
  @Label(
      "PART-8 If a partition is deleted while a client has it open, the calls of that client "
          + "MUST restore it")
  default void deletedIsRestored() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              Puller puller = scene.puller();
              for (String id : List.of("first", "second")) {
                admin(scene).deleteWithTasks();
                scene.await(() -> pulls(puller));
                scene.pushOne(id);
                List<Delivery> got = puller.pull(9, scene.ticks(20));
                rules()
                    .require(
                        Scene.ids(got).equals(List.of(id)),
                        () -> "deleted, and used again, the partition has " + Scene.ids(got));
                got.get(0).ack();
              }
            });
  }

  /** Whether a pull from an empty partition succeeds. */
  private static boolean pulls(Puller puller) {
    try {
      return puller.pull(1, Duration.ZERO).isEmpty();
    } catch (QueueUnavailableException missing) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Example
  @WithoutPrefetch
  @Requires({PAUSE, PRIORITIES})
  @Label(
      "PAUSE-1 A paused partition MUST NOT hand out tasks to any client, and MUST accept "
          + "pushes and settlements")
  default void pausedHandsOutNothing() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(2, 0),
            scene -> {
              scene.push(3);
              List<Delivery> held = scene.take(scene.puller(), 2);
              admin(scene).pause(scene.ticks(500));
              held.get(0).nak();
              held.get(1).ack();
              scene.partition.push(Task.of("urgent", "").withPriority(1));
              scene.pushOne("new");
              TaskQueue other = scene.client();
              List<Delivery> got = scene.pullNow();
              got.addAll(scene.pullNow(scene.puller(other.partition("p0"))));
              scene.queue.partition("apart").push(Task.of("apart", ""));
              int apart =
                  scene.puller(scene.queue.partition("apart")).pull(9, scene.ticks(20)).size();
              Stats stats = scene.stats(new Stats(3, 1, 0)::equals);
              rules()
                  .require(
                      got.isEmpty() && apart == 1 && stats.equals(new Stats(3, 1, 0)),
                      () ->
                          "received " + got + ", from another one " + apart + ", left is " + stats);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires(PAUSE)
  @Label(
      "PAUSE-2 A pause MUST end automatically, not before its time, wake a waiting pull, and "
          + "hand out redeliveries first")
  default void pauseEnds() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              Delivery held = scene.take(scene.puller(), 1).get(0);
              long start = scene.harness.nowNanos();
              admin(scene).pause(scene.ticks(6));
              scene.pushOne("new");
              held.nak();
              Background<List<Delivery>> pull = scene.waitingPull(2);
              scene.harness.advance(scene.ticks(5));
              boolean early =
                  pull.ended() && scene.harness.nowNanos() - start < scene.ticks(6).toNanos();
              scene.advancePast(1);
              List<Delivery> got = pull.result();
              boolean paused = admin(scene).summary().pausedFor().isPresent();
              rules()
                  .require(
                      !early && !paused && !got.isEmpty() && got.get(0).taskId().equals("task-0"),
                      () -> "early: " + early + ", still paused: " + paused + ", received " + got);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires(PAUSE)
  @Label("PAUSE-3 A resume MUST end the pause immediately and wake a waiting pull")
  default void resumeWakes() throws Exception {
    rules()
        .with(
            scene -> {
              PartitionAdmin admin = admin(scene);
              admin.resume();
              admin.pause(scene.ticks(5_000));
              scene.push(1);
              Background<List<Delivery>> pull = scene.waitingPull(1);
              admin.resume();
              List<String> got = Scene.ids(pull.result());
              rules()
                  .require(got.equals(List.of("task-0")), () -> "received after a resume: " + got);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires(PAUSE)
  @Label(
      "PAUSE-4 Every client MUST see a pause and its remaining time, and a second pause MUST "
          + "replace the first")
  default void pauseIsSeen() throws Exception {
    rules()
        .with(
            scene -> {
              admin(scene).pause(scene.ticks(10_000));
              admin(scene).pause(scene.ticks(1_000));
              PartitionSummary seen = scene.client().admin().partitions().get(0);
              Duration left = seen.pausedFor().orElse(Duration.ZERO);
              rules()
                  .require(
                      left.compareTo(scene.ticks(1_000)) <= 0
                          && left.compareTo(scene.ticks(900)) > 0,
                      () -> "paused for 1000 ticks of " + scene.ticks(1) + ", seen is " + seen);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires(PAUSE)
  @Label(
      "PAUSE-5 A pause or a resume of a deleted partition MUST fail with an error, and MUST NOT "
          + "create the partition")
  default void deletedIsNotPaused() throws Exception {
    rules()
        .with(
            scene -> {
              scene.queue.partition("other");
              PartitionAdmin admin = admin(scene);
              admin.delete();
              boolean paused = succeeds(() -> admin.pause(scene.ticks(1_000)));
              boolean resumed = succeeds(admin::resume);
              List<String> left =
                  scene.queue.admin().partitions().stream().map(PartitionSummary::name).toList();
              rules()
                  .require(
                      !paused && !resumed && left.equals(List.of("other")),
                      () ->
                          "deleted, then paused: "
                              + paused
                              + ", resumed: "
                              + resumed
                              + ", left "
                              + left);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires({PAUSE, LISTENERS})
  @Label(
      "PAUSE-6 A paused partition MUST be a warning in the health of each client that opened it, "
          + "and an event of the listener, once for each pause")
  default void pauseIsAWarning() throws Exception {
    rules()
        .with(
            scene -> {
              List<String> told = new CopyOnWriteArrayList<>();
              QueueListener listener =
                  new QueueListener() {
                    @Override
                    public void warned(QueueEvent.Warned event) {
                      told.add(event.text());
                    }
                  };
              TaskQueue client = scene.client(List.of(listener));
              Partition unused = client.partition("p0");
              List<Health> seen = new ArrayList<>();
              seen.add(client.health());
              admin(scene).pause(scene.ticks(10_000));
              seen.add(client.health());
              seen.add(client.health());
              admin(scene).resume();
              seen.add(client.health());
              Health paused = seen.get(1);
              rules()
                  .require(
                      paused.ready()
                          && paused.problems().size() == 1
                          && seen.equals(List.of(Health.up(), paused, paused, Health.up()))
                          && told.equals(paused.problems()),
                      () -> "before, twice during and after a pause: " + seen + ", told " + told);
            });
  }

  private static boolean succeeds(Runnable change) {
    try {
      change.run();
      return true;
    } catch (QueueUnavailableException missing) {
      return false;
    }
  }
}
