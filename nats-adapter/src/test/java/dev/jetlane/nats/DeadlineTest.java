// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReport;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Each call has one deadline. The server answers each exchange after six tenths of the request
 * timeout: in time for one exchange, too late for two. A call with a timeout per exchange would
 * succeed.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class DeadlineTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** The delay in each direction. */
  private static final Duration SLOW = TIMEOUT.multipliedBy(3).dividedBy(10);

  /** With a timeout for each priority the call would take ten timeouts. */
  @Test
  void aBatchRequestsTheRoomOfAllPrioritiesWithinOneDeadline() throws Exception {
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = connect(server, proxy, Limits.MAX_PRIORITIES)) {
      Partition partition = TestQueues.opened(queue, "p");
      List<Task> tasks =
          IntStream.range(0, Limits.MAX_PRIORITIES)
              .mapToObj(i -> Task.of("t-" + i, "").withDelay(Duration.ofHours(1)).withPriority(i))
              .toList();
      proxy.delay(SLOW, Duration.ZERO);
      long startNanos = System.nanoTime();
      PushReport report = partition.pushAll(tasks);
      Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
      proxy.heal();
      assertThat(report.outcomes())
          .hasSize(Limits.MAX_PRIORITIES)
          .allMatch(PushOutcome.Refused.class::isInstance);
      assertThat(took).isLessThan(TIMEOUT.multipliedBy(5));
    }
  }

  @Test
  void theHealthOfManyPartitionsEndsByOneDeadline() throws Exception {
    int partitions = 6;
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = connect(server, proxy, 2)) {
      for (int i = 0; i < partitions; i++) {
        Partition unused = TestQueues.opened(queue, "p" + i);
      }
      proxy.delay(SLOW, Duration.ZERO);
      long startNanos = System.nanoTime();
      Health health = queue.health();
      Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
      proxy.heal();
      assertThat(health.ready()).isFalse();
      assertThat(health.problems())
          .anyMatch(text -> text.contains("request timeout was too short"));
      assertThat(took).isLessThan(TIMEOUT.multipliedBy(partitions / 2));
    }
  }

  /** The preparation of a call, before the server becomes slow. */
  private interface Preparation {
    Callable<?> prepare(TaskQueue queue, Partition partition) throws Exception;
  }

  @Test
  void aCallOfSeveralExchangesEndsByItsDeadline() throws Exception {
    Map<String, Future<String>> ends = new LinkedHashMap<>();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (NatsServer server = NatsServer.start()) {
      calls().forEach((name, call) -> ends.put(name, threads.submit(() -> endOf(call, server))));
      List<String> inTime = new ArrayList<>();
      for (Map.Entry<String, Future<String>> end : ends.entrySet()) {
        inTime.add(end.getKey() + " " + end.getValue().get());
      }
      assertThat(inTime).allMatch(end -> end.endsWith(" failed"));
    } finally {
      threads.shutdownNow();
    }
  }

  private static Map<String, Preparation> calls() {
    Map<String, Preparation> calls = new LinkedHashMap<>();
    calls.put("partition", (queue, partition) -> () -> queue.partition("new"));
    calls.put("stats", (queue, partition) -> partition::stats);
    calls.put("oldestAge", (queue, partition) -> partition::oldestAge);
    calls.put("puller", (queue, partition) -> partition::puller);
    calls.put("push", (queue, partition) -> () -> partition.push(delayed()));
    calls.put("cancel", DeadlineTest::cancel);
    calls.put("deadLetter", DeadlineTest::deadLetter);
    calls.put("redrive", DeadlineTest::redrive);
    calls.put("purge", (queue, partition) -> queue.admin().partition("p")::purge);
    return calls;
  }

  private static Callable<?> cancel(TaskQueue queue, Partition partition) {
    TestQueues.pushed(partition, delayed());
    return () -> partition.cancel("task");
  }

  private static Callable<?> deadLetter(TaskQueue queue, Partition partition) throws Exception {
    Delivery held = held(partition);
    return () -> held.deadLetter("refused");
  }

  private static Callable<?> redrive(TaskQueue queue, Partition partition) throws Exception {
    Delivery held = held(partition);
    var unused = TestQueues.known(() -> held.deadLetter("refused"));
    String id = TestQueues.known(() -> partition.deadLetters().list(1)).get(0).id();
    return () -> partition.deadLetters().redrive(id);
  }

  private static Task delayed() {
    return Task.of("task", "payload").withDelay(Duration.ofHours(1));
  }

  private static Delivery held(Partition partition) throws Exception {
    TestQueues.pushed(partition, Task.of("task", "payload"));
    return TestQueues.pull(partition.puller(), 1).get(0);
  }

  private static TaskQueue connect(NatsServer server, FaultProxy proxy, int priorities) {
    return NatsQueues.connect(
        TestQueues.options(server)
            .withUrl(proxy.url())
            .withRequestTimeout(TIMEOUT)
            .withQueue(TestQueues.config().withPriorities(priorities).withMaxTasks(100)));
  }

  private static String endOf(Preparation call, NatsServer server) throws Exception {
    try (FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = connect(server, proxy, 2)) {
      Callable<?> prepared = call.prepare(queue, TestQueues.known(() -> queue.partition("p")));
      proxy.delay(SLOW, Duration.ZERO);
      try {
        return "returned " + prepared.call();
      } catch (QueueUnavailableException | OutcomeUnknownException e) {
        return "failed";
      } finally {
        proxy.heal();
      }
    }
  }
}
