// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ADMIN;
import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.FAULTS;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Page;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of the operations on dead letters. */
public interface DeadLetterAdminRules extends Rules {

  private static DeadLetterAdmin letters(Scene scene) {
    return scene.queue.admin().partition("p0").deadLetters();
  }

  /** Makes dead letters of task-0, task-1..., with the reasons even and odd. */
  private static void makeLetters(Scene scene, int count) throws InterruptedException {
    scene.push(count);
    try (Puller puller = scene.puller()) {
      for (Delivery delivery : scene.take(puller, count)) {
        int number = Integer.parseInt(delivery.taskId().substring("task-".length()));
        delivery.deadLetter(number % 2 == 0 ? "even" : "odd");
      }
    }
    scene.statsSoon(stats -> stats.dead() == count);
  }

  @Property
  @Requires({ADMIN, DEAD_LETTERS})
  @Label(
      "DEAD-14 The pages of the dead letters MUST show each matching letter once, oldest "
          + "first, and no other letter")
  default void pagesShowEachLetterOnce(
      @ForAll @IntRange(min = 1, max = 5) int count, @ForAll @IntRange(min = 1, max = 3) int size)
      throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, count);
              DeadLetterQuery all = DeadLetterQuery.defaults().withMax(size);
              List<DeadLetter> shown = pages(scene, all);
              List<String> wanted = new ArrayList<>();
              for (int i = 0; i < count; i++) {
                wanted.add("task-" + i);
              }
              require(shown, wanted, "any");
              List<String> even =
                  wanted.stream().filter(id -> id.matches("task-[0-9]*[02468]")).toList();
              require(pages(scene, all.withReason("eve")), even, "reason");
              require(pages(scene, all.withTaskId("task-0")), List.of("task-0"), "task id");
              DeadLetter newest = shown.get(count - 1);
              require(pages(scene, all.withBefore(newest.time().plusNanos(1))), wanted, "before");
              require(pages(scene, all.withSince(newest.time().plusNanos(1))), List.of(), "since");
            });
  }

  private void require(List<DeadLetter> shown, List<String> wanted, String what) {
    List<String> ids = shown.stream().map(DeadLetter::taskId).toList();
    rules().require(ids.equals(wanted), () -> what + ": " + ids + " instead of " + wanted);
  }

  private static List<DeadLetter> pages(Scene scene, DeadLetterQuery query) {
    List<DeadLetter> all = new ArrayList<>();
    Optional<String> next = Optional.empty();
    int most = 100;
    do {
      Page<DeadLetter> page = letters(scene).page(next.map(query::withStart).orElse(query));
      all.addAll(page.items());
      next = page.next();
    } while (next.isPresent() && --most > 0);
    return all;
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label(
      "DEAD-15 A dead letter MUST be found and removed by its id, a second removal MUST "
          + "return false, and the other letters MUST stay")
  default void oneIsRemoved() throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, 3);
              DeadLetterAdmin letters = letters(scene);
              String id = letters.list(3).get(1).id();
              Optional<DeadLetter> found = letters.find(id);
              Optional<DeadLetter> unknown = letters.find("999999");
              List<Boolean> removed =
                  List.of(letters.remove("999999"), letters.remove(id), letters.remove(id));
              List<String> left = letters.list(9).stream().map(DeadLetter::taskId).toList();
              rules()
                  .require(
                      found.map(DeadLetter::taskId).equals(Optional.of("task-1"))
                          && unknown.isEmpty()
                          && removed.equals(List.of(false, true, false))
                          && left.equals(List.of("task-0", "task-2")),
                      () -> "found " + found + ", removed " + removed + ", left " + left);
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label(
      "DEAD-16 A redrive by query MUST redrive the matching letters, oldest first, up to its "
          + "maximum")
  default void queryIsRedriven() throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, 6);
              DeadLetterQuery even = DeadLetterQuery.defaults().withReason("even").withMax(2);
              int redriven = letters(scene).redrive(even, Duration.ZERO);
              List<String> left = letters(scene).list(9).stream().map(DeadLetter::taskId).toList();
              List<String> got = Scene.ids(scene.pullPatiently(2));
              rules()
                  .require(
                      redriven == 2
                          && left.equals(List.of("task-1", "task-3", "task-4", "task-5"))
                          && got.equals(List.of("task-0", "task-2")),
                      () -> redriven + " redriven, left " + left + ", received " + got);
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label(
      "DEAD-26 A removal by query MUST remove the matching letters, oldest first, up to its "
          + "maximum")
  default void queryIsRemoved() throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, 6);
              DeadLetterQuery odd = DeadLetterQuery.defaults().withReason("odd");
              List<Integer> removed =
                  List.of(letters(scene).remove(odd.withMax(2)), letters(scene).remove(odd));
              List<String> left = letters(scene).list(9).stream().map(DeadLetter::taskId).toList();
              Stats stats = scene.statsSoon(new Stats(0, 0, 3)::equals);
              rules()
                  .require(
                      removed.equals(List.of(2, 1))
                          && left.equals(List.of("task-0", "task-2", "task-4"))
                          && stats.equals(new Stats(0, 0, 3)),
                      () -> "removed " + removed + ", left " + left + ", " + stats);
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label("DEAD-27 A move by query MUST move the matching letters, oldest first, up to its maximum")
  default void queryIsMoved() throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, 6);
              Partition other = scene.queue.partition("other");
              DeadLetterQuery even = DeadLetterQuery.defaults().withReason("even").withMax(2);
              int moved = letters(scene).move(even, "other", Duration.ZERO);
              List<String> left = letters(scene).list(9).stream().map(DeadLetter::taskId).toList();
              Stats moves = scene.stats(other, new Stats(2, 0, 0)::equals);
              List<String> got = Scene.ids(scene.take(scene.puller(other), 2));
              rules()
                  .require(
                      moved == 2
                          && moves.equals(new Stats(2, 0, 0))
                          && left.equals(List.of("task-1", "task-3", "task-4", "task-5"))
                          && got.equals(List.of("task-0", "task-2")),
                      () -> moved + " moved, left " + left + ", received " + got + ", " + moves);
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS, FAULTS})
  @Label(
      "DEAD-28 A redrive or move by query that fails at any step MUST store each task once "
          + "when it is repeated")
  default void queryIsContinued() throws Exception {
    for (Exchange step : List.of(Exchange.REDRIVE, Exchange.REMOVE_LETTER)) {
      for (String to : List.of("p0", "other")) {
        rules().with(scene -> isContinued(scene, step, to));
      }
    }
  }

  private void isContinued(Scene scene, Exchange step, String to) throws InterruptedException {
    makeLetters(scene, 3);
    Partition target = scene.queue.partition(to);
    DeadLetterAdmin letters = letters(scene);
    scene.harness.faults().next(step, Harm.CONFIRMATION_LOST);
    for (int call = 0; call < 2; call++) {
      try {
        int unused =
            to.equals("p0")
                ? letters.redrive(DeadLetterQuery.defaults(), Duration.ZERO)
                : letters.move(DeadLetterQuery.defaults(), to, Duration.ZERO);
      } catch (OutcomeUnknownException e) {
        // The second call continues.
      }
    }
    Stats stats = scene.stats(target, new Stats(3, 0, 0)::equals);
    List<String> got = Scene.ids(scene.take(scene.puller(target), 3));
    int lost = scene.harness.faults().happened();
    rules()
        .require(
            lost == 1
                && stats.equals(new Stats(3, 0, 0))
                && letters.list(9).isEmpty()
                && got.equals(List.of("task-0", "task-1", "task-2")),
            () -> lost + " of " + step + " to " + to + " lost: received " + got + ", " + stats);
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS, CAPACITY})
  @Label(
      "DEAD-29 A redrive by query into a partition that becomes full MUST be refused, and "
          + "MUST leave each task once, as a task or as a dead letter")
  default void queryFillsThePartition() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(5),
            scene -> {
              makeLetters(scene, 5);
              scene.stats(new Stats(0, 0, 5)::equals);
              scene.partition.push(Task.of("a", ""));
              scene.partition.push(Task.of("b", ""));
              DeadLetterAdmin letters = letters(scene);
              boolean full = false;
              try {
                int unused = letters.redrive(DeadLetterQuery.defaults(), Duration.ZERO);
              } catch (QueueFullException e) {
                full = true;
              }
              Stats filled = scene.stats(new Stats(5, 0, 2)::equals);
              List<String> left = letters.list(9).stream().map(DeadLetter::taskId).toList();
              Puller puller = scene.puller(); // One, because prefetch leases later tasks too.
              List<Delivery> first = scene.take(puller, 5);
              first.forEach(Delivery::ack);
              scene.stats(stats -> stats.backlog() == 0);
              int rest = letters.redrive(DeadLetterQuery.defaults(), Duration.ZERO);
              List<String> came = Scene.ids(first);
              List<String> later = Scene.ids(scene.take(puller, 2));
              boolean refused = full;
              rules()
                  .require(
                      refused
                          && filled.equals(new Stats(5, 0, 2))
                          && left.equals(List.of("task-3", "task-4"))
                          && came.equals(List.of("a", "b", "task-0", "task-1", "task-2"))
                          && rest == 2
                          && later.equals(left),
                      () ->
                          ("refused " + refused + ", " + filled + ", left " + left)
                              + (", received " + came + ", then " + rest + ": " + later));
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label("DEAD-17 A redrive MUST keep the requested pause between two letters")
  default void redriveKeepsItsRate() throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, 2);
              Duration between = scene.ticks(20);
              long start = scene.harness.nowNanos();
              Background<Duration> redrive =
                  Background.start(
                          () -> {
                            int redriven =
                                letters(scene).redrive(DeadLetterQuery.defaults(), between);
                            Duration took = Duration.ofNanos(scene.harness.nowNanos() - start);
                            return redriven == 2 ? took : Duration.ZERO;
                          })
                      .awaitBlocked();
              scene.advancePast(20);
              Duration took = redrive.result();
              rules()
                  .require(
                      took.compareTo(between) >= 0, () -> "two letters were redriven in " + took);
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label(
      "DEAD-18 A moved dead letter MUST become a new task of the other partition, with "
          + "attempts from 1, and its letter MUST be gone")
  default void isMoved() throws Exception {
    rules()
        .with(
            scene -> {
              makeLetters(scene, 2);
              Partition other = scene.queue.partition("other");
              DeadLetterAdmin letters = letters(scene);
              String id = letters.list(1).get(0).id();
              boolean refused = false;
              try {
                letters.move(id, "absent");
              } catch (QueueRejectedException e) {
                refused = letters.list(9).size() == 2;
              }
              List<Boolean> moved =
                  List.of(
                      letters.move("999999", "other"),
                      letters.move(id, "other"),
                      letters.move(id, "other"));
              List<Delivery> got = scene.puller(other).pull(9, scene.ticks(20));
              Stats left = scene.stats(new Stats(0, 0, 1)::equals);
              boolean exists = refused;
              rules()
                  .require(
                      exists
                          && moved.equals(List.of(false, true, false))
                          && Scene.ids(got).equals(List.of("task-0"))
                          && got.get(0).attempt() == 1
                          && left.equals(new Stats(0, 0, 1)),
                      () -> "moved " + moved + ", received " + got + ", left " + left);
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS, PRIORITIES})
  @Label(
      "DEAD-30 A dead letter that is moved into a partition with fewer priorities MUST be "
          + "delivered there, with the highest priority of that partition")
  default void isMovedIntoFewerPriorities() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(3, 0),
            scene -> {
              try (TaskQueue client = scene.harness.open(scene.config.withPriorities(2))) {
                Partition narrow = client.partition("narrow");
                for (String id : List.of("one", "many")) {
                  scene.partition.push(Task.of(id, "").withPriority(2));
                  scene.pullPatiently(1).get(0).deadLetter("no");
                }
                scene.statsSoon(stats -> stats.dead() == 2);
                DeadLetterAdmin letters = letters(scene);
                boolean moved = letters.move(letters.list(1).get(0).id(), "narrow");
                int others = letters.move(DeadLetterQuery.defaults(), "narrow", Duration.ZERO);
                List<Delivery> got;
                try (Puller puller = narrow.puller()) {
                  got = scene.take(puller, 2);
                }
                rules()
                    .require(
                        moved
                            && others == 1
                            && Scene.ids(got).equals(List.of("one", "many"))
                            && got.stream().allMatch(delivery -> delivery.priority() == 1),
                        () -> moved + " and " + others + " moved, received " + got);
              }
            });
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS})
  @Label(
      "DEAD-31 A move by query into a partition that does not exist MUST be refused, also if no "
          + "letter matches")
  default void targetMustExist() throws Exception {
    for (int pause = 0; pause <= 1; pause++) {
      Duration between = Duration.ofMillis(pause);
      rules()
          .with(
              scene -> {
                boolean refused = false;
                try {
                  int unused = letters(scene).move(DeadLetterQuery.defaults(), "absent", between);
                } catch (QueueRejectedException e) {
                  refused = true;
                }
                boolean ended = refused;
                rules().require(ended, () -> "moved with a pause of " + between);
              });
    }
  }

  @Example
  @Requires({ADMIN, DEAD_LETTERS, FAULTS})
  @Label(
      "DEAD-19 A move whose confirmation is lost at any step MUST NOT lose the task, and a "
          + "repeated move MUST store it once")
  default void moveIsRepeatable() throws Exception {
    for (Exchange step : List.of(Exchange.REDRIVE, Exchange.REMOVE_LETTER)) {
      rules()
          .with(
              scene -> {
                makeLetters(scene, 1);
                Partition other = scene.queue.partition("other");
                DeadLetterAdmin letters = letters(scene);
                String id = letters.list(1).get(0).id();
                scene.harness.faults().next(step, Harm.CONFIRMATION_LOST);
                try {
                  letters.move(id, "other");
                } catch (OutcomeUnknownException e) {
                  // This outcome is allowed.
                }
                letters.move(id, "other");
                List<Delivery> got = scene.puller(other).pull(9, scene.ticks(20));
                Stats left = scene.stats(new Stats(0, 0, 0)::equals);
                int lost = scene.harness.faults().happened();
                rules()
                    .require(
                        lost == 1 && Scene.ids(got).equals(List.of("task-0")) && left.dead() == 0,
                        () -> lost + " of " + step + " lost: received " + got + ", left " + left);
              });
    }
  }
}
