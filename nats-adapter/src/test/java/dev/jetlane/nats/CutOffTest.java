// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReport;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each call that waits for an answer while its connection is lost. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class CutOffTest {

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

  /** Longer than any call on the slowest machine; a longer call hangs. */
  private static final long HANGS_SECONDS = 90;

  enum Cut {
    /** The connection is broken and stays broken. */
    BROKEN,
    /** The connection is broken and restored immediately. */
    RESTORED,
    /** Requests arrive, and answers do not. */
    SILENT
  }

  @ParameterizedTest
  @EnumSource
  void everyCallEndsWithAnOutcomeOrItsTypedError(Cut cut) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue =
            NatsQueues.connect(
                TestQueues.options(server)
                    .withUrl(proxy.url())
                    .withRequestTimeout(REQUEST_TIMEOUT)
                    .withQueue(TestQueues.config().withLease(Duration.ofMinutes(10))));
        Puller puller = TestQueues.opened(queue, "p").puller();
        Puller empty = TestQueues.opened(queue, "empty").puller();
        Puller ahead = queue.partition("empty").puller(PullOptions.defaults().withPrefetch(10))) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 6);
      List<Delivery> held = TestQueues.pull(puller, 6);
      proxy.stall(FaultProxy.Way.TO_CLIENT, true);
      long before = proxy.bytes(FaultProxy.Way.TO_SERVER);
      Map<String, Future<?>> calls = new LinkedHashMap<>();
      calls(partition, empty, ahead, held)
          .forEach((name, call) -> calls.put(name, threads.submit(call)));
      TestQueues.await("requests", () -> proxy.bytes(FaultProxy.Way.TO_SERVER) > before);
      if (cut != Cut.SILENT) {
        proxy.refuse(cut == Cut.BROKEN);
        proxy.reset();
        proxy.stall(FaultProxy.Way.TO_CLIENT, false);
      }
      calls.forEach(CutOffTest::ends);
      proxy.heal();
      TestQueues.pushed(partition, Task.of("after", ""));
      TestQueues.await("good health", () -> queue.health().ready());
    } finally {
      threads.shutdownNow();
    }
  }

  private static Map<String, Callable<?>> calls(
      Partition partition, Puller empty, Puller ahead, List<Delivery> held) {
    Map<String, Callable<?>> calls = new LinkedHashMap<>();
    calls.put("push", () -> partition.push(Task.of("pushed", "")));
    calls.put("pushAsync", () -> partition.pushAsync(Task.of("async", "")).join());
    calls.put("pushAll", () -> reported(partition.pushAll(TestQueues.tasks(20))));
    calls.put("delayed", () -> partition.push(Task.of("later", "").withDelay(Duration.ofHours(1))));
    calls.put("cancel", () -> partition.cancel("unknown"));
    calls.put("pull", () -> empty.pull(1, Duration.ofSeconds(1)));
    calls.put("pull ahead", () -> ahead.pull(1, Duration.ofSeconds(1)));
    calls.put("pull now", () -> partition.puller().pull(1, Duration.ZERO));
    calls.put("ack", () -> held.get(0).ack());
    calls.put("ackAsync", () -> held.get(1).ackAsync().join());
    calls.put("nak", () -> held.get(2).nak());
    calls.put("extend", () -> held.get(3).extend());
    calls.put("deadLetter", () -> held.get(4).deadLetter("no reason"));
    calls.put("stats", partition::stats);
    calls.put("oldestAge", partition::oldestAge);
    calls.put("dead letters", () -> partition.deadLetters().list(10));
    return calls;
  }

  private static PushReport reported(PushReport report) {
    assertThat(report.outcomes()).hasSize(20);
    return report;
  }

  private static void ends(String call, Future<?> future) {
    try {
      future.get(HANGS_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      fail(call + " hangs");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof CompletionException wrapped) {
        cause = wrapped.getCause();
      }
      assertThat(cause).as(call).isInstanceOf(TaskQueueException.class);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
