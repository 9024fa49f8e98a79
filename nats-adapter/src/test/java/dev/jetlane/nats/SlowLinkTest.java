package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A link that takes less than is pushed: what was not sent in time fails in time. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class SlowLinkTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  /** More than a busy machine needs, and less than a second for each push. */
  private static final Duration LATE = Duration.ofSeconds(6);

  private static final int PUSHES = 30;
  private static final byte[] LARGE = new byte[400_000];

  @Test
  void eachPushEndsByItsDeadline() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue =
            NatsQueues.connect(
                TestQueues.options(server).withUrl(proxy.url()).withRequestTimeout(TIMEOUT))) {
      Partition partition = queue.partition("p");
      proxy.throttle(100_000);
      List<CompletableFuture<Duration>> took = new ArrayList<>();
      for (int i = 0; i < PUSHES; i++) {
        Task task = Task.of("task-" + i, LARGE);
        long began = System.nanoTime();
        took.add(
            CompletableFuture.runAsync(() -> push(partition, task), threads)
                .thenApply(pushed -> Duration.ofNanos(System.nanoTime() - began)));
      }
      for (CompletableFuture<Duration> each : took) {
        assertThat(each.get()).isLessThan(TIMEOUT.plus(LATE));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void push(Partition partition, Task task) {
    try {
      var unused = partition.push(task);
    } catch (TaskQueueException inTime) {
      // The link cannot take all of them.
    }
  }
}
