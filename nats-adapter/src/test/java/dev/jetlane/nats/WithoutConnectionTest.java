// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that do not wait for a connection that is down or never returns. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class WithoutConnectionTest {

  /** Longer than the test may take. */
  private static final Duration WAIT = Duration.ofHours(1);

  private NatsServer server;
  private FaultProxy proxy;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    proxy = FaultProxy.to(server.url(), 1);
  }

  @AfterEach
  void stop() {
    proxy.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"1,0,false", "1,10,false", "3,0,false", "1,0,true", "3,0,true"})
  void aCloseEndsAPullThatWaitsForTheConnection(int priorities, int prefetch, boolean ofTheQueue)
      throws Exception {
    TaskQueue queue = connect(TestQueues.config().withPriorities(priorities));
    Puller puller =
        TestQueues.opened(queue, "p").puller(PullOptions.defaults().withPrefetch(prefetch));
    CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
    breakIt(queue);
    CompletableFuture<Void> close =
        CompletableFuture.runAsync(ofTheQueue ? queue::close : puller::close);
    assertThatThrownBy(() -> pull.get(2, TimeUnit.MINUTES))
        .hasCauseInstanceOf(QueueClosedException.class);
    close.get(2, TimeUnit.MINUTES);
    queue.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aPullDoesNotWaitForAConnectionThatNeverReturns(int priorities) throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withPriorities(priorities));
    try (Connection connection = Jnats.connect(server.url());
        TaskQueue queue = NatsQueues.over(connection, options);
        Puller puller = TestQueues.opened(queue, "p").puller()) {
      CompletableFuture<List<Delivery>> waits = TestQueues.pullInBackground(puller, WAIT);
      connection.close();
      assertThatThrownBy(() -> waits.get(2, TimeUnit.MINUTES))
          .hasCauseInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(() -> puller.pull(1, WAIT)).isInstanceOf(QueueUnavailableException.class);
    }
  }

  @Test
  void aDelayedPushWithoutAConnectionFailsAsAnyOtherPush() throws Exception {
    try (TaskQueue queue = connect(TestQueues.config().withMaxTasks(5))) {
      Partition partition = TestQueues.opened(queue, "p");
      breakIt(queue);
      Task later = Task.of("later", "").withDelay(Duration.ofHours(1));
      assertThatThrownBy(() -> partition.pushAsync(later).get(2, TimeUnit.MINUTES))
          .hasCauseInstanceOf(QueueUnavailableException.class);
      List<PushOutcome> outcomes = partition.pushAll(List.of(Task.of("now", ""), later)).outcomes();
      assertThat(outcomes).extracting(PushOutcome::taskId).containsExactly("now", "later");
      assertThat(outcomes).noneMatch(PushOutcome.Stored.class::isInstance);
    }
  }

  /** Most of them fail on another thread first, whose stack is useless to the caller. */
  @Test
  void theErrorOfEachBlockingCallHasTheStackOfItsCaller() throws Exception {
    try (TaskQueue queue = connect(TestQueues.config(), Duration.ofMillis(200))) {
      Partition partition = TestQueues.opened(queue, "p");
      TestQueues.pushed(partition, Task.of("held", ""));
      Puller puller = TestQueues.known(partition::puller);
      Delivery held = TestQueues.pull(puller, 1).get(0);
      PartitionAdmin admin = TestQueues.known(() -> queue.admin().partition("p"));
      breakIt(queue);
      Map<String, Callable<?>> calls = new LinkedHashMap<>();
      calls.put("partition", () -> queue.partition("q"));
      calls.put("push", () -> partition.push(Task.of("a", "")));
      calls.put("pushAll", () -> thrownOf(partition.pushAll(List.of(Task.of("a", "")))));
      calls.put("pushAtomically", () -> partition.pushAtomically(List.of(Task.of("a", ""))));
      calls.put("cancel", () -> partition.cancel("a"));
      calls.put("puller", partition::puller);
      calls.put("work", () -> partition.work(delivery -> {}, WorkerOptions.defaults()));
      calls.put("pull", () -> puller.pull(1, Duration.ZERO));
      calls.put("extend", held::extend);
      calls.put("deadLetter", () -> held.deadLetter("refused"));
      calls.put("nak", held::nak);
      calls.put("nak later", () -> held.nak(Duration.ofSeconds(1)));
      calls.put("release", held::release);
      calls.put("ack", held::ack);
      calls.put("stats", partition::stats);
      calls.put("oldestAge", partition::oldestAge);
      calls.put("list", () -> partition.deadLetters().list(1));
      calls.put("redrive", () -> partition.deadLetters().redrive("id"));
      calls.put("redriveOldest", () -> partition.deadLetters().redriveOldest(1));
      calls.put("purge letters", () -> partition.deadLetters().purge());
      calls.put("partitions", () -> queue.admin().partitions());
      calls.put("summary", admin::summary);
      calls.put("find", () -> admin.find("a"));
      calls.put("purge", admin::purge);
      calls.put("partition of an operator", () -> queue.admin().partition("p"));
      calls.put("tasks", () -> admin.tasks(TaskQuery.defaults()));
      calls.put("remove", () -> admin.remove("a"));
      calls.put("delete", returning(admin::delete));
      calls.put("deleteWithTasks", returning(admin::deleteWithTasks));
      calls.put("pause", returning(() -> admin.pause(Duration.ofSeconds(1))));
      calls.put("resume", returning(admin::resume));
      DeadLetterAdmin letters = admin.deadLetters();
      DeadLetterQuery all = DeadLetterQuery.defaults();
      calls.put("page of letters", () -> letters.page(all));
      calls.put("find a letter", () -> letters.find("id"));
      calls.put("remove a letter", () -> letters.remove("id"));
      calls.put("redrive a letter", () -> letters.redrive("id"));
      calls.put("move a letter", () -> letters.move("id", "p"));
      calls.put("remove letters", () -> letters.remove(all));
      calls.put("redrive letters", () -> letters.redrive(all, Duration.ZERO));
      calls.put("move letters", () -> letters.move(all, "p", Duration.ZERO));
      calls.put("purge the letters", letters::purge);
      assertThat(calls)
          .allSatisfy(
              (name, call) ->
                  assertThatThrownBy(call::call)
                      .isInstanceOf(TaskQueueException.class)
                      .satisfies(WithoutConnectionTest::hasTheStackOfItsCaller));
    }
  }

  private static Callable<?> returning(Runnable call) {
    return () -> {
      call.run();
      return "nothing";
    };
  }

  private static Object thrownOf(PushReport report) {
    if (report.outcomes().get(0) instanceof PushOutcome.Refused refused) {
      throw refused.error();
    }
    throw ((PushOutcome.Unknown) report.outcomes().get(0)).error();
  }

  private static void hasTheStackOfItsCaller(Throwable error) {
    assertThat(error.getStackTrace())
        .extracting(StackTraceElement::getClassName)
        .anyMatch(WithoutConnectionTest.class.getName()::equals);
  }

  private TaskQueue connect(QueueConfig config) {
    return connect(config, Duration.ofSeconds(1));
  }

  private TaskQueue connect(QueueConfig config, Duration requestTimeout) {
    return NatsQueues.connect(
        TestQueues.options(server)
            .withUrl(proxy.url())
            .withQueue(config)
            .withRequestTimeout(requestTimeout));
  }

  private void breakIt(TaskQueue queue) {
    proxy.refuse(true);
    proxy.reset();
    TestQueues.await("the connection is down", () -> !queue.health().live());
  }
}
