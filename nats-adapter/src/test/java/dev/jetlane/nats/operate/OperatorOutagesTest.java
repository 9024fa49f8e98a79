// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetterQuery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every call of an operator, on a queue that is closed, without a connection, or interrupted. */
@Timeout(60)
class OperatorOutagesTest {

  private static final long STEP = TimeUnit.MINUTES.toNanos(1);

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
  private Session session;

  @BeforeEach
  void open() {
    QueueConfig limited = TestQueues.config().withMaxTasks(5_000);
    session =
        new Session(
            TestQueues.settings(NatsOptions.defaults().withQueue(limited)),
            server.wire(),
            DriverEvents.none());
    QueueLayout layout = session.settings.layout().withPriorities(2);
    NatsAdmin admin = new NatsAdmin(session);
    NatsPartitionAdmin partition = new NatsPartitionAdmin(session, admin, layout, "p");
    DeadLetterStore letters = new DeadLetterStore(session, layout.addresses("p"));
    DelayedTasks delayed = new DelayedTasks(session, layout.address("p"));
    DeadLetterQuery all = DeadLetterQuery.defaults();
    calls.put("partitions", () -> admin.partitions(soon()));
    calls.put("partitionAdmin", () -> admin.partitionAdmin("p", soon()));
    calls.put("priorities", () -> admin.priorities("p", soon()));
    calls.put("summary", () -> partition.summary(soon()));
    calls.put("tasks", () -> partition.tasks(TaskQuery.defaults(), soon()));
    calls.put("find", () -> partition.find("t", STEP));
    calls.put("remove", () -> partition.remove("t", STEP));
    calls.put("purge", () -> partition.purge(soon()));
    calls.put("delete if unused", () -> partition.delete(false, soon()));
    calls.put("delete", () -> partition.delete(true, soon()));
    calls.put("pause", () -> partition.pause(Duration.ofHours(1), soon()));
    calls.put("resume", () -> partition.resume(soon()));
    calls.put("letters", () -> letters.page(all, soon()));
    calls.put("count of letters", () -> letters.count(soon()));
    calls.put("letter", () -> letters.find("a", soon()));
    calls.put("removal of a letter", () -> letters.remove("a", soon()));
    calls.put("redrive", () -> letters.redrive("a", soon()));
    calls.put("move", () -> letters.move("a", "q", soon()));
    calls.put("removal of a page", () -> letters.removePage(all, STEP));
    calls.put("redrive of a page", () -> letters.redrivePage(all, STEP));
    calls.put("move of a page", () -> letters.movePage(all, "q", STEP));
    calls.put("purge of the letters", () -> letters.purge(soon()));
    calls.put("count of delayed tasks", () -> delayed.count(soon()));
    calls.put("room for delayed tasks", () -> delayed.room(layout.address("p"), soon()));
    calls.put("cancellation", () -> delayed.cancel("t", soon()));
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + STEP;
  }

  private void expectEach(Class<? extends TaskQueueException> type, String words) {
    calls.forEach(
        (name, call) ->
            assertThatThrownBy(call).as(name).isInstanceOf(type).hasMessageContaining(words));
    assertThat(server.asked()).as("requests").isEmpty();
  }

  @Test
  void onAClosedQueueEachCallFails() {
    session.monitor.markClosed();
    expectEach(QueueClosedException.class, "closed");
  }

  /** Nothing was sent, so nothing has changed. */
  @Test
  void withoutAConnectionEachCallFails() {
    server.script().disconnect();
    expectEach(QueueUnavailableException.class, "the connection is down");
  }

  /** The server does not answer, so only the interrupt ends a call. */
  @Test
  void anInterruptEndsEachCallAndStaysSet() {
    CountDownLatch end = new CountDownLatch(1);
    server.answer(
        "",
        body -> {
          TestQueues.await("the end of the test", () -> end.getCount() == 0);
          return null;
        });
    calls.forEach(
        (name, call) -> {
          Thread.currentThread().interrupt();
          assertThatThrownBy(call)
              .as(name)
              .isInstanceOf(TaskQueueException.class)
              .hasMessageContaining("interrupted");
          assertThat(Thread.interrupted()).as("the interrupt after " + name).isTrue();
        });
    end.countDown();
  }
}
