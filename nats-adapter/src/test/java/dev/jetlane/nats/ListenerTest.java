// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.LogLines;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The events of a listener of a queue on a real server. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ListenerTest {

  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final Duration PATIENT = TestQueues.REQUEST_TIMEOUT;

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch restored = new CountDownLatch(1);
  @AutoClose private final NatsServer server = NatsServer.start();

  @Test
  void receivesTheEventsOfATask() throws Exception {
    try (TaskQueue queue = connect(PATIENT, new Recorder(told, restored))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("a", ""));
      partition.push(Task.of("a", ""));
      Puller puller = partition.puller();
      one(puller).close();
      one(puller).nak();
      while (!told.contains("exhausted a")) {
        assertThat(puller.pull(1, Duration.ofMillis(100))).isEmpty();
      }
      TestQueues.push(partition, 2);
      assertThat(one(puller).ackAsync().get().name()).isEqualTo("SETTLED");
      one(puller).deadLetter("no good");
    }
    assertThat(told)
        .filteredOn(event -> !event.equals("pulled 0"))
        .containsExactly(
            "pushed a false",
            "pushed a true",
            "pulled 1",
            "givenBack a",
            "pulled 1",
            "redelivered a",
            "givenBack a",
            "exhausted a",
            "pushed task-0 false",
            "pushed task-1 false",
            "pulled 1",
            "acked task-0 false",
            "pulled 1",
            "deadLettered task-1 no good");
  }

  @Test
  void receivesTheLossAndTheReturnOfTheConnection() throws Exception {
    Assumptions.assumeTrue(server.managed(), "a server that cannot be killed");
    List<LogRecord> logged;
    try (LogLines lines = LogLines.of("dev.jetlane.nats");
        TaskQueue queue = connect(Duration.ofSeconds(3), new Recorder(told, restored))) {
      Partition partition = TestQueues.opened(queue, "p");
      server.kill();
      assertThatThrownBy(() -> partition.push(Task.of("a", "")))
          .isInstanceOf(TaskQueueException.class);
      server.restart();
      assertThat(restored.await(WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      logged = lines.lines();
    }
    assertThat(logged).extracting(LogRecord::getLevel).containsExactly(Level.INFO, Level.INFO);
    assertThat(logged.get(0).getMessage()).startsWith("the connection was lost");
    assertThat(logged.get(1).getMessage()).startsWith("the connection was restored after ");
    assertThat(told).containsSubsequence("connectionLost", "connectionRestored");
    assertThat(told).filteredOn(event -> event.startsWith("pushFailed a")).hasSize(1);
    assertThat(told).filteredOn("connectionLost"::equals).hasSize(1);
  }

  @Test
  void mayThrow() throws Exception {
    QueueListener broken =
        new QueueListener() {
          @Override
          public Task pushing(String partition, Task task) {
            throw new AssertionError("an Error, even");
          }

          @Override
          public void pulled(QueueEvent.Pulled event) {
            throw new IllegalStateException("broken");
          }
        };
    QueueListener next =
        new QueueListener() {
          @Override
          public Task pushing(String partition, Task task) {
            return task.withHeader("seen", "yes");
          }
        };
    try (LogLines lines = LogLines.of("dev.jetlane");
        TaskQueue queue = connect(PATIENT, broken, next, new Recorder(told, restored))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("a", ""));
      try (Delivery delivery = one(partition.puller())) {
        assertThat(delivery.headers()).containsEntry("seen", "yes");
        delivery.ack();
      }
      assertThat(lines.lines()).hasSize(1);
    }
    assertThat(told).containsExactly("pushed a false", "pulled 1", "acked a false");
  }

  private static Delivery one(Puller puller) throws InterruptedException {
    return puller.pull(1, WAIT).get(0);
  }

  private TaskQueue connect(Duration requestTimeout, QueueListener... listeners) {
    NatsOptions options =
        TestQueues.options(server)
            .withStorage(NatsOptions.Storage.FILE)
            .withRequestTimeout(requestTimeout)
            .withQueue(TestQueues.config().withMaxDeliveries(2));
    for (QueueListener listener : listeners) {
      options = options.withListener(listener);
    }
    return NatsQueues.connect(options);
  }

  private record Recorder(List<String> told, CountDownLatch restored) implements QueueListener {

    @Override
    public void pushed(QueueEvent.Pushed event) {
      told.add("pushed " + event.taskId() + " " + event.duplicate());
    }

    @Override
    public void pushFailed(QueueEvent.PushFailed event) {
      told.add("pushFailed " + event.taskId());
    }

    @Override
    public void pulled(QueueEvent.Pulled event) {
      told.add("pulled " + event.tasks());
    }

    @Override
    public void redelivered(QueueEvent.Redelivered event) {
      told.add("redelivered " + event.delivery().taskId());
    }

    @Override
    public void acked(QueueEvent.Acked event) {
      told.add("acked " + event.delivery().taskId() + " " + event.late());
    }

    @Override
    public void givenBack(QueueEvent.GivenBack event) {
      told.add("givenBack " + event.delivery().taskId());
    }

    @Override
    public void deadLettered(QueueEvent.DeadLettered event) {
      told.add("deadLettered " + event.delivery().taskId() + " " + event.reason());
    }

    @Override
    public void exhausted(QueueEvent.Exhausted event) {
      told.add("exhausted " + event.taskId());
    }

    @Override
    public void connectionLost() {
      told.add("connectionLost");
    }

    @Override
    public void connectionRestored() {
      told.add("connectionRestored");
      restored.countDown();
    }
  }
}
