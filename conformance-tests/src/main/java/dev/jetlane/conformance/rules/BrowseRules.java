// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ADMIN;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskState;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of the operator's view of a queue, and of the removal of a single task. */
public interface BrowseRules extends Rules {

  @Example
  @WithoutPrefetch
  @Requires({ADMIN, DELAY, DEAD_LETTERS})
  @Label(
      "LIST-1 The list of partitions MUST contain each partition with its counts, ordered by "
          + "name, and MUST NOT create one")
  default void partitionsAreListed() throws Exception {
    rules()
        .with(
            scene -> {
              scene.queue.partition("b").push(Task.of("one", "1"));
              scene.push(3);
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(500)));
              List<Delivery> held = scene.take(scene.puller(), 2);
              held.get(0).deadLetter("no");
              Stats wanted = new Stats(1, 1, 0, 1, 1);
              scene.stats(wanted::equals);
              boolean absent = refuses(() -> scene.queue.admin().partition("absent"));
              List<PartitionSummary> all = scene.queue.admin().partitions();
              rules()
                  .require(
                      absent
                          && all.stream()
                              .map(PartitionSummary::name)
                              .toList()
                              .equals(List.of("b", "p0"))
                          && all.get(0).stats().equals(new Stats(1, 0, 0))
                          && all.get(1).stats().equals(wanted)
                          && all.stream().allMatch(p -> p.pausedFor().isEmpty()),
                      () -> "an absent one is refused: " + absent + ", listed are " + all);
            });
  }

  @Property
  @WithoutPrefetch
  @Requires({ADMIN, DELAY, PRIORITIES})
  @Label(
      "LIST-2 The pages of a partition MUST show each task once, in order, with its id, "
          + "state, priority, headers and size")
  default void pagesShowEachTaskOnce(
      @ForAll @IntRange(min = 0, max = 3) int outstanding,
      @ForAll @IntRange(min = 1, max = 4) int ready,
      @ForAll @IntRange(min = 0, max = 3) int delayed,
      @ForAll @IntRange(min = 1, max = 5) int size)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(2, 0),
            scene -> {
              List<String> wanted = new ArrayList<>();
              push(scene, outstanding, "out", 1, TaskState.OUTSTANDING, wanted);
              int taken = outstanding == 0 ? 0 : scene.take(scene.puller(), outstanding).size();
              List<String> low = new ArrayList<>();
              push(scene, ready, "low", 0, TaskState.READY, low);
              push(scene, ready, "high", 1, TaskState.READY, wanted);
              wanted.addAll(low);
              push(scene, delayed, "later", 1, TaskState.DELAYED, wanted);
              PartitionAdmin admin = scene.queue.admin().partition("p0");
              for (int max : List.of(1, size)) {
                List<String> shown = pages(admin, TaskQuery.defaults().withMax(max));
                rules()
                    .require(
                        taken == outstanding && shown.equals(wanted),
                        () -> "shown are " + shown + " instead of " + wanted);
              }
              for (TaskState state : TaskState.values()) {
                List<String> some =
                    pages(admin, TaskQuery.defaults().withMax(size).withState(state));
                rules()
                    .require(
                        some.equals(
                            wanted.stream().filter(t -> t.contains(state.toString())).toList()),
                        () -> state + " of " + wanted + " are " + some);
              }
            });
  }

  private static void push(
      Scene scene, int count, String name, int priority, TaskState state, List<String> wanted) {
    for (int i = 0; i < count; i++) {
      Task task = Task.of(name + i, name).withPriority(priority).withHeader("n", "" + i);
      scene.partition.push(state == TaskState.DELAYED ? task.withDelay(scene.ticks(500)) : task);
      wanted.add(
          describe(task.id(), state, priority, task.headers().toString(), task.payloadSize()));
    }
  }

  private static String describe(
      String id, TaskState state, int priority, String headers, int bytes) {
    return String.join(" ", id, state.toString(), "" + priority, headers, "" + bytes);
  }

  private static List<String> pages(PartitionAdmin admin, TaskQuery query) {
    List<String> all = new ArrayList<>();
    Optional<String> next = Optional.empty();
    int most = 100;
    do {
      Page<TaskInfo> page = admin.tasks(next.map(query::withStart).orElse(query));
      for (TaskInfo task : page.items()) {
        all.add(
            describe(
                task.id(),
                task.state(),
                task.priority(),
                task.headers().toString(),
                task.payloadBytes()));
      }
      if (page.items().size() > query.max()) {
        all.add("a page of " + page.items().size());
      }
      next = page.next();
    } while (next.isPresent() && --most > 0);
    return all;
  }

  @Example
  @WithoutPrefetch
  @Requires({ADMIN, DEAD_LETTERS})
  @Label("LIST-3 Browsing MUST NOT lease or change a task")
  default void browsingChangesNothing() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(3);
              PartitionAdmin admin = scene.queue.admin().partition("p0");
              for (int i = 0; i < 3; i++) {
                admin.tasks(TaskQuery.defaults().withPayloads());
                Optional<TaskInfo> unused = admin.find("task-1");
                admin.summary();
                scene.queue.admin().partitions();
                admin.deadLetters().list(5);
              }
              Stats stats = scene.partition.stats();
              List<Delivery> got = scene.take(scene.puller(), 3);
              rules()
                  .require(
                      stats.equals(new Stats(3, 0, 0))
                          && Scene.ids(got).equals(List.of("task-0", "task-1", "task-2"))
                          && got.stream().allMatch(delivery -> delivery.attempt() == 1),
                      () -> "after looking: " + stats + ", received " + got);
            });
  }

  @Example
  @Requires(ADMIN)
  @Label("LIST-4 A payload MUST be shown if it is requested, and only then")
  default void payloadsAreShownOnDemand() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              PartitionAdmin admin = scene.queue.admin().partition("p0");
              TaskQuery query = TaskQuery.defaults();
              List<TaskInfo> shown = new ArrayList<>();
              shown.addAll(admin.tasks(query).items());
              shown.addAll(admin.tasks(query.withPayloads()).items());
              admin.find("task-0").ifPresent(shown::add);
              List<String> payloads =
                  shown.stream()
                      .map(task -> task.payload().map(BrowseRules::text).orElse("none"))
                      .toList();
              rules()
                  .require(
                      payloads.equals(List.of("none", "payload 0", "payload 0")),
                      () -> "payloads of a page, of one with payloads, of a find: " + payloads);
            });
  }

  private static String text(byte[] payload) {
    return new String(payload, StandardCharsets.UTF_8);
  }

  @Example
  @Requires({ADMIN, DELAY})
  @Label(
      "LIST-5 A task MUST be shown with its age, and a delayed one with the time until it is due")
  default void agesAreShown() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(50)));
              long since = scene.harness.nowNanos();
              scene.advancePast(5);
              List<TaskInfo> shown =
                  scene.queue.admin().partition("p0").tasks(TaskQuery.defaults()).items();
              Duration passed =
                  Duration.ofNanos(scene.harness.nowNanos() - since).plus(scene.ticks(5));
              Duration due = shown.get(1).dueIn().orElse(Duration.ZERO);
              rules()
                  .require(
                      shown.get(0).age().compareTo(scene.ticks(5).dividedBy(2)) > 0
                          && shown.get(0).age().compareTo(passed.multipliedBy(2)) < 0
                          && shown.get(0).dueIn().isEmpty()
                          && due.compareTo(scene.ticks(46)) < 0
                          && due.compareTo(scene.ticks(50).minus(passed.multipliedBy(2))) > 0,
                      () -> "after " + passed + " are shown " + shown);
            });
  }

  @Example
  @Requires(ADMIN)
  @Label("LIST-6 A page MUST be refused if its start is not the end of an earlier page")
  default void foreignStartsAreRefused() throws Exception {
    rules()
        .with(
            scene -> {
              PartitionAdmin admin = scene.queue.admin().partition("p0");
              for (String start :
                  List.of("", "x", "-1:1", "1:", "1:1:1", "0:99999999999999999999")) {
                boolean refused = refuses(() -> admin.tasks(TaskQuery.defaults().withStart(start)));
                rules().require(refused, () -> "a page from '" + start + "' was returned");
              }
            });
  }

  private static boolean refuses(Runnable call) {
    try {
      call.run();
      return false;
    } catch (QueueRejectedException | InvalidInputException e) {
      return true;
    }
  }

  @Example
  @WithoutPrefetch
  @Requires({ADMIN, DELAY})
  @Label(
      "FIND-1 A task MUST be found by its id, in any state, and an unknown id MUST NOT "
          + "be found")
  default void isFoundByItsId() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(3);
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(500)));
              List<Delivery> held = scene.take(scene.puller(), 1);
              PartitionAdmin admin = scene.queue.admin().partition("p0");
              List<String> found = new ArrayList<>();
              for (String id : List.of("task-0", "task-2", "later", "task", "task-22")) {
                found.add(
                    admin.find(id).map(task -> task.id() + " " + task.state()).orElse("none"));
              }
              rules()
                  .require(
                      held.size() == 1
                          && found.equals(
                              List.of(
                                  "task-0 OUTSTANDING",
                                  "task-2 READY",
                                  "later DELAYED",
                                  "none",
                                  "none")),
                      () -> "found: " + found);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires({ADMIN, DELAY})
  @Label(
      "FIND-2 A removed task MUST NOT be delivered, and the others MUST be delivered as "
          + "before")
  default void removedIsNotDelivered() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(3);
              scene.partition.push(Task.of("later", "").withDelay(scene.ticks(2)));
              PartitionAdmin admin = scene.queue.admin().partition("p0");
              List<Removal> removals =
                  List.of(
                      admin.remove("task-1"),
                      admin.remove("later"),
                      admin.remove("task-1"),
                      admin.remove("unknown"));
              scene.advancePast(3);
              List<Delivery> got = scene.pullWithin(2);
              got.addAll(scene.pullNow());
              Stats stats = scene.stats(s -> s.outstanding() == 2);
              rules()
                  .require(
                      removals.equals(
                              List.of(
                                  Removal.REMOVED,
                                  Removal.REMOVED,
                                  Removal.NOT_FOUND,
                                  Removal.NOT_FOUND))
                          && Scene.ids(got).equals(List.of("task-0", "task-2"))
                          && stats.equals(new Stats(0, 2, 0)),
                      () -> removals + ", then received " + Scene.ids(got) + ", " + stats);
            });
  }

  @Example
  @WithoutPrefetch
  @Requires(ADMIN)
  @Label(
      "FIND-3 The removal of an outstanding task MUST be refused and reported, and MUST "
          + "change nothing")
  default void outstandingIsNotRemoved() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              List<Delivery> held = scene.take(scene.puller(), 1);
              Removal removal = scene.queue.admin().partition("p0").remove("task-0");
              held.forEach(Delivery::nak);
              List<Delivery> again = scene.pullPatiently(1);
              rules()
                  .require(
                      removal == Removal.OUTSTANDING
                          && Scene.ids(again).equals(Collections.nCopies(1, "task-0")),
                      () -> removal + ", then received " + again);
            });
  }
}
