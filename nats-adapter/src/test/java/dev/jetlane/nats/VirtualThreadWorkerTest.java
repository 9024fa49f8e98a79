// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A worker with a thousand handlers on virtual threads. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class VirtualThreadWorkerTest {

  private static final int HANDLERS = 1_000;
  private static final int TASKS = 10_000;

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  /** A pinned virtual thread keeps a thread of the JVM from all others while it waits. */
  @Test
  void noCodeOfTheQueuePinsAVirtualThread() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads before JDK 21");
    ConcurrentLinkedQueue<String> pinned = new ConcurrentLinkedQueue<>();
    CountDownLatch planted = new CountDownLatch(1);
    try (RecordingStream events = new RecordingStream();
        TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      work(partition, "first", HANDLERS); // Loads the classes, which may pin a thread once.
      events.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO).withStackTrace();
      events.onEvent("jdk.VirtualThreadPinned", event -> saw(event, pinned, planted));
      events.startAsync();
      work(partition, "task", TASKS);
      pin();
      assertThat(planted.await(30, TimeUnit.SECONDS)).as("the planted event").isTrue();
    }
    assertThat(pinned).isEmpty();
  }

  private static void work(Partition partition, String name, int tasks)
      throws InterruptedException {
    partition
        .pushAll(IntStream.range(0, tasks).mapToObj(i -> Task.of(name + i, "")).toList())
        .requireAllStored();
    CountDownLatch left = new CountDownLatch(tasks);
    WorkerOptions options =
        WorkerOptions.concurrency(HANDLERS).withVirtualThreads(true).withFetchAhead(HANDLERS);
    try (Worker worker =
        partition.work(
            delivery -> {
              Thread.sleep(5);
              left.countDown();
            },
            options)) {
      assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(worker.drain(Duration.ofSeconds(60))).isTrue();
    }
  }

  /** A class initializer that waits pins its thread on every JDK. */
  private static final class Waiting {

    static final long SINCE_NANOS = System.nanoTime();

    static {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static void pin() throws Exception {
    Object threads = Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    Future<Long> waited = ((ExecutorService) threads).submit(() -> Waiting.SINCE_NANOS);
    assertThat(waited.get()).isNotNull();
    ((ExecutorService) threads).shutdown();
  }

  private static void saw(
      RecordedEvent event, ConcurrentLinkedQueue<String> pinned, CountDownLatch planted) {
    List<RecordedFrame> frames = event.getStackTrace().getFrames();
    if (frames.stream().anyMatch(frame -> typeOf(frame).equals(Waiting.class.getName()))) {
      planted.countDown();
    } else if (frames.stream().noneMatch(frame -> typeOf(frame).equals("java.lang.ClassLoader"))
        && frames.stream().anyMatch(frame -> typeOf(frame).startsWith("dev.jetlane."))) {
      pinned.add(event.toString());
    }
  }

  private static String typeOf(RecordedFrame frame) {
    return frame.getMethod().getType().getName();
  }
}
