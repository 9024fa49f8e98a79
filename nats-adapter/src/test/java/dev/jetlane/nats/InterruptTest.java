// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads of a user are interrupted at random moments while they write. From JDK 21 on an interrupt
 * closes the socket under a virtual thread. Only their own calls fail.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class InterruptTest {

  private static final int ROUNDS = 40;
  private static final int THREADS = 4;
  private static final byte[] LARGE = new byte[400_000];

  /** A push takes some milliseconds at this size, so that a write often waits. */
  private static final long BYTES_A_SECOND = 40_000_000;

  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"platform", "virtual"})
  void anInterruptCutsNoConnection(String kind) throws Exception {
    AtomicInteger lost = new AtomicInteger();
    QueueListener listener =
        new QueueListener() {
          @Override
          public void connectionLost() {
            lost.incrementAndGet();
          }
        };
    NatsOptions options = TestQueues.options(server);
    ExecutorService threads = threads(kind);
    try (FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = NatsQueues.connect(options.withUrl(proxy.url()).withListener(listener))) {
      Partition partition = queue.partition("p");
      proxy.throttle(BYTES_A_SECOND);
      Random random = new Random(1);
      for (int round = 0; round < ROUNDS; round++) {
        interruptPushes(partition, threads, "round-" + round, random);
      }
      proxy.heal();
      assertThat(partition.push(Task.of("after", "")).duplicate()).isFalse();
      try (Puller puller = partition.puller()) {
        assertThat(puller.pull(1, TestQueues.SOON)).hasSize(1);
      }
      assertThat(lost).hasValue(0);
    } finally {
      threads.shutdownNow();
      assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }
  }

  private static void interruptPushes(
      Partition partition, ExecutorService threads, String name, Random random) {
    List<Future<?>> pushes = new ArrayList<>();
    AtomicInteger begun = new AtomicInteger();
    for (int i = 0; i < THREADS; i++) {
      Task task = Task.of(name + "-" + i, LARGE);
      pushes.add(
          threads.submit(
              () -> {
                begun.incrementAndGet();
                try {
                  var unused = partition.push(task);
                } catch (OutcomeUnknownException interrupted) {
                  // As the contract promises for an interrupt.
                }
              }));
    }
    TestQueues.await("begun", () -> begun.get() == THREADS);
    long moment = System.nanoTime() + random.nextLong(LONGEST_NANOS);
    TestQueues.await("the moment", () -> System.nanoTime() - moment >= 0);
    pushes.forEach(push -> push.cancel(true));
  }

  private static ExecutorService threads(String kind) throws ReflectiveOperationException {
    if (kind.equals("platform")) {
      return Executors.newCachedThreadPool();
    }
    boolean has = Runtime.version().feature() >= 21;
    assumeTrue(has, "no virtual threads before JDK 21");
    return (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }
}
