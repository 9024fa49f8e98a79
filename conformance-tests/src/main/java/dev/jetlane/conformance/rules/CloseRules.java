// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.OLDEST_AGE;

import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.RandomPlans;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rules of calls that coincide with an interrupt, a close, or a second caller. */
public interface CloseRules extends Rules {

  @Example
  @Label(
      "LIFE-11 A call on an interrupted thread MUST take effect or allow a retry, and MUST "
          + "keep the interrupt; a health check MUST NOT fail because of it")
  default void interruptsAreKept() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.push(4);
              List<Delivery> held = scene.pullPatiently(4);
              TaskQueue client = scene.client();
              Partition partition = client.partition("p0");
              Puller puller = scene.puller(partition);
              Map<String, Callable<?>> calls =
                  calls(client, partition, held, scene.harness.capabilities());
              calls.forEach(this::interrupted);
              Health health = (Health) interrupted("health", client::health);
              rules().require(health.ready(), () -> "interrupted, an open queue says " + health);
              interrupted("close of a puller", () -> closed(puller));
              interrupted("close of a queue", () -> closed(client));
              scene.push(1);
              rules().require(!scene.pullSoon(1).isEmpty(), () -> "then received no task");
            });
  }

  private static Map<String, Callable<?>> calls(
      TaskQueue client, Partition partition, List<Delivery> held, Set<Capability> can) {
    Map<String, Callable<?>> calls = new LinkedHashMap<>();
    calls.put("partition", () -> client.partition("p1"));
    calls.put("push", () -> partition.push(Task.of("one", "")));
    calls.put("pushAll", () -> partition.pushAll(List.of(Task.of("two", ""))));
    calls.put("puller", () -> closed(partition.puller()));
    calls.put("stats", partition::stats);
    calls.put("ack", held.get(0)::ack);
    calls.put("nak", held.get(1)::nak);
    calls.put("extend", held.get(2)::extend);
    if (can.contains(OLDEST_AGE)) {
      calls.put("oldestAge", partition::oldestAge);
    }
    if (can.contains(DELAY)) {
      calls.put("cancel", () -> partition.cancel("one"));
    }
    if (can.contains(DEAD_LETTERS)) {
      calls.put("deadLetter", () -> held.get(3).deadLetter("interrupted"));
      calls.put("list", () -> partition.deadLetters().list(1));
      calls.put("redrive", () -> partition.deadLetters().redrive("unknown"));
      calls.put("purge", () -> partition.deadLetters().purge());
    }
    return calls;
  }

  @Property
  @Requires(DEAD_LETTERS)
  @Label("DEAD-23 Of several concurrent redrives of a dead letter exactly one MUST report success")
  default void oneRedrives(@ForAll @IntRange(min = 2, max = 4) int operators) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.pushOne("task");
              scene.pullPatiently(1).get(0).deadLetter("refused");
              String id = scene.partition.deadLetters().list(1).get(0).id();
              CyclicBarrier start = new CyclicBarrier(operators);
              List<Background<Boolean>> redrives = new ArrayList<>();
              for (int i = 0; i < operators; i++) {
                DeadLetters letters = scene.client().partition("p0").deadLetters();
                redrives.add(
                    Background.start(
                        () -> {
                          start.await();
                          return letters.redrive(id);
                        }));
              }
              int winners = 0;
              for (Background<Boolean> redrive : redrives) {
                winners += redrive.result() ? 1 : 0;
              }
              List<Delivery> back = scene.pullPatiently(1);
              back.addAll(scene.pullNow());
              String seen =
                  winners + " of " + operators + " redrives succeeded, then received " + back;
              rules().require(winners == 1 && back.size() == 1, () -> seen);
            });
  }

  @Property
  @WithoutPrefetch
  @Label(
      "LIFE-12 A call during the close of its client MUST take effect, or MUST throw "
          + "QueueClosedException and change nothing")
  default void callsDuringTheClose(@ForAll("plansOfMeetings") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> plansOfMeetings() {
    Step push = new Step.Push(0, false);
    Step pull = new Step.Pull(0, 0, 2);
    Step die = new Step.Settle(Step.Verb.DEAD_LETTER, 0, Step.Among.OPEN);
    // Without a call during a close the plan would test nothing.
    Step closing = new Step.DuringClose(push);
    if (!rules().isWide()) {
      Step settled = new Step.DuringClose(new Step.Settle(Step.Verb.ACK, 0, Step.Among.OPEN));
      return rules()
          .batches(
              RandomPlans.undisturbed(10)
                  .map(plan -> plan.after(push, push, push, pull, die, settled, closing)));
    }
    return rules()
        .batches(
            Combinators.combine(RandomPlans.meeting(10), RandomPlans.meeting())
                .as((plan, meeting) -> plan.after(push, push, push, pull, die, meeting, closing)));
  }

  private static String closed(AutoCloseable one) throws Exception {
    one.close();
    return "closed";
  }

  /** Returns the result or the exception of a call on a thread whose interrupt flag is set. */
  private Object interrupted(String name, Callable<?> call) {
    Object end;
    Thread.currentThread().interrupt();
    boolean kept;
    try {
      end = call.call();
    } catch (Exception e) {
      end = e;
    } finally {
      kept = Thread.interrupted();
    }
    Object how = end;
    boolean retryable =
        how instanceof OutcomeUnknownException || how instanceof QueueUnavailableException;
    rules()
        .require(
            kept && (retryable || !(how instanceof Exception)),
            () -> name + ", interrupted, ended with " + how + "; interrupt kept: " + kept);
    return how;
  }
}
