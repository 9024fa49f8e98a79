// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.ADMIN;
import static dev.jetlane.conformance.harness.Capability.ATOMIC_PUSH;
import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.FAULTS;
import static dev.jetlane.conformance.harness.Capability.OLDEST_AGE;
import static dev.jetlane.conformance.harness.Capability.PAUSE;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;
import static dev.jetlane.conformance.harness.Capability.SLOW_ANSWERS;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Delivery;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.RuleRun;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/**
 * Rules of the single deadline of each call. Each answer takes six tenths of the request timeout:
 * in time for a call with one exchange, too late for a call with two. A broken call with a timeout
 * for each exchange would succeed.
 */
public interface DeadlineRules extends Rules {

  /**
   * Because of the limit a delayed push checks the room. Leases are longer than the calls. Each
   * task has one attempt, so that giving it back needs two exchanges.
   */
  Settings LIMITED = Settings.PLAIN.withLeaseTicks(200).withMaxTasks(100).withMaxDeliveries(1);

  /** Some calls need one exchange for each priority. */
  Settings PRIORITIZED = LIMITED.withPriorities(2, 0);

  /** A call that needs several exchanges. */
  record Call(String name, Set<Capability> needs, Preparation preparation) {

    /** Prepares the queue for the call, while answers are not delayed. */
    interface Preparation {
      Callable<?> prepare(Scene scene) throws Exception;
    }
  }

  @Example
  @Requires({FAULTS, SLOW_ANSWERS})
  @Label(
      "FAULT-20 A call that reads MUST end by its deadline with QueueUnavailableException, "
          + "regardless of the number of its exchanges")
  default void readingEnds() throws Exception {
    List<String> allowed = List.of("QueueUnavailableException");
    forEach(
        LIMITED,
        List.of(
            new Call("stats", Set.of(), scene -> scene.partition::stats),
            new Call("partition", Set.of(ADMIN), scene -> () -> admin(scene)),
            new Call("partitions", Set.of(ADMIN), scene -> scene.queue.admin()::partitions),
            new Call("summary", Set.of(ADMIN), scene -> admin(scene)::summary)),
        allowed);
    forEach(
        PRIORITIZED,
        List.of(
            new Call("puller", Set.of(PRIORITIES), scene -> scene::puller),
            new Call(
                "oldestAge", Set.of(PRIORITIES, OLDEST_AGE), scene -> scene.partition::oldestAge)),
        allowed);
  }

  @Example
  @Requires({FAULTS, SLOW_ANSWERS})
  @Label(
      "FAULT-21 A call that changes something MUST end by its deadline, regardless of the "
          + "number of its exchanges, with OutcomeUnknownException, or with "
          + "QueueUnavailableException and no change")
  default void changingEnds() throws Exception {
    List<String> allowed = List.of("OutcomeUnknownException", "QueueUnavailableException");
    forEach(
        LIMITED,
        List.of(
            new Call("partition", Set.of(), scene -> () -> scene.queue.partition("p1")),
            new Call("delayed push", Set.of(DELAY, CAPACITY), scene -> () -> pushLater(scene)),
            new Call(
                "atomic push",
                Set.of(ATOMIC_PUSH, DELAY, CAPACITY),
                scene -> () -> pushBoth(scene)),
            new Call("cancel", Set.of(DELAY), DeadlineRules::cancel),
            new Call("deadLetter", Set.of(DEAD_LETTERS), DeadlineRules::deadLetter),
            new Call("last nak", Set.of(DEAD_LETTERS), scene -> hold(scene)::nak),
            new Call("last release", Set.of(), scene -> hold(scene)::release),
            new Call("redrive", Set.of(DEAD_LETTERS), DeadlineRules::redrive),
            new Call("move", Set.of(DEAD_LETTERS, ADMIN), DeadlineRules::move),
            new Call("remove a letter", Set.of(DEAD_LETTERS, ADMIN), DeadlineRules::removeLetter),
            new Call("purge", Set.of(ADMIN), scene -> withTask(scene)::purge),
            new Call("delete", Set.of(ADMIN), scene -> returning(admin(scene)::delete)),
            new Call(
                "deleteWithTasks",
                Set.of(ADMIN),
                scene -> returning(withTask(scene)::deleteWithTasks)),
            new Call("pause", Set.of(PAUSE, ADMIN), DeadlineRules::pause)),
        allowed);
    forEach(
        PRIORITIZED,
        List.of(new Call("resume", Set.of(PRIORITIES, PAUSE, ADMIN), DeadlineRules::resume)),
        allowed);
  }

