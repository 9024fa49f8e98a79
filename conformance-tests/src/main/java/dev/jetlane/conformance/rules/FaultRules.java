// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.FAULTS;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.PushOutcome;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.RandomPlans;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.RuleRun;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Rules of lost, refused and repeated requests and confirmations, and of cut connections. They
 * cover the result of the call, the state of the task, and its next holder.
 */
public interface FaultRules extends Rules {

  /** Leases that outlast the timeout of a request, even on a stalled machine. */
  Settings LONG_LEASES = Settings.PLAIN.withLeaseTicks(80);

  @Example
  @Requires(FAULTS)
  @Label(
      "FAULT-1 A push with an unknown outcome MUST report that outcome, and a repeated push "
          + "MUST leave exactly one task")
  default void unknownPushIsStoredOnce() throws Exception {
    forEachHarm(
        Exchange.PUSH,
        (scene, harm) -> {
          scene.harness.faults().next(Exchange.PUSH, harm);
          String result = result(() -> scene.partition.push(Task.of("task", "payload")));
          requireResult("push", harm, result, "PushReceipt");
          scene.awaitConnected();
          scene.partition.push(Task.of("task", "payload"));
          List<Delivery> all = scene.pullWithin(1);
          all.addAll(scene.pullNow());
          rules()
              .require(
                  all.size() == 1,
                  () -> "pushed, " + harm + ", and pushed again: received " + Scene.ids(all));
        });
  }

  @Example
  @Requires({FAULTS, DEDUP})
  @Label(
      "FAULT-19 A push whose confirmation is lost MUST be stored once, even if the dedup "
          + "window is shorter than the timeout of the call")
  default void pushIsStoredOnceDespiteAShortWindow() throws Exception {
    rules()
        .with(
            LONG_LEASES.withDedupTicks(4),
            scene -> {
              scene.harness.faults().next(Exchange.PUSH, Harm.CONFIRMATION_LOST);
              String result = result(() -> scene.partition.push(Task.of("task", "payload")));
              requireResult("push", Harm.CONFIRMATION_LOST, result, "PushReceipt");
              scene.advancePast(4);
              List<Delivery> all = scene.pullWithin(1);
              all.addAll(scene.pullNow());
              rules()
                  .require(
                      all.size() == 1,
                      () -> "pushed once, which gave " + result + ": received " + all);
            });
  }

  @Example
  @Requires(FAULTS)
  @Label(
      "FAULT-2 An ack with an unknown outcome MUST report that outcome, and a repeated ack "
          + "MUST succeed and remove the task permanently")
  default void unknownAckIsRepeatable() throws Exception {
    forEachHarm(
        Exchange.ACK,
        (scene, harm) -> {
          Delivery held = hold(scene);
          scene.harness.faults().next(Exchange.ACK, harm);
          String result = result(held::ack);
          requireResult("ack", harm, result, "SETTLED");
          scene.awaitConnected();
          String again = result(held::ack);
          boolean first = result.equals("SETTLED");
          rules()
              .require(
                  again.equals(first ? "ALREADY_SETTLED" : "SETTLED"),
                  () -> "ack [" + harm + "] gave " + result + ", and again " + again);
          scene.advancePast(81);
          List<Delivery> back = scene.pullNow();
          rules().require(back.isEmpty(), () -> "acked [" + harm + "], and redelivered: " + back);
        });
  }

  @Example
  @Requires(FAULTS)
  @WithoutPrefetch
  @Label(
      "FAULT-3 A nak with an unknown outcome MUST report that outcome, and MUST NOT be "
          + "repeated, so that the next holder keeps the task")
  default void unknownNakIsNotRepeated() throws Exception {
    forEachHarm(
        Exchange.NAK,
        (scene, harm) -> {
          Delivery held = hold(scene);
          scene.harness.faults().next(Exchange.NAK, harm);
          Background<String> nak = Background.start(() -> result(held::nak));
          List<Delivery> next = nextHolder(scene, nak);
          String result = nak.result();
          requireResult("nak", harm, result, "SETTLED");
          scene.awaitConnected();
          if (next.isEmpty()) {
            scene.advancePast(81);
            next.addAll(scene.pullPatiently(1));
          }
          rules()
              .require(
                  next.size() == 1 && (next.get(0).attempt() == 2 || isCut(harm)),
                  () -> "after a nak [" + harm + "], which gave " + result + ", received " + next);
          String again = result(held::nak);
          boolean unknown = result.startsWith("OutcomeUnknownException");
          rules()
              .require(
                  unknown ? again.equals("OUTCOME_UNKNOWN") : !again.equals("SETTLED"),
                  () -> "a nak [" + harm + "] gave " + result + ", and a second one " + again);
          // A repetition that is still in flight would take the task from its holder now.
          scene.advancePast(5);
          List<Delivery> taken = scene.pullNow();
          rules()
              .require(
                  taken.isEmpty(), () -> "a nak [" + harm + "] took the task from " + next.get(0));
          String ack = result(next.get(0)::ack);
          rules().require(ack.equals("SETTLED"), () -> "the next holder's ack gave " + ack);
        });
  }

