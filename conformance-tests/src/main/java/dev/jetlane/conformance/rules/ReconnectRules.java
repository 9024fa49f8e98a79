// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.FAULTS;
import static dev.jetlane.conformance.harness.Capability.FAULTS_APART;
import static dev.jetlane.conformance.harness.Capability.FAULTS_OF_MOVES;
import static dev.jetlane.conformance.harness.Capability.LEADER_CHANGES;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.RuleRun;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/** Rules of clients, workers and delayed tasks after the connection or the server was lost. */
public interface ReconnectRules extends Rules {

  /**
   * The largest delay of a due task after a reconnect: shorter than the wait of any request for
   * tasks.
   */
  long LATEST_SECONDS = 15;

  @Example
  @Requires({FAULTS, FAULTS_OF_MOVES})
  @Label(
      "FAULT-8 A delayed task MUST be delivered exactly once, even if any step of its move "
          + "is lost")
  default void dueTasksAreMovedOnce() throws Exception {
    // The steps run one after the other, because a busy machine could not run all scenes in
    // parallel.
    for (Exchange step : List.of(Exchange.STORE_DUE, Exchange.REMOVE_DUE)) {
      List<RuleRun.Check> checks = new ArrayList<>();
      for (Harm harm : Harm.values()) {
        checks.add(scene -> movedOnce(scene, step, harm));
      }
      rules().withEach(Settings.UNHURRIED, checks);
    }
  }

  private void movedOnce(Scene scene, Exchange step, Harm harm) throws Exception {
    if (!rules().can(scene, step, harm)) {
      return;
    }
    FaultHands hands = scene.harness.faults();
    hands.next(step, harm);
    scene.partition.push(Task.of("later", "payload").withDelay(scene.ticks(10)));
    scene.await(() -> hands.happened() > 0);
    scene.awaitConnected();
    List<Delivery> first = scene.pullPatiently(1);
    Stats stats = scene.statsSoon(s -> s.delayed() == 0);
    List<Delivery> all = new ArrayList<>(first);
    all.addAll(scene.pullNow());
    rules()
        .require(
            hands.happened() == 1 && all.size() == 1 && stats.delayed() == 0,
            () -> step + " [" + harm + "]: delivered " + all + ", then " + stats);
  }

  @Example
  @Requires({FAULTS, FAULTS_APART})
  @Label(
      "FAULT-10 A nak that could not be sent before its lease expired MUST NOT be sent "
          + "after the reconnect")
  default void lateNaksAreNotSent() throws Exception {
    rules()
        .calmly(
            Settings.PLAIN.withLeaseTicks(24),
            scene -> {
              TaskQueue apart = scene.apart();
              scene.push(1);
              Delivery held = scene.take(scene.puller(), 1).get(0);
              scene.harness.faults().disconnect();
              Background<String> nak = Background.start(() -> outcome(held::nak));
              Delivery next = nextOf(apart.partition("p0"));
              long leased = scene.harness.nowNanos();
              scene.harness.faults().reconnect();
              List<Delivery> taken = new ArrayList<>();
              try (Puller third = apart.partition("p0").puller()) {
                for (int looks = 0; taken.isEmpty() && (looks < 10 || !nak.ended()); looks++) {
                  next.extend();
                  taken.addAll(third.pull(1, Duration.ZERO));
                  scene.requireInTime(leased, scene.ticks(20));
                  leased = scene.harness.nowNanos();
                }
              }
              String outcome = nak.result();
              rules()
                  .require(
                      taken.isEmpty() && !outcome.equals("SETTLED"),
                      () ->
                          "a late nak gave "
                              + outcome
                              + " and took the task of its holder: "
                              + taken);
            });
  }

  private static String outcome(Supplier<Settlement> settlement) {
    try {
      return settlement.get().toString();
    } catch (TaskQueueException e) {
      return e.toString();
    }
  }

  /** Returns the second delivery of the task, after the first lease expired. */
  private static Delivery nextOf(Partition partition) throws InterruptedException {
    try (Puller puller = partition.puller()) {
      List<Delivery> next = puller.pull(1, Duration.ofSeconds(20));
      if (next.isEmpty()) {
        throw new IllegalStateException("the task did not come back within 20 s");
      }
      return next.get(0);
    }
  }

