// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.LISTENERS;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.oracle.EventLine;
import dev.jetlane.conformance.oracle.EventRecorder;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Rules of the calls to listeners, and of the effects of listeners on the queue. */
public interface ListenerRules extends Rules {

  @Property
  @Requires(LISTENERS)
  @Label(
      "EVENT-6 A lost lease MUST be reported once, even if its holder notices the loss "
          + "several times")
  default void lossIsReportedOnce(@ForAll("waysToFindOut") List<String> ways) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              EventRecorder telling = new EventRecorder();
              Partition partition = scene.client(List.of(telling)).partition("p0");
              partition.push(Task.of("task", ""));
              Delivery delivery = scene.take(scene.puller(partition), 1).get(0);
              if (ways.contains("signal")) {
                var unused = delivery.whenLeaseLost();
              }
              scene.advancePast(10);
              for (String way : ways) {
                findOut(scene, delivery, way, telling);
                List<String> lost = telling.lines("leaseLost");
                rules().require(lost.size() == 1, () -> way + " of " + ways + " reported " + lost);
              }
            });
  }

  private static void findOut(Scene scene, Delivery delivery, String way, EventRecorder telling)
      throws InterruptedException {
    switch (way) {
      case "signal" -> scene.await(() -> !telling.lines("leaseLost").isEmpty());
      case "nak" -> tryTo(delivery::nak);
      case "extend" -> tryTo(delivery::extend);
      case "ack" -> delivery.ack();
      default -> delivery.close();
    }
  }

  @Property
  @Requires(LISTENERS)
  @Label(
      "EVENT-8 A listener that throws MUST affect neither the caller nor the other " + "listeners")
  default void throwingListenersAreHarmless(@ForAll boolean error) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              EventRecorder telling = new EventRecorder();
              QueueListener broken = BrokenListener.throwing(error);
              TaskQueue client = scene.client(List.of(broken, telling));
              Partition partition = client.partition("p0");
              List<Object> answers = new ArrayList<>();
              try {
                goThrough(scene, partition, answers);
              } catch (BrokenListener.BrokenError | BrokenListener.BrokenException e) {
                answers.add(e);
              }
              Settlement won = Settlement.SETTLED;
              List<Object> wanted = List.of(false, false, 1, won, won, true, won);
              rules().require(answers.equals(wanted), () -> "the answers were " + answers);
              List<String> events =
                  telling.lines().stream().filter(line -> !line.startsWith("pulled")).toList();
              rules()
                  .require(
                      events.equals(
                          List.of(
                              "pushed p0 a",
                              "pushed p0 b",
                              "pushed p0 c",
                              "acked p0 a attempt 1",
                              "acked p0 b attempt 1",
                              "extended p0 c attempt 1",
                              "givenBack p0 c attempt 1 for PT0S",
                              "redelivered p0 c attempt 2",
                              "givenBack p0 c attempt 2 for PT1S")),
                      () -> "next to a listener that throws, another one received " + events);
            });
  }

  private static void goThrough(Scene scene, Partition partition, List<Object> answers)
      throws InterruptedException {
    answers.add(partition.push(Task.of("a", "")).duplicate());
    answers.add(partition.pushAsync(Task.of("b", "")).join().duplicate());
    answers.add(partition.pushAll(List.of(Task.of("c", ""))).outcomes().size());
    Puller puller = scene.puller(partition);
    List<Delivery> all = scene.take(puller, 3);
    answers.add(all.get(0).ack());
    answers.add(all.get(1).ackAsync().join());
    answers.add(all.get(2).extend());
    answers.add(all.get(2).nak());
    List<Delivery> again = scene.take(puller, 1);
    again.get(0).close();
  }

  @Property
  @Requires(LISTENERS)
  @Label(
      "EVENT-9 A client MUST NOT report calls that begin after its close, and MUST report "
          + "calls that are in progress during the close")
  default void closedReportsNothing(@ForAll boolean expired) throws Exception {
    rules()
        .with(
            expired ? Settings.PLAIN : Settings.UNHURRIED,
            scene -> {
              EventRecorder telling = new EventRecorder();
              TaskQueue client = scene.client(List.of(telling));
              Partition partition = client.partition("p0");
              partition.pushAll(List.of(Task.of("a", ""), Task.of("b", ""))).requireAllStored();
              Puller puller = scene.puller(partition);
              List<Delivery> held = scene.take(puller, 2);
              List<CompletableFuture<?>> underWay = new ArrayList<>();
              for (int i = 0; i < 20; i++) {
                underWay.add(partition.pushAsync(Task.of("task-" + i, "")));
              }
              client.close();
              CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new))
                  .exceptionally(failed -> null)
                  .join();
              List<String> before = telling.lines();
              long pushes = before.stream().filter(line -> line.startsWith("push")).count();
              if (expired) {
                scene.advancePast(10);
              }
              tryTo(() -> partition.push(Task.of("c", "")));
              tryTo(() -> partition.pushAsync(Task.of("c", "")).join());
              tryTo(() -> partition.pushAll(List.of(Task.of("c", ""))));
              tryTo(() -> puller.pull(1, Duration.ZERO));
              for (Delivery delivery : held) {
                tryTo(delivery::nak);
                tryTo(delivery::extend);
                tryTo(delivery::ack);
                tryTo(() -> delivery.ackAsync().join());
                delivery.close();
              }
              client.close();
              List<String> after = telling.lines();
              rules()
                  .require(
                      held.size() == 2 && pushes == 22 && after.equals(before),
                      () ->
                          held.size()
                              + " held, reported until the close: "
                              + before
                              + ", in the end: "
                              + after);
            });
  }

  @Example
  @Requires(LISTENERS)
  @Label(
      "EVENT-11 If pushing returns a task that differs only in its headers, that task MUST "
          + "be pushed instead")
  default void headersCanBeAdded() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> asked = new ConcurrentLinkedQueue<>();
              List<QueueListener> listeners =
                  List.of(
                      pushing(task -> task.withHeader("first", "yes")),
                      BrokenListener.losing(),
                      pushing(task -> Task.of("other", task.payload())),
                      pushing(task -> task.withDelay(Duration.ofDays(1))),
                      pushing(task -> Task.of(task.id(), "other")),
                      pushing(
                          task -> {
                            asked.add(task.id());
                            return task.withHeader(
                                "last", String.valueOf(task.headers().get("first")));
                          }));
              Partition partition = scene.client(listeners).partition("p0");
              partition.push(Task.of("a", "payload"));
              partition.pushAsync(Task.of("b", "payload")).join();
              partition.pushAll(List.of(Task.of("c", "payload"))).requireAllStored();
              List<Delivery> all = scene.take(scene.puller(), 3);
              rules()
                  .require(
                      Scene.ids(all).equals(List.of("a", "b", "c"))
                          && List.copyOf(asked).equals(List.of("a", "b", "c")),
                      () -> "asked for " + asked + ", delivered " + Scene.ids(all));
              for (Delivery delivery : all) {
                rules()
                    .require(
                        delivery.headers().equals(Map.of("first", "yes", "last", "yes"))
                            && delivery.payload().length == "payload".length(),
                        () -> delivery.taskId() + " was delivered with " + delivery.headers());
              }
            });
  }

  @Property
  @Requires(LISTENERS)
  @Label("EVENT-12 Each of several concurrent calls MUST be reported with its own result")
  default void concurrentCallsAreReported(@ForAll @IntRange(min = 2, max = 4) int threads)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              EventRecorder telling = new EventRecorder();
              Partition partition = scene.client(List.of(telling)).partition("p0");
              Queue<String> done = new ConcurrentLinkedQueue<>();
              RaceRules.atOnce(
                  threads,
                  i -> {
                    for (int k = 0; k < 5; k++) {
                      String id = "task-" + i + "-" + k;
                      done.add(
                          EventLine.pushed("p0", id, partition.push(Task.of(id, "")).duplicate()));
                    }
                  });
              List<Delivery> all = scene.take(scene.puller(partition), threads * 5);
              RaceRules.atOnce(
                  threads,
                  i -> {
                    for (Delivery delivery : all) {
                      if (i % 2 == 0 && delivery.ack() == Settlement.SETTLED) {
                        done.add(EventLine.acked(EventLine.name(delivery), false));
                      } else if (i % 2 == 1 && delivery.nak() == Settlement.SETTLED) {
                        done.add(EventLine.givenBack(EventLine.name(delivery), Duration.ZERO));
                      }
                    }
                  });
              List<String> events =
                  telling.lines().stream()
                      .filter(line -> !line.startsWith("pulled"))
                      .sorted()
                      .toList();
              List<String> came = done.stream().sorted().toList();
              rules()
                  .require(
                      all.size() == threads * 5 && events.equals(came),
                      () ->
                          "received "
                              + all.size()
                              + ", results: "
                              + came
                              + ", reported: "
                              + events);
            });
  }

  @Example
  @Requires(LISTENERS)
  @Label("EVENT-13 The calls that a worker makes MUST be reported like the calls of its handler")
  default void workersAreReported() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              EventRecorder telling = new EventRecorder();
              Partition partition = scene.client(List.of(telling)).partition("p0");
              partition.push(Task.of("task", ""));
              try (Worker worker =
                  partition.work(
                      delivery -> {
                        if (delivery.attempt() == 1) {
                          throw new IllegalStateException("for now");
                        }
                      },
                      WorkerOptions.concurrency(1)
                          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO)))) {
                // The next delivery may be reported before the nak that caused it, because on a
                // server another thread reports it.
                scene.await(
                    () ->
                        !telling.lines("acked").isEmpty() && !telling.lines("givenBack").isEmpty());
                List<String> events =
                    telling.lines().stream().filter(line -> !line.startsWith("pulled")).toList();
                rules()
                    .require(
                        events.size() == 4
                            && telling.lines("givenBack p0 task attempt 1 for ").size() == 1
                            && events.indexOf("redelivered p0 task attempt 2") > 0
                            && events.indexOf("acked p0 task attempt 2")
                                > events.indexOf("redelivered p0 task attempt 2"),
                        () -> worker + " was reported as " + events);
              }
            });
  }

  @Property
  @Requires(LISTENERS)
  @Label("EVENT-14 A call MUST be reported before it returns, or before its future completes")
  default void isReportedBeforeItReturns(@ForAll @IntRange(min = 1, max = 9) int tasks)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              EventRecorder telling = new EventRecorder();
              Partition partition = scene.client(List.of(telling)).partition("p0");
              Queue<String> late = new ConcurrentLinkedQueue<>();
              List<CompletableFuture<?>> underWay = new ArrayList<>();
              for (int i = 0; i < tasks; i++) {
                String line = EventLine.pushed("p0", "task-" + i, false);
                underWay.add(
                    partition
                        .pushAsync(Task.of("task-" + i, ""))
                        .thenRun(() -> note(line, telling, late)));
              }
              CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new)).join();
              underWay.clear();
              partition.push(Task.of("last", ""));
              note(EventLine.pushed("p0", "last", false), telling, late);
              List<Delivery> got = scene.take(scene.puller(partition), tasks + 1);
              for (Delivery delivery : got) {
                note("pulled p0", telling, late);
                String line = EventLine.acked(EventLine.name(delivery), false);
                underWay.add(delivery.ackAsync().thenRun(() -> note(line, telling, late)));
              }
              CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new)).join();
              rules()
                  .require(
                      got.size() == tasks + 1 && late.isEmpty(),
                      () ->
                          "received "
                              + got.size()
                              + ", not reported when the call had ended: "
                              + late);
            });
  }

  @Example
  @Requires(LISTENERS)
  @Label(
      "EVENT-15 A listener MUST receive the start and the end of each handler on the thread "
          + "of the handler, and MUST receive the end, with any failure, before the settlement")
  default void handlersAreReported() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Followed followed = new Followed();
              Partition partition = scene.client(List.of(followed)).partition("p0");
              partition.push(Task.of("task", ""));
              List<String> wanted =
                  List.of(
                      "begins task attempt 1 nothing",
                      "handled within task",
                      "left within task",
                      "ended IllegalStateException",
                      "begins task attempt 2 nothing",
                      "handled within task",
                      "left within task",
                      "ended null",
                      "acked");
              try (Worker worker =
                  partition.work(
                      delivery -> {
                        followed.lines.add("handled within " + followed.here.get());
                        if (delivery.attempt() == 1) {
                          throw new IllegalStateException("for now");
                        }
                      },
                      WorkerOptions.concurrency(1)
                          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO)))) {
                scene.await(() -> followed.lines.containsAll(List.of("given back", "acked")));
                List<String> lines = new ArrayList<>(followed.lines);
                int ended = lines.indexOf("ended IllegalStateException");
                // The next attempt may begin before the confirmation of the nak arrives.
                boolean endedFirst = ended >= 0 && ended < lines.indexOf("given back");
                rules()
                    .require(
                        endedFirst && lines.remove("given back") && wanted.equals(lines),
                        () -> worker + " was reported as " + followed.lines);
              }
            });
  }

  /** A listener that sets a value on the threads of handlers and removes it after them. */
  final class Followed implements QueueListener {

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<String> here = ThreadLocal.withInitial(() -> "nothing");

    @Override
    public Handling handling(Delivery delivery) {
      lines.add(
          "begins " + delivery.taskId() + " attempt " + delivery.attempt() + " " + here.get());
      here.set(delivery.taskId());
      return new Handling() {
        @Override
        public void left() {
          lines.add("left within " + here.get());
          here.remove();
        }

        @Override
        public void ended(@Nullable Throwable failure) {
          lines.add("ended " + (failure == null ? null : failure.getClass().getSimpleName()));
        }
      };
    }

    @Override
    public void givenBack(QueueEvent.GivenBack event) {
      lines.add("given back");
    }

    @Override
    public void acked(QueueEvent.Acked event) {
      lines.add("acked");
    }
  }

  /** Makes a call and ignores its result or exception. */
  private static void tryTo(Callable<?> call) {
    try {
      call.call();
    } catch (Exception refused) {
      // Exceptions are allowed.
    }
  }

  private static QueueListener pushing(UnaryOperator<Task> change) {
    return new QueueListener() {
      @Override
      public Task pushing(String partition, Task task) {
        return change.apply(task);
      }
    };
  }

  @Provide
  default Arbitrary<List<String>> waysToFindOut() {
    return Arbitraries.of("nak", "extend", "close", "signal", "ack")
        .list()
        .uniqueElements()
        .ofMinSize(1);
  }

  private static void note(String line, EventRecorder telling, Queue<String> late) {
    if (telling.lines(line).isEmpty()) {
      late.add(line);
    }
  }
}
