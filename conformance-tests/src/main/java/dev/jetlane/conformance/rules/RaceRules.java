// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static dev.jetlane.conformance.harness.Capability.OUTSTANDING_LIMIT;

import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of concurrent calls. */
public interface RaceRules extends Rules {

  @Property
  @Label(
      "RACE-1 A task MUST NOT be held by two workers of a partition, and every task MUST "
          + "be held once")
  default void taskHasOneHolder(
      @ForAll @IntRange(min = 2, max = 4) int workers, @ForAll @IntRange(min = 1, max = 3) int max)
      throws Exception {
    rules()
        .with(
            scene -> {
              int tasks = 40;
              scene.push(tasks);
              Map<String, Thread> holders = new ConcurrentHashMap<>();
              Queue<String> done = new ConcurrentLinkedQueue<>();
              Queue<String> problems = new ConcurrentLinkedQueue<>();
              atOnce(
                  workers,
                  i -> {
                    try (Puller puller = scene.puller(scene.client().partition("p0"))) {
                      work(puller, max, holders, done, problems);
                    }
                  });
              rules().require(problems.isEmpty(), () -> "held twice: " + problems);
              rules()
                  .require(
                      done.size() == tasks && scene.stats(s -> s.backlog() == 0).backlog() == 0,
                      () -> done.size() + " settlements of " + tasks + " tasks");
            });
  }

  private static void work(
      Puller puller,
      int max,
      Map<String, Thread> holders,
      Collection<String> done,
      Collection<String> problems)
      throws InterruptedException {
    for (List<Delivery> got = puller.pull(max, Duration.ZERO);
        !got.isEmpty();
        got = puller.pull(max, Duration.ZERO)) {
      for (Delivery delivery : got) {
        Thread other = holders.putIfAbsent(delivery.taskId(), Thread.currentThread());
        if (other != null && !delivery.leaseExpired() && delivery.attempt() == 1) {
          problems.add(delivery.taskId());
        }
      }
      for (Delivery delivery : got) {
        if (delivery.ack() == Settlement.SETTLED) {
          done.add(delivery.taskId());
        }
      }
    }
  }