  private void forEach(Settings settings, List<Call> calls, List<String> allowed) throws Exception {
    List<RuleRun.Check> checks = new ArrayList<>();
    for (Call call : calls) {
      checks.add(
          scene -> {
            if (scene.harness.capabilities().containsAll(call.needs())) {
              endsByItsDeadline(scene, call, allowed);
            }
          });
    }
    rules().withEach(settings, checks);
  }

  private void endsByItsDeadline(Scene scene, Call call, List<String> allowed) throws Exception {
    Callable<?> prepared = call.preparation().prepare(scene);
    Stats before = scene.partition.stats();
    Duration timeout = scene.harness.requestTimeout();
    scene.harness.faults().delayAnswers(timeout.multipliedBy(6).dividedBy(10));
    long startNanos = scene.harness.nowNanos();
    String outcome = outcome(prepared);
    long tookNanos = scene.harness.nowNanos() - startNanos;
    scene.harness.faults().delayAnswers(Duration.ZERO);
    boolean late = scene.harness.tolerance().isZero() && tookNanos > timeout.toNanos();
    rules()
        .require(
            !late && allowed.contains(outcome),
            () ->
                call.name()
                    + ", with a timeout of "
                    + timeout
                    + ", gave "
                    + outcome
                    + " after "
                    + Duration.ofNanos(tookNanos)
                    + ", not one of "
                    + allowed);
    if (outcome.startsWith("QueueUnavailable")) {
      Stats after = scene.statsSoon(before::equals);
      rules()
          .require(
              after.equals(before),
              () -> call.name() + " gave " + outcome + " and changed " + before + " to " + after);
    }
  }

  /** Returns the class of the exception of a call, or its result. */
  private static String outcome(Callable<?> call) throws Exception {
    try {
      return "" + call.call();
    } catch (TaskQueueException e) {
      return e.getClass().getSimpleName();
    }
  }

  private static Callable<?> returning(Runnable call) {
    return () -> {
      call.run();
      return "nothing";
    };
  }

  private static Object pushLater(Scene scene) {
    return scene.partition.push(Task.of("later", "").withDelay(scene.ticks(1_000)));
  }

  private static Object pushBoth(Scene scene) {
    Task later = Task.of("later", "").withDelay(scene.ticks(1_000));
    return scene.partition.pushAtomically(List.of(Task.of("now", ""), later));
  }

  private static Callable<?> cancel(Scene scene) {
    Object unused = pushLater(scene);
    return () -> scene.partition.cancel("later");
  }

  private static Callable<?> deadLetter(Scene scene) throws InterruptedException {
    Delivery held = hold(scene);
    return () -> held.deadLetter("refused");
  }

  private static Callable<?> redrive(Scene scene) throws InterruptedException {
    String id = letter(scene);
    return () -> scene.partition.deadLetters().redrive(id);
  }

  private static Callable<?> move(Scene scene) throws InterruptedException {
    String id = letter(scene);
    String other = scene.queue.partition("p1").name();
    DeadLetterAdmin letters = admin(scene).deadLetters();
    return () -> letters.move(id, other);
  }

  private static Callable<?> removeLetter(Scene scene) throws InterruptedException {
    String id = letter(scene);
    DeadLetterAdmin letters = admin(scene).deadLetters();
    return () -> letters.remove(id);
  }

  private static Callable<?> pause(Scene scene) {
    PartitionAdmin admin = admin(scene);
    return returning(() -> admin.pause(scene.ticks(10)));
  }

  private static Callable<?> resume(Scene scene) {
    PartitionAdmin admin = admin(scene);
    admin.pause(scene.ticks(1_000));
    return returning(admin::resume);
  }

  private static PartitionAdmin withTask(Scene scene) {
    scene.push(1);
    return admin(scene);
  }

  private static PartitionAdmin admin(Scene scene) {
    return scene.queue.admin().partition("p0");
  }

  private static String letter(Scene scene) throws InterruptedException {
    hold(scene).deadLetter("refused");
    return scene.partition.deadLetters().list(1).get(0).id();
  }

  private static Delivery hold(Scene scene) throws InterruptedException {
    scene.push(1);
    return scene.take(scene.puller(), 1).get(0);
  }
}
