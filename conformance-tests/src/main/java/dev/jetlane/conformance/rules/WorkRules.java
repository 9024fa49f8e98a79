// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.RetryPolicy;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.ThreadWatch;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of workers: their tasks, the results of their handlers, and their start, pause and end. */
public interface WorkRules extends Rules {

  @Property
  @Label("WORK-1 A task whose handler returned MUST be removed, and MUST be handled once")
  default void returningAcks(
      @ForAll @IntRange(min = 1, max = 8) int tasks,
      @ForAll @IntRange(min = 1, max = 3) int concurrency,
      @ForAll @IntRange(min = 0, max = 2) int prefetch)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              WorkerOptions options =
                  WorkerOptions.concurrency(concurrency).withFetchAhead(prefetch);
              try (Worker worker =
                  scene.partition.work(delivery -> handled.add(delivery.taskId()), options)) {
                for (int i = 0; i < tasks; i++) {
                  scene.pushOne("task-" + i);
                }
                scene.await(() -> handled.size() >= tasks && scene.backlog() == 0);
                rules()
                    .require(
                        handled.size() == tasks
                            && scene.backlog() == 0
                            && worker.state() == Worker.State.RUNNING
                            && worker.health().ready(),
                        () -> tasks + " tasks, handled were " + handled + ", " + worker.health());
              }
            });
  }

  @Property
  @Label(
      "WORK-2 A handler that throws, even an Error, MUST cost an attempt of its own task, and nothing else")
  default void throwingGivesBack(@ForAll @IntRange(min = 0, max = 3) int kind) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              WorkerOptions options =
                  WorkerOptions.concurrency(1).withRetryPolicy(RetryPolicy.fixed(Duration.ZERO));
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handled.add(delivery.taskId() + "/" + delivery.attempt());
                        if (delivery.taskId().equals("bad") && delivery.attempt() < 3) {
                          fail(kind);
                        }
                      },
                      options)) {
                scene.pushOne("bad");
                scene.pushOne("good");
                scene.await(() -> handled.size() >= 4 && scene.backlog() == 0);
                rules()
                    .require(
                        List.copyOf(handled).containsAll(List.of("bad/1", "bad/2", "bad/3"))
                            && handled.contains("good/1")
                            && handled.size() == 4
                            && scene.backlog() == 0
                            && worker.state() == Worker.State.RUNNING,
                        () -> "handled were " + handled + ", then " + worker);
              }
            });
  }

  private static void fail(int kind) throws Exception {
    switch (kind) {
      case 0 -> throw new IllegalStateException("as asked for");
      case 1 -> throw new Exception("as asked for");
      case 2 -> throw new StackOverflowError("as asked for");
      default -> throw new AssertionError("as asked for");
    }
  }

  @Example
  @Label("WORK-3 A settlement by the handler MUST stand, whether the handler returns or throws")
  default void handlerSettlementStands() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handled.add(delivery.taskId() + "/" + delivery.attempt());
                        if (delivery.taskId().equals("given-back") && delivery.attempt() == 1) {
                          delivery.nak();
                        } else if (delivery.taskId().equals("acked")) {
                          delivery.ack();
                          throw new IllegalStateException("after the ack");
                        }
                      },
                      WorkerOptions.concurrency(1))) {
                scene.pushOne("given-back");
                scene.pushOne("acked");
                scene.await(() -> handled.size() >= 3 && scene.backlog() == 0);
                rules()
                    .require(
                        handled.size() == 3
                            && handled.contains("given-back/2")
                            && handled.contains("acked/1")
                            && scene.backlog() == 0,
                        () -> "handled were " + handled + " by " + worker);
              }
            });
  }

  @Property
  @Label(
      "WORK-4 A worker MUST NOT run more handlers than its concurrency, and MUST use its concurrency")
  default void concurrencyIsBounded(@ForAll @IntRange(min = 1, max = 4) int concurrency)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              AtomicInteger now = new AtomicInteger();
              AtomicInteger most = new AtomicInteger();
              CountDownLatch go = new CountDownLatch(1);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        go.await();
                        now.decrementAndGet();
                      },
                      WorkerOptions.concurrency(concurrency))) {
                for (int i = 0; i < concurrency + 3; i++) {
                  scene.pushOne("task-" + i);
                }
                scene.await(() -> now.get() >= concurrency);
                // A further handler would begin in this time.
                scene.harness.advance(scene.ticks(1));
                rules().require(now.get() == concurrency, () -> now + " handlers at the same time");
                go.countDown();
                scene.await(() -> scene.backlog() == 0);
                rules()
                    .require(
                        most.get() == concurrency && scene.backlog() == 0,
                        () ->
                            most
                                + " handlers at the same time, concurrency "
                                + concurrency
                                + ", "
                                + worker);
              }
            });
  }

  @Property
  @Label("WORK-5 A worker MUST NOT lease more tasks than its concurrency plus its fetch-ahead")
  default void leasesAreBounded(
      @ForAll @IntRange(min = 1, max = 3) int concurrency,
      @ForAll @IntRange(min = 0, max = 3) int prefetch)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              int tasks = concurrency + prefetch + 3;
              for (int i = 0; i < tasks; i++) {
                scene.pushOne("task-" + i);
              }
              scene.stats(s -> s.ready() == tasks);
              CountDownLatch go = new CountDownLatch(1);
              WorkerOptions options =
                  WorkerOptions.concurrency(concurrency).withFetchAhead(prefetch);
              try (Worker worker = scene.partition.work(delivery -> go.await(), options)) {
                int room = concurrency + prefetch;
                scene.await(() -> scene.partition.stats().outstanding() >= room);
                scene.harness.advance(scene.ticks(1));
                long leased = scene.partition.stats().outstanding();
                rules()
                    .require(
                        leased == room, () -> leased + " tasks leased, room for " + room + worker);
                go.countDown();
              }
            });
  }

  @Example
  @Label(
      "WORK-6 A paused worker MUST start no task and hold no task ahead, and MUST continue "
          + "when it is resumed")
  default void pauses() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              CountDownLatch go = new CountDownLatch(1);
              WorkerOptions options = WorkerOptions.concurrency(1).withFetchAhead(3);
              scene.push(4); // Before the worker, whose first pull then brings all of them.
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handled.add(delivery.taskId());
                        go.await();
                      },
                      options)) {
                scene.await(
                    () -> handled.size() == 1 && scene.partition.stats().outstanding() == 4);
                worker.pause();
                go.countDown();
                List<Delivery> others = scene.pullPatiently(3);
                rules()
                    .require(
                        others.size() == 3
                            && handled.size() == 1
                            && worker.state() == Worker.State.PAUSED,
                        () -> worker + " handled " + handled + ", left were " + others);
                others.forEach(Delivery::nak);
                // Otherwise the end of this handler would fetch tasks during the resume.
                scene.await(() -> worker.running() == 0);
                worker.resume();
                scene.await(() -> scene.backlog() == 0);
                rules()
                    .require(
                        scene.backlog() == 0 && handled.size() == 4,
                        () -> worker + " handled " + handled + " once it was resumed");
              }
            });
  }

  @Example
  @Label(
      "WORK-7 A drained worker MUST finish its running tasks, and give back the others immediately")
  default void drains() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              CountDownLatch go = new CountDownLatch(1);
              Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handled.add(delivery.taskId());
                        go.await();
                      },
                      WorkerOptions.concurrency(1).withFetchAhead(2));
              scene.push(3);
              scene.await(() -> handled.size() == 1 && scene.partition.stats().outstanding() == 3);
              Background<Boolean> drain =
                  Background.start(() -> worker.drain(scene.ticks(100_000))).awaitBlocked();
              List<Delivery> others = scene.pullPatiently(2);
              boolean early = drain.ended();
              go.countDown();
              boolean inTime = drain.result();
              scene.stats(s -> s.backlog() == 2);
              rules()
                  .require(
                      others.size() == 2
                          && !early
                          && inTime
                          && handled.size() == 1
                          && scene.backlog() == 2
                          && worker.state() == Worker.State.CLOSED,
                      () ->
                          worker
                              + " drained (before its handler: "
                              + early
                              + ", in time: "
                              + inTime
                              + "), handled were "
                              + handled
                              + ", given back "
                              + others);
            });
  }

  @Property
  @Label(
      "WORK-8 Tasks that are not finished at the deadline of a drain MUST be given back immediately")
  default void drainHasADeadline(@ForAll @IntRange(min = 0, max = 5) int deadline)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              CountDownLatch started = new CountDownLatch(1);
              CountDownLatch interrupted = new CountDownLatch(1);
              Worker worker =
                  scene.partition.work(
                      delivery -> {
                        if (delivery.attempt() == 1) {
                          started.countDown();
                          hangUntilInterrupted(interrupted);
                        }
                      },
                      WorkerOptions.concurrency(1));
              scene.pushOne("endless");
              scene.await(() -> started.getCount() == 0);
              Background<Boolean> drain =
                  Background.start(() -> worker.drain(scene.ticks(deadline))).awaitBlocked();
              scene.advancePast(deadline);
              boolean inTime = drain.result();
              List<Delivery> others = scene.pullPatiently(1);
              scene.await(() -> interrupted.getCount() == 0);
              rules()
                  .require(
                      !inTime
                          && others.size() == 1
                          && others.get(0).attempt() == 2
                          && interrupted.getCount() == 0,
                      () -> "in time: " + inTime + ", then received " + others);
            });
  }

  private static void hangUntilInterrupted(CountDownLatch interrupted) throws InterruptedException {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.countDown();
      throw e;
    }
  }

  @Example
  @Label("WORK-9 A worker MUST keep the lease of a running task by default")
  default void keepsLeases() throws Exception {
    rules()
        .calmly(
            KeepRules.KEPT,
            scene -> {
              Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
              CountDownLatch go = new CountDownLatch(1);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        attempts.add(delivery.attempt());
                        go.await();
                      },
                      WorkerOptions.concurrency(2))) {
                scene.pushOne("long");
                scene.await(() -> !attempts.isEmpty());
                scene.standStill(60);
                // A second holder of the task would reach its handler in this time.
                scene.pauseForOthers();
                long redelivered = scene.partition.stats().redelivered();
                int handlers = attempts.size();
                go.countDown();
                scene.await(() -> scene.backlog() == 0);
                rules()
                    .require(
                        redelivered == 0
                            && handlers == 1
                            && attempts.size() == 1
                            && scene.backlog() == 0,
                        () -> worker + " had attempts " + attempts + ", again " + redelivered);
              }
            });
  }

  @Example
  @Label("WORK-10 A handler that lost its lease MUST be interrupted if the option is set")
  default void interruptsOnLoss() throws Exception {
    rules()
        .calmly(
            KeepRules.KEPT,
            scene -> {
              CountDownLatch started = new CountDownLatch(1);
              CountDownLatch interrupted = new CountDownLatch(1);
              WorkerOptions options =
                  WorkerOptions.concurrency(1)
                      .withKeepFor(Duration.ZERO)
                      .withInterruptOnLeaseLost(true);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        if (delivery.attempt() == 1) {
                          started.countDown();
                          hangUntilInterrupted(interrupted);
                        }
                      },
                      options)) {
                scene.pushOne("endless");
                scene.await(() -> started.getCount() == 0);
                boolean early = interrupted.getCount() == 0;
                scene.advancePast(40);
                scene.await(() -> interrupted.getCount() == 0 && scene.backlog() == 0);
                rules()
                    .require(
                        !early && interrupted.getCount() == 0 && scene.backlog() == 0,
                        () -> worker + " continued with a task whose lease it had lost");
              }
            });
  }

  @Property
  @Label(
      "WORK-11 The close of a worker or of its queue MUST end the worker, change its state, "
          + "and leave no thread behind")
  default void ends(@ForAll boolean closeQueue) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              CountDownLatch handled = new CountDownLatch(2);
              ThreadWatch watch = new ThreadWatch();
              TaskQueue client = watch.call(scene::client);
              // A first worker, to learn which threads the client starts on demand.
              Worker first =
                  watch.call(
                      () ->
                          client
                              .partition("p0")
                              .work(delivery -> handled.countDown(), WorkerOptions.concurrency(1)));
              scene.pushOne("first");
              scene.await(() -> handled.getCount() == 1 && scene.backlog() == 0);
              first.close();
              Set<Thread> ofClient = watch.alive();
              Worker worker =
                  watch.call(
                      () ->
                          client
                              .partition("p0")
                              .work(delivery -> handled.countDown(), WorkerOptions.concurrency(1)));
              scene.pushOne("task");
              scene.await(() -> handled.getCount() == 0 && scene.backlog() == 0);
              if (closeQueue) {
                client.close();
              } else {
                worker.close();
                worker.close();
              }
              scene.await(
                  () ->
                      worker.state() == Worker.State.CLOSED && ofClient.containsAll(watch.alive()));
              rules()
                  .require(
                      handled.getCount() == 0
                          && worker.state() == Worker.State.CLOSED
                          && !worker.health().live()
                          && !worker.health().problems().isEmpty()
                          && ofClient.containsAll(watch.alive()),
                      () ->
                          worker
                              + ", "
                              + worker.health()
                              + ", threads "
                              + watch.alive()
                              + ", of the client alone "
                              + ofClient);
            });
  }
}