  @Property
  @Label(
      "RACE-2 Of concurrent settlements of one delivery exactly one MUST win, and only "
          + "its effect MUST be visible")
  default void oneSettlementWins(@ForAll @IntRange(min = 1, max = 3) int each) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              Delivery delivery = scene.pullPatiently(1).get(0);
              Queue<String> won = new ConcurrentLinkedQueue<>();
              atOnce(
                  each * 2,
                  i -> {
                    boolean ack = i % 2 == 0;
                    if ((ack ? delivery.ack() : delivery.nak()) == Settlement.SETTLED) {
                      won.add(ack ? "ack" : "nak");
                    }
                  });
              rules().require(won.size() == 1, () -> "these settlements won: " + won);
              boolean given = won.contains("nak");
              List<Delivery> left = given ? scene.pullPatiently(1) : scene.pullNow();
              rules()
                  .require(
                      left.size() == (given ? 1 : 0),
                      () -> "after " + won + " won, received: " + Scene.ids(left));
            });
  }

  @Property
  @Requires(DEDUP)
  @Label(
      "RACE-3 Of concurrent pushes of one id exactly one MUST be stored, and the others MUST "
          + "be reported as duplicates")
  default void onePushWins(@ForAll @IntRange(min = 2, max = 5) int pushers) throws Exception {
    rules()
        .with(
            scene -> {
              Queue<PushReceipt> receipts = new ConcurrentLinkedQueue<>();
              atOnce(
                  pushers,
                  i -> {
                    Partition partition = scene.client().partition("p0");
                    receipts.add(partition.push(Task.of("same", "from " + i)));
                  });
              long stored = receipts.stream().filter(r -> !r.duplicate()).count();
              Stats stats = scene.stats(s -> s.ready() == 1);
              rules()
                  .require(
                      stored == 1 && stats.ready() == 1 && receipts.size() == pushers,
                      () -> stored + " pushes of one id were new, stored are " + stats);
            });
  }

  @Property
  @Label("RACE-4 Threads that share a puller MUST get each of its tasks once")
  default void sharedPullerHandsOutOnce(@ForAll @IntRange(min = 2, max = 4) int threads)
      throws Exception {
    rules()
        .with(
            scene -> {
              int tasks = 30;
              scene.push(tasks);
              Queue<String> got = new ConcurrentLinkedQueue<>();
              try (Puller puller = scene.puller()) {
                atOnce(
                    threads,
                    i -> {
                      while (true) {
                        List<Delivery> some = puller.pull(2, Duration.ZERO);
                        if (some.isEmpty()) {
                          return;
                        }
                        for (Delivery delivery : some) {
                          got.add(delivery.taskId());
                          delivery.ack();
                        }
                      }
                    });
              }
              rules()
                  .require(
                      got.size() == tasks && got.stream().distinct().count() == tasks,
                      () -> tasks + " tasks were pulled as " + got);
            });
  }

  @Property
  @Label(
      "RACE-5 If producers and workers run concurrently, with naks and closes, every task "
          + "MUST be acked exactly once")
  default void everyTaskIsAckedOnce(
      @ForAll @IntRange(min = 1, max = 3) int pairs, @ForAll @IntRange(min = 1, max = 8) int max)
      throws Exception {
    rules()
        .with(
            scene -> {
              int each = 15;
              Queue<String> acked = new ConcurrentLinkedQueue<>();
              AtomicInteger left = new AtomicInteger(each * pairs);
              atOnce(
                  pairs * 2,
                  i -> {
                    if (i % 2 == 0) {
                      for (int k = 0; k < each; k++) {
                        scene.partition.push(Task.of("task-" + i + "-" + k, new byte[0]));
                      }
                    } else {
                      ackNakAndClose(scene, max, acked, left);
                    }
                  });
              rules()
                  .require(
                      acked.size() == each * pairs
                          && acked.stream().distinct().count() == acked.size()
                          && scene.stats(s -> s.backlog() == 0).backlog() == 0,
                      () -> each * pairs + " tasks were pushed, acked were " + acked);
            });
  }

  private static void ackNakAndClose(
      Scene scene, int max, Collection<String> acked, AtomicInteger left)
      throws InterruptedException {
    try (Puller puller = scene.puller()) {
      while (left.get() > 0 && !Thread.currentThread().isInterrupted()) {
        for (Delivery delivery : puller.pull(max, Duration.ZERO)) {
          if (delivery.attempt() % 3 == 1 && delivery.taskId().hashCode() % 2 == 0) {
            delivery.close();
          } else if (delivery.ack() != Settlement.ALREADY_SETTLED) {
            acked.add(delivery.taskId());
            left.decrementAndGet();
          }
        }
      }
    }
  }

  @Property
  @Requires(CAPACITY)
  @Label(
      "RACE-6 Concurrent pushes MUST NOT fill a partition above maxTasks, and MUST NOT "
          + "be refused below it")
  default void capacityHolds(@ForAll @IntRange(min = 1, max = 6) int limit) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxTasks(limit),
            scene -> {
              AtomicInteger stored = new AtomicInteger();
              atOnce(
                  8,
                  i -> {
                    try {
                      scene.partition.push(Task.of("task-" + i, new byte[0]));
                      stored.incrementAndGet();
                    } catch (QueueFullException refused) {
                      // A push beyond the limit is expected to fail.
                    }
                  });
              Stats stats = scene.stats(s -> s.ready() == limit);
              rules()
                  .require(
                      stored.get() == limit && stats.ready() == limit,
                      () -> stored + " of 8 pushes were stored, " + stats + ", limit " + limit);
            });
  }

  @Property
  @Label(
      "RACE-7 The pushes of one thread MUST keep their order, regardless of the pushes of "
          + "other threads")
  default void threadsKeepTheirOrder(@ForAll boolean async) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              int each = 15;
              atOnce(
                  3,
                  i -> {
                    List<java.util.concurrent.CompletableFuture<PushReceipt>> receipts =
                        new ArrayList<>();
                    for (int k = 0; k < each; k++) {
                      Task task = Task.of(i + "-" + k, new byte[0]);
                      if (async) {
                        receipts.add(scene.partition.pushAsync(task));
                      } else {
                        scene.partition.push(task);
                      }
                    }
                    receipts.forEach(java.util.concurrent.CompletableFuture::join);
                  });
              List<String> got = Scene.ids(scene.take(scene.puller(), 3 * each));
              rules().require(got.size() == 3 * each, () -> "received of 3 x 15 tasks: " + got);
              Map<Character, Integer> last = new HashMap<>();
              for (String id : got) {
                int k = Integer.parseInt(id.substring(2));
                Integer before = last.put(id.charAt(0), k);
                rules()
                    .require(
                        before == null ? k == 0 : before == k - 1,
                        () -> "the pushes of a thread came in another order: " + got);
              }
            });
  }

  @Property
  @Requires(OUTSTANDING_LIMIT)
  @Label("RACE-8 Concurrent pulls MUST NOT lease more new tasks than maxOutstanding")
  default void outstandingHolds(@ForAll @IntRange(min = 1, max = 5) int limit) throws Exception {
    rules()
        .with(
            Settings.PLAIN.withMaxOutstanding(limit),
            scene -> {
              scene.push(12);
              // A set, because on a slow machine a lease may end and its task may be leased a
              // second time.
              Set<String> held = ConcurrentHashMap.newKeySet();
              atOnce(
                  4,
                  i -> {
                    try (Puller puller = scene.puller()) {
                      held.addAll(Scene.ids(puller.pull(3, Duration.ZERO)));
                    }
                  });
              Stats stats = scene.stats(s -> s.outstanding() >= held.size());
              if (held.isEmpty()) {
                return; // On a server tasks may become visible shortly after their push.
              }
              rules()
                  .require(
                      held.size() <= stats.outstanding() && stats.outstanding() <= limit,
                      () ->
                          held.size()
                              + " tasks are outstanding, the limit is "
                              + limit
                              + ", "
                              + stats);
            });
  }

  @Property
  @WithoutPrefetch
  @Label("RACE-9 Concurrent pipelined acks MUST each settle their own task")
  default void pipelinedAcksSettleTheirTask(@ForAll @IntRange(min = 1, max = 3) int threads)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              int tasks = 30;
              scene.push(tasks + 1);
              List<Delivery> held;
              try (Puller puller = scene.puller()) {
                held = scene.take(puller, tasks);
              }
              List<Delivery> all = held;
              AtomicInteger settled = new AtomicInteger();
              atOnce(
                  threads,
                  i -> {
                    List<java.util.concurrent.CompletableFuture<Settlement>> acks =
                        new ArrayList<>();
                    for (int k = i; k < all.size(); k += threads) {
                      acks.add(all.get(k).ackAsync());
                    }
                    for (var ack : acks) {
                      if (ack.join() == Settlement.SETTLED) {
                        settled.incrementAndGet();
                      }
                    }
                  });
              Stats stats = scene.stats(s -> s.equals(new Stats(1, 0, 0)));
              rules()
                  .require(
                      settled.get() == tasks && stats.equals(new Stats(1, 0, 0)),
                      () -> settled + " of " + tasks + " acks settled, left is " + stats);
            });
  }

  @Example
  @Label("RACE-10 A call that has ended MUST NOT block a call of another thread")
  default void endedCallsBlockNone() throws Exception {
    rules()
        .with(
            scene -> {
              TaskQueue client = scene.client();
              Partition partition = client.partition("p0");
              DeadLetters letters = partition.deadLetters();
              scene.push(4);
              Puller puller = partition.puller();
              List<Delivery> held = scene.take(puller, 4);
              List<Callable<?>> calls = new ArrayList<>();
              if (scene.harness.capabilities().contains(Capability.DEAD_LETTERS)) {
                calls.add(() -> held.get(3).deadLetter("no"));
              }
              calls.addAll(
                  List.of(
                      () -> partition.push(Task.of("more", "")),
                      () -> partition.pushAsync(Task.of("more-async", "")).join(),
                      () -> partition.pushAll(List.of(Task.of("more-at-once", ""))),
                      () -> partition.cancel("unknown"),
                      partition::oldestAge,
                      client::health,
                      () -> client.partition("p0"),
                      held.get(0)::whenLeaseLost,
                      held.get(0)::extend,
                      held.get(0)::ack,
                      () -> held.get(1).ackAsync().join(),
                      held.get(2)::nak,
                      () -> letters.list(1),
                      () -> letters.redrive("999999"),
                      () -> letters.redriveOldest(1),
                      letters::purge,
                      () -> partition.puller().pull(1, Duration.ZERO),
                      partition::stats));
              for (Callable<?> call : calls) {
                onItsOwnThread(call);
              }
              onItsOwnThread(
                  () -> {
                    puller.close();
                    return true;
                  });
              onItsOwnThread(
                  () -> {
                    client.close();
                    return true;
                  });
              Stats left = Background.start(scene.partition::stats).result();
              rules().require(left.backlog() > 0, () -> "left is " + left);
            });
  }

  /** Makes a call on its own thread. Ignores a call that the queue does not support. */
  private static void onItsOwnThread(Callable<?> call) throws Exception {
    boolean unused =
        Background.start(
                () -> {
                  try {
                    call.call();
                    return true;
                  } catch (UnsupportedOperationException e) {
                    return false;
                  }
                })
            .result();
  }

  /** One of several calls that begin at the same moment. */
  interface Call {
    void call(int index) throws Exception;
  }

  /** Makes the calls begin together, and waits for all of them. */
  static void atOnce(int calls, Call call) throws Exception {
    CyclicBarrier begin = new CyclicBarrier(calls);
    List<Background<Integer>> running = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      int index = i;
      Callable<Integer> body =
          () -> {
            begin.await();
            call.call(index);
            return index;
          };
      running.add(Background.start(body));
    }
    for (Background<Integer> background : running) {
      background.result();
    }
  }
}