  /** The tasks of the pull are lost with its connection, and are delivered again. */
  private static boolean isCut(Harm harm) {
    return harm == Harm.CUT_BEFORE || harm == Harm.CUT_AFTER;
  }

  /** Returns the delivery to the next holder, before the nak can be repeated. */
  private static List<Delivery> nextHolder(Scene scene, Background<String> nak)
      throws InterruptedException {
    List<Delivery> next = new ArrayList<>();
    boolean ended;
    do {
      ended = nak.ended();
      try {
        next.addAll(scene.pullWithin(1));
      } catch (QueueUnavailableException cut) {
        // The client reconnects.
      }
    } while (next.isEmpty() && !ended);
    return next;
  }

  @Example
  @Requires(FAULTS)
  @Label("FAULT-4 An unconfirmed extension MUST NOT move the end of the lease that its holder sees")
  default void unknownExtensionDoesNotCount() throws Exception {
    forEachHarm(
        Exchange.EXTEND,
        (scene, harm) -> {
          Delivery held = hold(scene);
          scene.harness.advance(scene.ticks(10));
          long beforeNanos = scene.harness.nowNanos();
          long endNanos = beforeNanos + held.leaseRemaining().toNanos();
          scene.harness.faults().next(Exchange.EXTEND, harm);
          Background<String> extension = Background.start(() -> result(held::extend));
          long early = extension.ended() ? 0 : held.leaseRemaining().toNanos();
          long seenAtNanos = scene.harness.nowNanos();
          boolean moved = !extension.ended() && seenAtNanos + early > endNanos + slack(scene);
          String result = extension.result();
          requireResult("extend", harm, result, "true");
          long leftNanos = held.leaseRemaining().toNanos();
          long nowNanos = scene.harness.nowNanos();
          boolean unconfirmed = !result.equals("true");
          rules()
              .require(
                  !(unconfirmed && (moved || nowNanos + leftNanos > endNanos + slack(scene))),
                  () ->
                      "an extension ["
                          + harm
                          + "] gave "
                          + result
                          + ", and moved the end of the lease by "
                          + (nowNanos + leftNanos - endNanos)
                          + " ns");
          scene.advancePast(105);
          List<Delivery> back = scene.pullPatiently(1);
          rules()
              .require(
                  back.size() == 1 && back.get(0).attempt() == 2 && held.leaseExpired(),
                  () -> "after an extension [" + harm + "] and two leases, received " + back);
        });
  }

  /** The two clocks are read one after the other. */
  private static long slack(Scene scene) {
    return scene.harness.tolerance().toNanos();
  }

  @Example
  @Requires({FAULTS, DEAD_LETTERS})
  @Label(
      "FAULT-5 A dead-lettering MUST NOT lose its task at any of its steps, and a "
          + "repeated one MUST make one dead letter")
  default void deadLetteringLosesNoTask() throws Exception {
    forEachHarm(
        List.of(Exchange.STORE_LETTER, Exchange.REMOVE_DEAD),
        (scene, step, harm) -> {
          Delivery held = hold(scene);
          scene.harness.faults().next(step, harm);
          String result = result(() -> held.deadLetter("refused"));
          requireResult("deadLetter at " + step, harm, result, "SETTLED");
          scene.awaitConnected();
          Stats stats = scene.stats(s -> s.backlog() + s.dead() > 0);
          rules()
              .require(
                  stats.backlog() + stats.dead() > 0,
                  () -> step + " [" + harm + "] gave " + result + " and lost the task: " + stats);
          String again = result(() -> held.deadLetter("refused"));
          Stats after = scene.statsSoon(s -> s.backlog() == 0 && s.dead() == 1);
          List<DeadLetter> letters = scene.partition.deadLetters().list(9);
          rules()
              .require(
                  after.backlog() == 0
                      && letters.size() == 1
                      && letters.get(0).reason().equals("refused"),
                  () ->
                      step
                          + " ["
                          + harm
                          + "] gave "
                          + result
                          + ", again "
                          + again
                          + ": "
                          + after
                          + ", letters "
                          + letters);
        });
  }

