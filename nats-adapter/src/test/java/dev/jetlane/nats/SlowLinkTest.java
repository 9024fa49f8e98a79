// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.pull.StoredTask;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A link that is slower than the pushes: a task that is not sent in time fails in time. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class SlowLinkTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** More than a busy machine needs, and less than one write of the gathered frames takes. */
  private static final Duration BOUND = TIMEOUT.plus(Duration.ofSeconds(12));

  private static final int THREADS = 30;
  private static final byte[] LARGE = new byte[400_000];
  private static final byte[] SMALL = new byte[8_000];
  private static final int ENOUGH_TO_FILL = 2_000;

  private final Queue<Duration> took = new ConcurrentLinkedQueue<>();

  @Test
  void largePushesEndByTheirDeadlines() throws Exception {
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = NatsQueues.connect(options(server, proxy))) {
      Partition partition = TestQueues.opened(queue, "p");
      proxy.throttle(20_000);
      pushByManyThreads(partition, LARGE);
      assertThat(took).hasSize(THREADS).allMatch(each -> each.compareTo(BOUND) < 0);
    }
  }

  /** The sockets buffer some megabytes before a write has to wait. */
  @Test
  void smallPushesEndByTheirDeadlinesWhenTheServerReadsNothing() throws Exception {
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = NatsQueues.connect(options(server, proxy))) {
      Partition partition = TestQueues.opened(queue, "p");
      proxy.stall(FaultProxy.Way.TO_SERVER, true);
      int filled = 0;
      while (filled < ENOUGH_TO_FILL && took.stream().noneMatch(SlowLinkTest::waited)) {
        Task task = Task.of("fill-" + filled++, SMALL);
        timed(
            () -> {
              var unused = partition.pushAsync(task);
            });
      }
      pushByManyThreads(partition, SMALL);
      assertThat(took).hasSize(filled + THREADS).allMatch(each -> each.compareTo(BOUND) < 0);
    }
  }

  /**
   * An administrator on another continent moves a queue: a request that the server ends after half
   * a second has its answer later.
   */
  @Test
  void theTasksOfAMoveArriveOverALinkWithALongRoundTrip() throws Exception {
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1)) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options)) {
        TestQueues.push(queue.partition("p"), 2);
      }
      TestQueues.awaitVisible(server, options, "p", 2);
      Options far = Jnats.options(proxy.url()).errorListener(new ErrorListener() {}).build();
      try (Connection nc = Nats.connect(far)) {
        Wire wire = new Wire();
        wire.bind(nc);
        Session session = new Session(options.settings(), wire, DriverEvents.none());
        proxy.delay(Duration.ofMillis(350), Duration.ZERO);
        assertThat(StoredTask.pull(session, options.layout().address("p"), 5))
            .extracting(StoredTask::taskId)
            .containsExactly("task-0", "task-1");
        session.close();
      }
    }
  }

  private static boolean waited(Duration call) {
    return call.compareTo(Duration.ofMillis(500)) > 0;
  }

  private static NatsOptions options(NatsServer server, FaultProxy proxy) {
    return TestQueues.options(server).withUrl(proxy.url()).withRequestTimeout(TIMEOUT);
  }

  private void pushByManyThreads(Partition partition, byte[] payload) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<CompletableFuture<Void>> pushes = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Task task = Task.of("task-" + i, payload);
        pushes.add(CompletableFuture.runAsync(() -> timed(() -> push(partition, task)), threads));
      }
      for (CompletableFuture<Void> push : pushes) {
        push.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void timed(Runnable call) {
    long began = System.nanoTime();
    call.run();
    took.add(Duration.ofNanos(System.nanoTime() - began));
  }

  private static void push(Partition partition, Task task) {
    try {
      var unused = partition.push(task);
    } catch (TaskQueueException inTime) {
      // The link is too slow for it.
    }
  }
}
