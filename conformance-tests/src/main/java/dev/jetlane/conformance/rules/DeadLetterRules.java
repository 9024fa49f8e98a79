// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.PRIORITIES;
import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rules of tasks that a holder rejects permanently, or that have used up their deliveries. */
public interface DeadLetterRules extends Rules {

  @Example
  @Requires(DEAD_LETTERS)
  @Label("DEAD-12 A redrive of an unknown dead letter MUST return false and store nothing")
  default void unknownIsNotRedriven() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              scene.take(scene.puller(), 1).get(0).deadLetter("no");
              DeadLetters letters = scene.partition.deadLetters();
              String id = letters.list(5).get(0).id();
              List<Boolean> redriven =
                  List.of(letters.redrive("999999"), letters.redrive(id), letters.redrive(id));
              Stats stats = scene.statsSoon(s -> s.backlog() == 1 && s.dead() == 0);
              rules()
                  .require(
                      redriven.equals(List.of(false, true, false)) && stats.backlog() == 1,
                      () -> "unknown, known, again: " + redriven + ", left is " + stats);
            });
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-13 A task that dies again after a redrive MUST be redriven again, even "
          + "within the dedup window")
  default void diesAndIsRedrivenAgain() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              for (int time = 1; time <= 3; time++) {
                List<Delivery> held = scene.pullPatiently(1);
                int now = time;
                rules()
                    .require(
                        held.size() == 1 && held.get(0).attempt() == 1,
                        () -> "received after " + (now - 1) + " redrives: " + held);
                held.get(0).deadLetter("no");
                DeadLetters letters = scene.partition.deadLetters();
                boolean redriven = letters.redrive(letters.list(5).get(0).id());
                rules().require(redriven, () -> "redrive " + now + " found no letter");
              }
            });
  }

  @Property
  @Requires({DEAD_LETTERS, PRIORITIES})
  @Label("DEAD-25 A dead letter MUST carry the priority of its task, regardless of its reason")
  default void lettersHaveTheirPriority(
      @ForAll @IntRange(min = 0, max = 2) int priority, @ForAll boolean usedUp) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withPriorities(3, 0).withMaxDeliveries(1),
            scene -> {
              scene.partition.push(Task.of("task", "").withPriority(priority));
              Delivery held = scene.pullPatiently(1).get(0);
              if (usedUp) {
                held.nak();
              } else {
                held.deadLetter("no");
              }
              List<DeadLetter> letters = scene.partition.deadLetters().list(2);
              rules()
                  .require(
                      letters.size() == 1 && letters.get(0).priority() == priority,
                      () -> "pushed with priority " + priority + ", dead are " + letters);
            });
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("DEAD-1 A task MUST NOT be delivered more than maxDeliveries times")
  default void deliveriesAreBounded(@ForAll("poison") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-2 A task that used up its deliveries MUST become one dead letter with its payload, headers, attempts and reason")
  default void usedUpIsDead(@ForAll("poison") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-3 A dead-lettered task MUST become a dead letter with its payload, headers, attempts and reason")
  default void refusedIsDead(@ForAll("refusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-4 A dead-lettered task MUST become exactly one dead letter, even if the "
          + "dead-lettering is repeated")
  default void diesOnce(@ForAll("refusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("DEAD-5 A dead letter MUST NOT be delivered")
  default void deadStaysDead(@ForAll("refusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "DEAD-7 A redriven dead letter MUST be delivered as a new task, with attempts from 1, "
          + "and its letter MUST be gone")
  default void redriveStartsAgain(@ForAll("redrives") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires({DEAD_LETTERS, CAPACITY})
  @Label(
      "DEAD-8 A redrive into a full partition MUST be refused, and its dead letter MUST "
          + "be kept")
  default void redriveNeedsRoom(@ForAll("redrivesIntoFull") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Example
  @Requires({DEAD_LETTERS, CAPACITY})
  @Label(
      "DEAD-20 A redrive that was refused by a full partition MUST deliver the task if it is "
          + "repeated when there is room")
  default void redriveWaitsForRoom() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(2),
            scene -> {
              scene.push(1);
              scene.pullWithin(1).get(0).deadLetter("refused");
              String id = scene.partition.deadLetters().list(1).get(0).id();
              scene.partition.push(Task.of("a", ""));
              scene.partition.push(Task.of("b", ""));
              boolean full = isFull(() -> scene.partition.deadLetters().redrive(id));
              scene.pullWithin(2).forEach(Delivery::ack);
              scene.stats(stats -> stats.backlog() == 0);
              boolean again = scene.partition.deadLetters().redrive(id);
              List<Delivery> back = scene.pullWithin(1);
              rules()
                  .require(
                      full && again && Scene.ids(back).equals(List.of("task-0")),
                      () ->
                          "a redrive into a full partition was refused: "
                              + full
                              + ", with room: "
                              + again
                              + ", then received "
                              + back);
            });
  }

  private static boolean isFull(Runnable call) {
    try {
      call.run();
      return false;
    } catch (QueueFullException e) {
      return true;
    }
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("DEAD-9 Dead letters MUST be listed oldest first")
  default void oldestIsListedFirst(@ForAll("shuffledRefusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("DEAD-10 A purge MUST remove all dead letters of the partition and return their number")
  default void purgeRemovesAll(@ForAll("purges") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("DEAD-11 The dead letters of a partition MUST come from its own tasks only")
  default void partitionsHaveTheirOwnLetters(@ForAll("refusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label(
      "LATE-4 A dead-lettering after the lease expired MUST be refused with "
          + "LeaseExpiredException")
  default void lateDeadLetterIsRefused(@ForAll("lateRefusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("STATS-3 The count of dead letters MUST be exact after every step")
  default void deadAreCounted(@ForAll("refusals") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> poison() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), Arbitraries.of(true, false))
                .as(
                    (limit, nak) -> {
                      Script script =
                          new Script(Settings.PLAIN.withMaxDeliveries(limit)).push(2).pull(2);
                      for (int i = 0; i < limit; i++) {
                        // A nak of the last attempt would make the dead letter immediately.
                        if (nak && i < limit - 1) {
                          script.nak(i == 0 ? 0 : i + 1);
                        } else {
                          script.expire();
                        }
                        script.pull(1);
                      }
                      return script
                          .push(1)
                          .pull(9)
                          .expire()
                          .pull(9)
                          .advancePast(0)
                          .then(new Step.ListDead(0))
                          .plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> refusals() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), integers().between(0, 1))
                .as(
                    (tasks, naks) -> {
                      Script script =
                          new Script(Settings.PLAIN.with(2, 1, 1))
                              .push(tasks)
                              .pushTo(1, 1)
                              .pullFrom(1, 1)
                              .pull(9);
                      if (naks > 0) {
                        script.nak(1).pull(1);
                      }
                      script.settle(Verb.DEAD_LETTER, naks > 0 ? tasks + 1 : 1);
                      return script
                          .settle(Verb.DEAD_LETTER, 1)
                          .then(new Step.ListDead(0))
                          .pull(9)
                          .expire()
                          .pull(9)
                          .plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> redrives() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), integers().between(0, 3))
                .as(
                    (attempts, fresh) -> {
                      Script script = new Script().push(1).pull(1);
                      for (int i = 1; i < attempts; i++) {
                        script.nak(i - 1).pull(1);
                      }
                      return script
                          .settle(Verb.DEAD_LETTER, attempts - 1)
                          .push(fresh)
                          .then(new Step.Redrive(0, 0))
                          .then(new Step.ListDead(0))
                          .advancePast(0)
                          .pull(9)
                          .plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> redrivesIntoFull() {
    return rules()
        .batches(
            integers()
                .between(1, 3)
                .map(
                    limit ->
                        new Script(Settings.PLAIN.withMaxTasks(limit))
                            .push(1)
                            .pull(1)
                            .settle(Verb.DEAD_LETTER, 0)
                            .push(limit)
                            .then(new Step.Redrive(0, 0))
                            .then(new Step.ListDead(0))
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> shuffledRefusals() {
    return rules()
        .batches(
            Arbitraries.shuffle(0, 1, 2)
                .map(
                    order -> {
                      Script script = new Script().push(3).pull(3);
                      order.forEach(k -> script.settle(Verb.DEAD_LETTER, k));
                      return script.then(new Step.ListDead(0)).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> purges() {
    return rules()
        .batches(
            integers()
                .between(0, 3)
                .map(
                    dead -> {
                      Script script = new Script().push(4).pull(3);
                      for (int k = 0; k < dead; k++) {
                        script.settle(Verb.DEAD_LETTER, k);
                      }
                      return script
                          .then(new Step.Purge(0))
                          .then(new Step.ListDead(0))
                          .then(new Step.Purge(0))
                          .pull(9)
                          .plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> lateRefusals() {
    return rules()
        .batches(
            integers()
                .between(0, 3)
                .map(
                    ticks ->
                        new Script()
                            .push(1)
                            .pull(1)
                            .expire()
                            .advance(ticks)
                            .settle(Verb.DEAD_LETTER, 0)
                            .pull(1)
                            .plan()));
  }
}