  @Example
  @Requires({FAULTS, LEADER_CHANGES})
  @Label("FAULT-11 A pull MUST continue with the new leader after a change of leader")
  default void pullsContinueWithANewLeader() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withLeaseTicks(100),
            scene -> {
              try (Puller puller = scene.puller()) {
                for (int time = 1; time <= 2; time++) {
                  int now = time;
                  scene.harness.faults().next(Exchange.PULL, Harm.LEADER_CHANGED);
                  Background<List<Delivery>> pull = scene.waitingPull(puller, 1, scene.ticks(400));
                  scene.await(() -> scene.harness.faults().happened() >= now);
                  scene.pushOne("task-" + time);
                  List<Delivery> got = pull.result();
                  rules()
                      .require(
                          got.size() == 1 && got.get(0).taskId().equals("task-" + now),
                          () -> "after " + now + " changes of the leader a pull got " + got);
                  got.get(0).ack();
                }
              }
            });
  }

  @Example
  @Requires(FAULTS)
  @Label("PART-9 Opening a partition again in the same client MUST send nothing")
  default void openedAgainSendsNothing() throws Exception {
    rules()
        .with(
            scene -> {
              scene.harness.faults().disconnect();
              requireCut(scene);
              Object again;
              try {
                again = scene.queue.partition("p0");
              } catch (TaskQueueException e) {
                again = e;
              }
              scene.harness.faults().reconnect();
              scene.awaitConnected();
              Object got = again;
              rules()
                  .require(got instanceof Partition, () -> "without a connection it opened " + got);
            });
  }

  @Example
  @Requires(FAULTS)
  @Label(
      "FAULT-12 If a handler fails and the nak of its task fails too, the task MUST still be "
          + "redelivered")
  default void failedNaksAreRedelivered() throws Exception {
    List<RuleRun.Check> checks = new ArrayList<>();
    for (Harm harm : List.of(Harm.REFUSED, Harm.REQUEST_LOST, Harm.CONFIRMATION_LOST)) {
      checks.add(scene -> comesBackTo(scene, harm));
    }
    rules().withEach(FaultRules.LONG_LEASES, checks);
  }

  private void comesBackTo(Scene scene, Harm harm) throws Exception {
    if (!rules().can(scene, Exchange.NAK, harm)) {
      return;
    }
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    scene.harness.faults().next(Exchange.NAK, harm);
    WorkerOptions options =
        WorkerOptions.concurrency(2)
            .withKeepFor(scene.ticks(100_000))
            .withFailureListener(failure -> {})
            .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO));
    try (Worker worker =
        scene.partition.work(
            delivery -> {
              attempts.add(delivery.attempt());
              if (delivery.attempt() == 1) {
                throw new IllegalStateException("as asked for");
              }
            },
            options)) {
      scene.pushOne("task");
      scene.await(() -> attempts.size() >= 1 && scene.harness.faults().happened() >= 1);
      for (int lease = 0; lease < 4 && attempts.size() < 2; lease++) {
        scene.advancePast(81);
        scene.pauseForOthers();
      }
      scene.await(() -> attempts.size() >= 2 && scene.backlog() == 0);
      rules()
          .require(
              scene.harness.faults().happened() == 1
                  && areInTurn(List.copyOf(attempts))
                  && scene.backlog() == 0,
              () -> worker + ", its nak [" + harm + "]: attempts " + attempts);
    }
  }

  /**
   * Whether the handled attempts begin with attempt 1, which fails, and rise. On a busy machine a
   * lease may end before or during its handler. Then an attempt may be added or missing, but no
   * attempt is handled twice or out of order.
   */
  private boolean areInTurn(List<Integer> attempts) {
    boolean rising =
        IntStream.range(1, attempts.size()).allMatch(i -> attempts.get(i) > attempts.get(i - 1));
    return attempts.size() >= 2 && attempts.get(0) == 1 && rising;
  }

  @Example
  @Requires(FAULTS)
  @Label(
      "FAULT-16 If the close of a delivery cannot give the task back, the task MUST be "
          + "redelivered, even if leases are kept")
  default void failedCloseIsRedelivered() throws Exception {
    List<RuleRun.Check> checks = new ArrayList<>();
    for (Harm harm : List.of(Harm.REFUSED, Harm.REQUEST_LOST)) {
      checks.add(
          scene -> {
            if (!rules().can(scene, Exchange.NAK, harm)) {
              return;
            }
            scene.push(1);
            Delivery held = scene.take(keeping(scene), 1).get(0);
            scene.harness.faults().next(Exchange.NAK, harm);
            held.close();
            List<Delivery> back = new ArrayList<>();
            for (int lease = 0; lease < 4 && back.isEmpty(); lease++) {
              scene.advancePast(81);
              back.addAll(scene.pullNow());
            }
            rules()
                .require(
                    scene.harness.faults().happened() == 1
                        && back.size() == 1
                        && back.get(0).attempt() == 2,
                    () ->
                        "closed, its nak [" + harm + "], and received four leases later: " + back);
          });
    }
    rules().withEach(FaultRules.LONG_LEASES, checks);
  }

  @Example
  @Requires({FAULTS, DEAD_LETTERS})
  @Label("FAULT-17 After a failed settlement a kept lease MUST still be kept")
  default void failedSettlementIsKept() throws Exception {
    rules()
        .calmly(
            Settings.PLAIN.withLeaseTicks(70),
            scene -> {
              scene.push(1);
              Delivery held = scene.take(keeping(scene), 1).get(0);
              scene.harness.faults().next(Exchange.STORE_LETTER, Harm.REQUEST_LOST);
              String outcome = outcome(() -> held.deadLetter("refused"));
              scene.standStill(100);
              List<Delivery> again = scene.pullNow();
              boolean expired = held.leaseExpired();
              String second = outcome(() -> held.deadLetter("refused"));
              rules()
                  .require(
                      scene.harness.faults().happened() == 1
                          && again.isEmpty()
                          && !expired
                          && second.equals("SETTLED"),
                      () ->
                          "after a dead-lettering that gave "
                              + outcome
                              + " the lease was over: "
                              + expired
                              + ", handed out again "
                              + again
                              + ", a second one gave "
                              + second);
            });
  }

  private static Puller keeping(Scene scene) {
    return scene.partition.puller(PullOptions.defaults().withKeepFor(scene.ticks(100_000)));
  }

  @Example
  @Requires(FAULTS)
  @Label(
      "FAULT-18 A worker MUST repeat a failed ack, and its drain MUST wait for that ack, so "
          + "that the task is handled once")
  default void failedAcksAreRepeated() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withLeaseTicks(300),
            scene -> {
              AtomicInteger handled = new AtomicInteger();
              FaultHands hands = scene.harness.faults();
              hands.next(Exchange.ACK, Harm.REFUSED);
              hands.next(Exchange.ACK, Harm.REFUSED);
              Worker worker =
                  scene.partition.work(
                      delivery -> handled.incrementAndGet(), WorkerOptions.concurrency(1));
              scene.pushOne("task");
              scene.await(() -> hands.happened() >= 2);
              Background<Boolean> drain = Background.start(() -> worker.drain(scene.ticks(10_000)));
              for (int tries = 0; tries < 20 && !drain.ended(); tries++) {
                scene.pauseForOthers();
                scene.advancePast(2);
              }
              boolean drained = drain.result();
              Stats stats = scene.statsSoon(s -> s.backlog() == 0);
              rules()
                  .require(
                      hands.happened() == 2
                          && drained
                          && handled.get() == 1
                          && stats.backlog() == 0,
                      () ->
                          "two acks were refused: drained "
                              + drained
                              + ", handled "
                              + handled
                              + " times, then "
                              + stats);
            });
  }

  @Example
  @Requires({FAULTS, DELAY})
  @Label(
      "FAULT-13 After each reconnect pulls MUST be served, and delayed tasks MUST be "
          + "delivered when due")
  default void pullsContinueAfterReconnects() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              try (Puller puller = scene.puller()) {
                for (int time = 1; time <= 2; time++) {
                  String id = "later-" + time;
                  scene.partition.push(Task.of(id, "payload").withDelay(scene.ticks(20)));
                  // The client's request for due tasks waits at the server now. The server forgets
                  // it when the connection is cut.
                  scene.advancePast(5);
                  scene.harness.faults().disconnect();
                  requireCut(scene);
                  scene.harness.faults().reconnect();
                  scene.awaitConnected();
                  scene.advancePast(15);
                  List<Delivery> got = within(scene, puller);
                  int now = time;
                  rules()
                      .require(
                          Scene.ids(got).equals(List.of(id)),
                          () ->
                              "after "
                                  + now
                                  + " reconnects a delayed task did not come within "
                                  + LATEST_SECONDS
                                  + " s of its time, but "
                                  + got);
                  got.get(0).ack();
                }
              }
            });
  }

  /** No call that sends a request succeeds. */
  private void requireCut(Scene scene) {
    Object answer;
    try {
      answer = scene.partition.stats();
    } catch (QueueUnavailableException e) {
      answer = e;
    }
    Object got = answer;
    rules()
        .require(
            got instanceof QueueUnavailableException,
            () -> "received over a cut connection: " + got);
  }

  private static List<Delivery> within(Scene scene, Puller puller) throws InterruptedException {
    long began = System.nanoTime();
    List<Delivery> got = new ArrayList<>();
    boolean virtual = scene.harness.tolerance().isZero();
    do {
      try {
        got.addAll(puller.pull(1, virtual ? Duration.ZERO : scene.ticks(4)));
      } catch (QueueUnavailableException notYet) {
        // The client is still reconnecting.
      }
    } while (got.isEmpty()
        && !virtual
        && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(LATEST_SECONDS));
    return got;
  }
}