  @Example
  @Requires({FAULTS, DEAD_LETTERS})
  @WithoutPrefetch
  @Label(
      "FAULT-6 A redrive MUST NOT lose its task at any of its steps, and a repeated one "
          + "MUST store it once")
  default void redriveLosesNoTask() throws Exception {
    forEachHarm(
        List.of(Exchange.REDRIVE, Exchange.REMOVE_LETTER),
        (scene, step, harm) -> {
          hold(scene).deadLetter("refused");
          String id = scene.partition.deadLetters().list(1).get(0).id();
          scene.harness.faults().next(step, harm);
          String result = result(() -> scene.partition.deadLetters().redrive(id));
          scene.awaitConnected();
          Stats stats = scene.stats(s -> s.backlog() + s.dead() > 0);
          rules()
              .require(
                  stats.backlog() + stats.dead() > 0,
                  () -> step + " [" + harm + "] gave " + result + " and lost the task: " + stats);
          String again = result(() -> scene.partition.deadLetters().redrive(id));
          List<Delivery> back = scene.pullPatiently(1);
          back.addAll(scene.pullNow());
          Stats after = scene.statsSoon(s -> s.dead() == 0);
          rules()
              .require(
                  back.size() == 1 && back.get(0).attempt() == 1 && after.dead() == 0,
                  () ->
                      step
                          + " ["
                          + harm
                          + "] gave "
                          + result
                          + ", again "
                          + again
                          + ": "
                          + after
                          + ", delivered "
                          + back);
        });
  }

  @Example
  @Requires({FAULTS, DELAY})
  @Label(
      "FAULT-7 After a confirmed cancellation, first or repeated, the task MUST NOT be "
          + "delivered; otherwise it MUST be delivered at most once")
  default void confirmedCancellationIsFinal() throws Exception {
    forEachHarm(
        List.of(Exchange.CANCEL, Exchange.REMOVE_CANCELLED),
        (scene, step, harm) -> {
          scene.partition.push(Task.of("task", "payload").withDelay(scene.ticks(40)));
          scene.harness.faults().next(step, harm);
          String result = result(() -> scene.partition.cancel("task"));
          scene.awaitConnected();
          String again = result(() -> scene.partition.cancel("task"));
          boolean cancelled = result.equals("true") || again.equals("true");
          boolean took = harm == Harm.CONFIRMATION_LOST || harm == Harm.CUT_AFTER;
          scene.advancePast(45);
          List<Delivery> back = scene.pullNow();
          rules()
              .require(
                  back.size() <= (cancelled || took ? 0 : 1),
                  () ->
                      step
                          + " ["
                          + harm
                          + "] gave "
                          + result
                          + ", again "
                          + again
                          + ", delivered was "
                          + back);
        });
  }

  @Example
  @Requires({FAULTS, DELAY})
  @Label(
      "FAULT-14 A cancellation MUST return false only if it finds no delayed task, even if a "
          + "request or confirmation is lost")
  default void falseMeansNoDelayedTask() throws Exception {
    forEachHarm(
        Exchange.CANCEL,
        (scene, harm) -> {
          scene.push(1);
          scene.harness.faults().next(Exchange.CANCEL, harm);
          String result = result(() -> scene.partition.cancel("task-0"));
          requireHappened(scene, 0, "a change of no task");
          rules()
              .require(
                  result.equals("false"),
                  () -> "a cancellation [" + harm + "] of a task without delay gave " + result);
          // The harm affects the next cancellation, which changes a task.
          scene.partition.push(Task.of("later", "").withDelay(scene.ticks(1_000)));
          String second = result(() -> scene.partition.cancel("later"));
          rules()
              .require(
                  !second.equals("false"),
                  () -> "a cancellation [" + harm + "] of a delayed task gave " + second);
        });
  }

