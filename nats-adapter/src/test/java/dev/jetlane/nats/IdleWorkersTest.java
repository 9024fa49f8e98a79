// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Partition;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.LogLines;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A waiting pull holds no thread. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class IdleWorkersTest {

  private static final int PARTITIONS = 100;
  private static final int WORKERS_EACH = 10;
  private static final int FEW = 10;

  @AutoClose
  private final NatsServer server = NatsServer.start(NatsConfig.defaults().withMonitoring());

  /** Threads of the adapter; jnats has its own for each connection. */
  private static Set<Thread> ours() {
    Set<Thread> ours = new HashSet<>(Thread.getAllStackTraces().keySet());
    ours.removeIf(thread -> !thread.getName().startsWith("jetlane-nats"));
    return ours;
  }

  private static boolean allWait(JetStreamManagement management, String stream) {
    try {
      for (int i = 0; i < PARTITIONS; i++) {
        if (management.getConsumerInfo(stream, "p" + i).getNumWaiting() < WORKERS_EACH) {
          return false;
        }
      }
      return true;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A pause ends the waiting pull, and leaves nothing of it on the server. */
  @Test
  void aCancelledPullEndsAndLeavesNoSubscription() throws Exception {
    assumeTrue(server.managed(), "a server without a monitoring port");
    NatsOptions options = TestQueues.options(server);
    List<Long> tookNanos = new ArrayList<>();
    List<Integer> subscriptions = new ArrayList<>();
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url());
        Worker worker = queue.partition("p").work(task -> {}, WorkerOptions.concurrency(1))) {
      JetStreamManagement management = nc.jetStreamManagement();
      for (int i = 0; i < 8; i++) {
        TestQueues.await("a request", () -> waiting(management, options.stream()) == 1);
        long began = System.nanoTime();
        worker.pause();
        tookNanos.add(System.nanoTime() - began);
        TestQueues.await("no request", () -> waiting(management, options.stream()) == 0);
        subscriptions.add(subscriptions(server));
        worker.resume();
      }
    }
    // A pause waits for up to half a second; on a busy machine at least one pause is shorter.
    assertThat(Collections.min(tookNanos)).isLessThan(TimeUnit.MILLISECONDS.toNanos(450));
    assertThat(subscriptions.get(7)).isLessThanOrEqualTo(subscriptions.get(1) + 2);
  }

  /** Saves a thread switch between push and handler. */
  @Test
  void theThreadThatReceivesATaskHandlesIt() {
    AtomicReference<Thread> puller = new AtomicReference<>();
    QueueListener listener =
        new QueueListener() {
          @Override
          public void pulled(QueueEvent.Pulled event) {
            puller.set(Thread.currentThread());
          }
        };
    AtomicBoolean same = new AtomicBoolean();
    AtomicInteger pushed = new AtomicInteger();
    Semaphore handled = new Semaphore(0);
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server).withListener(listener))) {
      Partition partition = queue.partition("p");
      Worker unused =
          partition.work(
              task -> {
                same.compareAndSet(false, puller.get() == Thread.currentThread());
                handled.release();
              },
              WorkerOptions.concurrency(2));
      // A task that arrives while its pull is being sent wakes no thread.
      TestQueues.await(
          "a handler on the thread of its pull",
          () -> {
            TestQueues.pushed(partition, Task.of("t" + pushed.incrementAndGet(), ""));
            handled.acquireUninterruptibly();
            return same.get();
          });
    }
  }

  private static long waiting(JetStreamManagement management, String stream) {
    try {
      return management.getConsumerInfo(stream, "p").getNumWaiting();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The number of subscriptions that the server counts. */
  private static int subscriptions(NatsServer server) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.monitoringUrl() + "/subsz")).build();
    String said =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    Matcher number = Pattern.compile("\"num_subscriptions\": *(\\d+)").matcher(said);
    assertThat(number.find()).as(said).isTrue();
    return Integer.parseInt(number.group(1));
  }

  /** The close of a queue is not a failure of its thousand workers. */
  @Test
  void aThousandIdleWorkersShareAFewThreadsAndOneLogLine() throws Exception {
    List<LogRecord> logged;
    try (LogLines lines = LogLines.of("dev.jetlane.Worker")) {
      runIdleWorkers();
      logged = lines.lines();
    }
    // On a busy machine a pull may fail during the wait, which logs a warning.
    assertThat(logged).noneMatch(told -> Level.SEVERE.equals(told.getLevel()));
    assertThat(logged)
        .filteredOn(told -> told.getMessage().startsWith("the queue was closed"))
        .singleElement()
        .satisfies(IdleWorkersTest::reportsAClose);
  }

  private static void reportsAClose(LogRecord told) {
    assertThat(told.getLevel()).isEqualTo(Level.INFO);
    assertThat(told.getMessage())
        .isEqualTo("the queue was closed; workers that ended with it: 1000");
    assertThat(told.getThrown()).isNull();
  }

  private void runIdleWorkers() throws Exception {
    Set<Thread> before = ours();
    NatsOptions options = TestQueues.options(server);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    List<Worker> workers = new ArrayList<>();
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      List<Partition> partitions = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) {
        partitions.add(queue.partition("p" + i));
        for (int j = 0; j < WORKERS_EACH; j++) {
          workers.add(
              partitions
                  .get(i)
                  .work(delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(1)));
        }
      }
      JetStreamManagement management = nc.jetStreamManagement();
      TestQueues.await("a request of each worker", () -> allWait(management, options.stream()));
      Set<Thread> running = ours();
      running.removeAll(before);
      assertThat(running).hasSizeLessThanOrEqualTo(FEW);
      for (int i = 0; i < PARTITIONS; i++) {
        TestQueues.pushed(partitions.get(i), Task.of("t" + i, ""));
      }
      TestQueues.await("every task", () -> handled.size() == PARTITIONS);
      assertThat(workers).allMatch(worker -> worker.health().ready());
    }
    assertThat(workers).allMatch(worker -> worker.state() == Worker.State.CLOSED);
  }
}
