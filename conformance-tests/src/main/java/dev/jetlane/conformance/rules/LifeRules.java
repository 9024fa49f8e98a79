// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.ThreadWatch;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Rules of the close of a puller or a client, and of the tasks, deliveries and threads after it.
 */
public interface LifeRules extends Rules {

  @Property
  @Label("LIFE-1 Tasks, leases, attempts and delays MUST outlive the client that made them")
  default void everythingOutlivesTheClient(@ForAll("reopened") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LIFE-2 Settling a delivery of a closed queue MUST throw QueueClosedException, and its "
          + "lease MUST continue")
  default void closedQueueSettlesNothing(@ForAll("reopened") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LIFE-3 Deliveries of a closed puller MUST stay valid, and MUST NOT be given back")
  default void deliveriesOutliveThePuller(@ForAll("pullersReopened") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LIFE-4 A puller MUST give back on its close the tasks that it fetched ahead and did "
          + "not hand out")
  default void prefetchedIsGivenBack(
      @ForAll @IntRange(min = 1, max = 8) int prefetch, @ForAll boolean closeQueue)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              scene.push(6);
              TaskQueue client = scene.client();
              Puller puller =
                  client.partition("p0").puller(PullOptions.defaults().withPrefetch(prefetch));
              List<Delivery> first = scene.take(puller, 1);
              if (closeQueue) {
                client.close();
              } else {
                puller.close();
              }
              List<Delivery> rest = scene.pullWithin(6 - first.size());
              rules()
                  .require(
                      first.size() == 1 && rest.size() == 5,
                      () -> "of 6 tasks 1 was handed out, then received " + Scene.ids(rest));
            });
  }

  @Property
  @Label(
      "LIFE-5 Closing a puller or its queue MUST end each waiting pull with QueueClosedException")
  default void closeEndsWaiting(@ForAll boolean closeQueue, @ForAll boolean async)
      throws Exception {
    rules()
        .with(
            scene -> {
              TaskQueue client = scene.client();
              Puller puller = scene.puller(client.partition("p0"));
              Background<List<Delivery>> pull =
                  async
                      ? Background.of(puller.pullAsync(1, scene.ticks(2_000)))
                      : scene.waitingPull(puller, 1, scene.ticks(2_000));
              Background<List<Delivery>> other =
                  Background.of(puller.pullAsync(1, scene.ticks(2_000)));
              if (closeQueue) {
                client.close();
              } else {
                puller.close();
              }
              Throwable failure = pull.failure();
              Throwable otherFailure = other.failure();
              scene.push(1);
              List<Delivery> next = scene.pullSoon(1);
              rules()
                  .require(
                      failure instanceof QueueClosedException
                          && otherFailure instanceof QueueClosedException
                          && next.size() == 1
                          && next.get(0).attempt() == 1,
                      () ->
                          "a pull that waited while it was closed ended with "
                              + failure
                              + ", another one of its puller with "
                              + otherFailure
                              + ", then received "
                              + next);
            });
  }

  @Property
  @Label(
      "LIFE-10 A task that arrives during the close of a waiting pull MUST be handed out by "
          + "that pull or by another one")
  default void taskDuringCloseIsHandedOut(@ForAll boolean closeQueue) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              TaskQueue client = scene.client();
              Puller puller = scene.puller(client.partition("p0"));
              Background<List<Delivery>> pull = scene.waitingPull(puller, 1, scene.ticks(2_000));
              scene.pushOne("task");
              if (closeQueue) {
                client.close();
              } else {
                puller.close();
              }
              Object end;
              try {
                end = Scene.ids(pull.result());
              } catch (QueueClosedException e) {
                end = e;
              }
              boolean handedOut = end.equals(List.of("task"));
              List<Delivery> next = handedOut ? List.of() : scene.pullSoon(1);
              Object how = end;
              rules()
                  .require(
                      handedOut || (end instanceof QueueClosedException && next.size() == 1),
                      () -> "closed during a push, the pull ended with " + how + ", then " + next);
            });
  }

  @Example
  @Label("LIFE-6 Every use of a closed queue or puller MUST throw QueueClosedException")
  default void closedRefusesCalls() throws Exception {
    rules()
        .with(
            scene -> {
              TaskQueue client = scene.client();
              Partition partition = client.partition("p0");
              Puller closedPuller = scene.puller(partition);
              closedPuller.close();
              closes(() -> closedPuller.pull(1, Duration.ZERO));
              closes(() -> closedPuller.pullAsync(1, Duration.ZERO).join());
              Puller puller = scene.puller(partition);
              client.close();
              Task task = Task.of("task", "payload");
              closes(() -> puller.pull(1, Duration.ZERO));
              closes(() -> puller.pullAsync(1, Duration.ZERO).join());
              closes(() -> partition.push(task));
              closes(() -> partition.pushAsync(task).join());
              closes(() -> partition.pushAll(List.of(task)));
              closes(() -> partition.puller());
              closes(() -> partition.stats());
              if (scene.harness.capabilities().contains(Capability.OLDEST_AGE)) {
                closes(() -> partition.oldestAge());
              }
              if (scene.harness.capabilities().contains(Capability.DELAY)) {
                closes(() -> partition.cancel("task"));
              }
              closes(() -> client.partition("p0"));
              rules()
                  .require(
                      scene.partition.stats().backlog() == 0,
                      () -> "something was stored by a closed queue");
            });
  }

  @Example
  @Label("LIFE-7 A second close of a puller or a queue MUST do nothing")
  default void closesTwice() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              TaskQueue client = scene.client();
              Puller puller = scene.puller(client.partition("p0"));
              puller.close();
              puller.close();
              client.close();
              client.close();
              puller.close();
              List<Delivery> left = scene.pullPatiently(1);
              rules().require(left.size() == 1, () -> "received after closing twice: " + left);
            });
  }

  @Example
  @Label(
      "LIFE-8 Health MUST be good while the queue is usable, and bad after the close, "
          + "without an exception")
  default void healthFollowsTheQueue() throws Exception {
    rules()
        .with(
            scene -> {
              TaskQueue client = scene.client();
              scene.puller(client.partition("p0"));
              Health open = client.health();
              rules()
                  .require(
                      open.live() && open.ready() && open.problems().isEmpty(),
                      () -> "an open queue says " + open);
              client.close();
              Health closed = client.health();
              rules()
                  .require(
                      !closed.ready() && !closed.problems().isEmpty(),
                      () -> "a closed queue says " + closed);
            });
  }

  @Example
  @Label("LIFE-9 A closed queue MUST leave no thread behind")
  default void threadsEnd() throws Exception {
    rules()
        .with(
            scene -> {
              boolean ahead = scene.harness.capabilities().contains(Capability.PREFETCH);
              int prefetch = ahead ? 4 : 0;
              scene.push(1);
              ThreadWatch watch = new ThreadWatch();
              int handled =
                  watch.call(
                      () -> {
                        TaskQueue client = scene.client();
                        Partition partition = client.partition("p0");
                        List<Delivery> got;
                        try (Puller puller =
                            partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
                          got = scene.take(puller, 1);
                          got.forEach(Delivery::ack);
                        }
                        client.close();
                        return got.size();
                      });
              Set<Thread> left = watch.left();
              rules()
                  .require(
                      handled == 1 && left.isEmpty(),
                      () -> handled + " task was done; threads left behind: " + left);
            });
  }

  private void closes(Callable<?> use) {
    Object outcome;
    try {
      outcome = use.call();
    } catch (Exception e) {
      outcome = e;
    }
    Object got = outcome;
    rules()
        .require(
            got instanceof QueueClosedException, () -> "a call after the close returned: " + got);
  }

  @Provide
  default Arbitrary<Batch> reopened() {
    Arbitrary<Verb> verbs = Arbitraries.of(Verb.ACK, Verb.NAK, Verb.EXTEND, Verb.ACK_ASYNC);
    return rules()
        .batches(
            Combinators.combine(verbs, integers().between(0, 8))
                .as(
                    (verb, ticks) ->
                        new Script()
                            .push(3)
                            .pull(2)
                            .nakLater(1, 6)
                            .then(new Step.ReopenQueue(0))
                            .settle(verb, 0)
                            .advance(ticks)
                            .pull(1)
                            .expire()
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> pullersReopened() {
    return rules()
        .batches(
            Arbitraries.of(Verb.ACK, Verb.NAK, Verb.EXTEND)
                .map(
                    verb ->
                        new Script()
                            .push(2)
                            .pull(1)
                            .then(new Step.ReopenPuller(0, 0))
                            .pull(1)
                            .settle(verb, 0)
                            .pull(9)
                            .plan()));
  }
}