  @Example
  @Requires(FAULTS)
  @Label(
      "FAULT-15 In a batch the task whose request or confirmation is lost MUST be reported "
          + "as unknown, and the others MUST be stored")
  default void unknownTaskOfABatchIsReported() throws Exception {
    forEachLoss(
        Exchange.PUSH,
        (scene, harm) -> {
          List<Task> batch = List.of(Task.of("a", ""), Task.of("b", ""), Task.of("c", ""));
          scene.harness.faults().next(Exchange.PUSH, harm);
          List<PushOutcome> outcomes = scene.partition.pushAll(batch).outcomes();
          rules()
              .require(
                  outcomes.get(0) instanceof PushOutcome.Unknown
                      && outcomes.get(1) instanceof PushOutcome.Stored
                      && outcomes.get(2) instanceof PushOutcome.Stored,
                  () -> "a batch whose first task is harmed [" + harm + "] gave " + outcomes);
          boolean stored = scene.partition.pushAll(batch).allStored();
          List<Delivery> all = scene.pullWithin(3);
          all.addAll(scene.pullNow());
          rules()
              .require(
                  stored && all.size() == 3,
                  () -> "the batch [" + harm + "] again: " + stored + ", then " + all);
        });
  }

  @Property
  @Requires(FAULTS)
  @Label(
      "FAULT-9 Lost requests and confirmations MUST NOT lose a task, and MUST NOT let two "
          + "workers hold it")
  default void lostRequestsLoseNoTask(@ForAll("plansWithFaults") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> plansWithFaults() {
    Step push = new Step.Push(0, false);
    // A plan tests nothing if it stores no task or harms no exchange.
    Step harmed = new Step.Under(Exchange.PUSH, Harm.CONFIRMATION_LOST, push);
    return rules().batches(RandomPlans.withFaults(12).map(plan -> plan.after(push, harmed)));
  }

  /** A check of one harm. */
  interface HarmCheck {
    void run(Scene scene, Harm harm) throws Exception;
  }

  private void forEachHarm(Exchange exchange, HarmCheck check) throws Exception {
    forEachHarm(List.of(exchange), (scene, same, harm) -> check.run(scene, harm));
  }

  /** The harms that leave the outcome unknown. */
  private void forEachLoss(Exchange exchange, HarmCheck check) throws Exception {
    forEachHarm(
        List.of(exchange),
        List.of(Harm.REQUEST_LOST, Harm.CONFIRMATION_LOST),
        (scene, same, harm) -> check.run(scene, harm));
  }

  /** A check of one harm to one exchange of several. */
  interface StepCheck {
    void run(Scene scene, Exchange step, Harm harm) throws Exception;
  }

  private void forEachHarm(List<Exchange> exchanges, StepCheck check) throws Exception {
    forEachHarm(exchanges, List.of(Harm.values()), check);
  }

  private void forEachHarm(List<Exchange> exchanges, List<Harm> harms, StepCheck check)
      throws Exception {
    List<RuleRun.Check> checks = new ArrayList<>();
    for (Exchange exchange : exchanges) {
      for (Harm harm : harms) {
        checks.add(
            scene -> {
              if (rules().can(scene, exchange, harm)) {
                check.run(scene, exchange, harm);
                requireHappened(scene, 1, exchange + " [" + harm + "]");
              }
            });
      }
    }
    rules().withEach(LONG_LEASES, checks);
  }

  /** A rule that passes without its harm has tested nothing. */
  private void requireHappened(Scene scene, int armed, String what) {
    int happened = scene.harness.faults().happened();
    rules()
        .require(happened == armed, () -> what + " happened " + happened + " times, not " + armed);
  }

  private static Delivery hold(Scene scene) throws InterruptedException {
    scene.push(1);
    return scene.take(scene.puller(), 1).get(0);
  }

  /**
   * The possible results of a call: unknown without an answer, unavailable if the queue refused it,
   * and done if a retry of the client succeeded.
   */
  private void requireResult(String call, Harm harm, String result, String done) {
    List<String> allowed =
        switch (harm) {
          case REQUEST_LOST, CONFIRMATION_LOST -> List.of("OutcomeUnknownException");
          case REFUSED -> List.of("QueueUnavailableException", "OutcomeUnknownException");
          case ANSWERED_TWICE -> List.of(done);
          default -> List.of(done, "OutcomeUnknownException", "QueueUnavailableException");
        };
    rules()
        .require(
            allowed.stream().anyMatch(result::startsWith),
            () -> call + " [" + harm + "] gave " + result + ", not one of " + allowed);
  }

  /** Returns the result or the exception of a call as text. */
  private static String result(Callable<?> call) throws Exception {
    try {
      return String.valueOf(call.call());
    } catch (TaskQueueException e) {
      return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
  }
}
