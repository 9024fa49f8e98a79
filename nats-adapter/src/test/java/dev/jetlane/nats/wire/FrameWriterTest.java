// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames through Jetlane's array and frames through jnats' queue are the same. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class FrameWriterTest {

  private static final int TASKS = 300;

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tasksOfAllSizesArriveInOrderAndInFull(boolean ownConnection) throws Exception {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    List<Task> tasks = tasks();
    try (Connection nc = Jnats.connect(server.url());
        TaskQueue queue =
            ownConnection ? NatsQueues.connect(options) : NatsQueues.over(nc, options)) {
      Partition partition = queue.partition("p");
      partition.pushAll(tasks.subList(0, TASKS / 2)).requireAllStored();
      List<CompletableFuture<PushReceipt>> pushes = new ArrayList<>();
      for (Task task : tasks.subList(TASKS / 2, TASKS)) {
        pushes.add(partition.pushAsync(task));
      }
      for (CompletableFuture<PushReceipt> push : pushes) {
        assertThat(push.get().duplicate()).isFalse();
      }
      assertThat(partition.push(tasks.get(7)).duplicate()).isTrue();
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(50))) {
        for (int at = 0; at < TASKS; ) {
          for (Delivery delivery : puller.pull(20, Duration.ofSeconds(30))) {
            requireSame(delivery, tasks.get(at++));
            delivery.ack();
          }
        }
      }
      assertThat(partition.stats().backlog()).isZero();
    }
  }

  private static void requireSame(Delivery delivery, Task task) {
    assertThat(delivery.taskId()).isEqualTo(task.id());
    assertThat(delivery.headers()).isEqualTo(task.headers());
    assertThat(Arrays.equals(delivery.payload(), task.payload())).as(task.toString()).isTrue();
  }

  /** From empty to the largest, with headers and without. */
  private static List<Task> tasks() {
    Random random = new Random(3);
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      int size =
          switch (i % 50) {
            case 0 -> 0;
            case 1 -> 1_000_000;
            case 2 -> 40_000;
            default -> random.nextInt(300);
          };
      byte[] payload = new byte[size];
      random.nextBytes(payload);
      Task task = Task.of("task-" + i, payload);
      tasks.add(i % 3 == 0 ? task.withHeader("Trace", "a b " + i).withHeader("x", "") : task);
    }
    return tasks;
  }

  @Test
  void anUnconfirmedAckIsSentWithoutAFurtherCall() throws Exception {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    try (TaskQueue queue = NatsQueues.connect(options);
        TaskQueue other = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      Partition seenByOthers = other.partition("p");
      TestQueues.push(partition, 10);
      try (Puller puller = partition.puller(PullOptions.defaults().withConfirmAcks(false))) {
        for (Delivery delivery : TestQueues.pull(puller, 10)) {
          delivery.ackAsync().join();
        }
        TestQueues.await("all acked", () -> seenByOthers.stats().backlog() == 0);
      }
    }
  }

  /** A frame that would be lost with the socket is refused, so that its holder knows. */
  @Test
  void aLostConnectionAcceptsNothing() throws Exception {
    try (NatsServer mortal = NatsServer.start();
        TaskQueue queue =
            NatsQueues.connect(TestQueues.options(mortal).withQueue(TestQueues.config()))) {
      assumeTrue(mortal.managed(), "a server that cannot be killed");
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 1);
      try (Puller puller = partition.puller(PullOptions.defaults().withConfirmAcks(false))) {
        Delivery delivery = TestQueues.pull(puller, 1).get(0);
        mortal.kill();
        TestQueues.await("noticed", () -> !queue.health().live());
        assertThatThrownBy(delivery::ack)
            .isInstanceOf(QueueUnavailableException.class)
            .hasMessageContaining("nothing was sent");
      }
    }
  }

  @Test
  void aClosedConnectionAcceptsNothing() {
    Wire wire = new Wire();
    FrameWriter outlet = wire.newSocket();
    assertThatThrownBy(() -> outlet.publish("a", new byte[0]))
        .isInstanceOf(IllegalStateException.class);
    outlet.close();
  }

  /** As soon as the socket accepts bytes, and not a second later, when the wait would fail. */
  @Test
  void aCallThatWaitsForRoomContinuesWhenThereIsSome() throws Exception {
    Wire wire = new Wire();
    FrameWriter outlet = wire.newSocket();
    wire.bind(connectedButTakingNothing());
    for (int round = 0; round < 3; round++) {
      byte[] half = new byte[600_000];
      outlet.publish("a", half);
      outlet.publish("a", half);
      CompletableFuture<Void> sent = new CompletableFuture<>();
      Thread sender =
          new Thread(
              () -> {
                try {
                  outlet.publish("a", half);
                  sent.complete(null);
                } catch (RuntimeException refused) {
                  sent.completeExceptionally(refused);
                }
              });
      sender.start();
      TestQueues.await("waiting", () -> sender.getState() == Thread.State.TIMED_WAITING);
      outlet.writeTo((bytes, length) -> {});
      sent.get(30, TimeUnit.SECONDS);
      outlet.dropAll();
      outlet.open();
    }
    outlet.close();
  }

  /** Their senders may have sent them again, or know that a lease has expired. */
  @Test
  void framesOfAFailedWriteAreDropped() throws Exception {
    Wire wire = new Wire();
    FrameWriter outlet = wire.newSocket();
    wire.bind(connectedButTakingNothing());
    outlet.publish("old", new byte[0]);
    assertThatThrownBy(
            () ->
                outlet.writeTo(
                    (bytes, length) -> {
                      throw new IOException("reset");
                    }))
        .isInstanceOf(IOException.class);
    outlet.dropAll();
    outlet.open();
    StringBuilder written = new StringBuilder();
    for (String subject : List.of("new-1", "new-2", "new-3")) {
      outlet.publish(subject, new byte[0]);
      outlet.writeTo(
          (bytes, length) ->
              written.append(new String(bytes, 0, length, StandardCharsets.US_ASCII)));
    }
    assertThat(written).hasToString("PUB new-1 0\r\n\r\nPUB new-2 0\r\n\r\nPUB new-3 0\r\n\r\n");
    outlet.close();
  }

  /**
   * A call that waited for another thread's write set the mark for the writer. No bytes were left
   * to write, the writer slept with the mark set, and no later frame woke it.
   */
  @Test
  void aWriterThatWasWokenWithoutWorkIsWokenAgain() throws Exception {
    ConnectionMonitor monitor = new ConnectionMonitor();
    FrameWriter outlet = new FrameWriter(monitor, "called-in-vain");
    CountDownLatch room = new CountDownLatch(1);
    AtomicInteger writes = new AtomicInteger();
    FrameWriter.Target socket =
        (bytes, length) -> {
          writes.incrementAndGet();
          TestQueues.await("room", () -> room.getCount() == 0);
        };
    monitor.bind(connected(() -> outlet.writeTo(socket)));
    outlet.open();
    outlet.publish("a", "b", new byte[100_000]);
    TestQueues.await("the writer writes", () -> writes.get() == 1);
    Thread flushing = new Thread(outlet::flush);
    flushing.start();
    TestQueues.await("waiting", () -> flushing.getState() == Thread.State.TIMED_WAITING);
    room.countDown();
    Thread writer = thread("called-in-vain");
    TestQueues.await("the writer sleeps", () -> writer.getState() == Thread.State.WAITING);
    assertThat(outlet.send(new Small(), "inbox.", 1, Urgency.PIPELINED))
        .as("to be flushed")
        .isFalse();
    TestQueues.await("the next frame is written", () -> writes.get() == 2);
    outlet.close();
  }

  /** The caller decides what its interrupt means. */
  @Test
  void anInterruptEndsTheWaitForRoomAndStaysSet() {
    ConnectionMonitor monitor = new ConnectionMonitor();
    FrameWriter outlet = new FrameWriter(monitor, "interrupted");
    monitor.bind(connectedButTakingNothing());
    outlet.publish("a", "b", new byte[1 << 20]);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> outlet.publish("a", "b", new byte[1]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("full");
    assertThat(Thread.interrupted()).isTrue();
  }

  private static Thread thread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private interface Flush {
    void run() throws IOException;
  }

  private record Small() implements Frame {
    @Override
    public String subject() {
      return "a";
    }

    @Override
    public byte[] body() {
      return new byte[10];
    }
  }

  private static Connection connectedButTakingNothing() {
    return connected(() -> {});
  }

  private static Connection connected(Flush flush) {
    return (Connection)
        Proxy.newProxyInstance(
            FrameWriterTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getStatus" -> Connection.Status.CONNECTED;
                  case "getMaxPayload" -> 1_000_000L;
                  case "hashCode" -> 1;
                  case "equals" -> proxy == arguments[0];
                  case "flushBuffer" -> {
                    flush.run();
                    yield null;
                  }
                  default -> null;
                });
  }
}
