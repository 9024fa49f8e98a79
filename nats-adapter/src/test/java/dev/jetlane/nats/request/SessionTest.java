// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.testing.LogLines;
import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shared parts of a queue, and their common end. */
@Timeout(60)
class SessionTest {

  private static final NatsOptions OPTIONS =
      NatsOptions.defaults().withRequestTimeout(Duration.ofMinutes(7)).withMaxInFlight(5);

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final List<String> told = new ArrayList<>();
  private FrameWriter writer;
  private Session session;

  @BeforeEach
  void open() {
    writer = wire.newSocket();
    wire.bind(server.connection());
    DriverEvents events =
        new DriverEvents() {
          @Override
          public void exhausted(String partition, String taskId) {}

          @Override
          public void warned(String text) {
            told.add(text);
          }

          @Override
          public void connectionLost() {
            told.add("lost");
          }

          @Override
          public void connectionRestored() {}
        };
    session = new Session(TestQueues.settings(OPTIONS), wire, events);
  }

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void aCallHasTheRequestTimeoutOfTheOptions() {
    long before = System.nanoTime() + TimeUnit.MINUTES.toNanos(7);
    long deadlineNanos = session.deadlineNanos();
    assertThat(deadlineNanos - before).isNotNegative();
    assertThat(deadlineNanos - System.nanoTime()).isLessThanOrEqualTo(TimeUnit.MINUTES.toNanos(7));
    assertThat(session.pushPermits.availablePermits()).isEqualTo(5);
  }

  @Test
  void aWarningIsLoggedOnceAndReported() {
    try (LogLines logged = LogLines.of("dev.jetlane.nats")) {
      session.warn("careful");
      assertThat(logged.texts()).containsExactly("WARNING careful");
    }
    assertThat(told).containsExactly("careful");
  }

  @Test
  void theMonitorReportsToTheListenersOfTheQueue() {
    wire.monitor().connectionEvent(server.connection(), Events.DISCONNECTED);
    assertThat(told).containsExactly("lost");
  }

  /** Idle queues of a process have no threads for pulls. */
  @Test
  void theThreadsOfPullsEndWhenTheyAreIdle() throws Exception {
    for (ThreadPoolExecutor threads : List.of(session.steps, session.withdrawals)) {
      assertThat(threads.allowsCoreThreadTimeOut()).isTrue();
      assertThat(threads.getKeepAliveTime(TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(threads.submit(() -> Thread.currentThread().isDaemon()).get()).isTrue();
    }
    assertThat(session.steps.getMaximumPoolSize()).isEqualTo(4);
    assertThat(session.withdrawals.getMaximumPoolSize()).isEqualTo(16);
  }

  @Test
  void theCloseEndsEverything() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(2);
    CountDownLatch started = new CountDownLatch(2);
    for (ThreadPoolExecutor threads : List.of(session.steps, session.withdrawals)) {
      threads.execute(
          () -> {
            started.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              interrupted.countDown();
            }
          });
    }
    assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
    SentRecord open = SentRecord.always();
    long deadlineNanos = session.deadlineNanos();
    var unused = session.requests.send(open, Urgency.PIPELINED, deadlineNanos);
    var bell = session.bells.hang("bell", message -> {});
    bell.remove();

    session.close();
    assertThat(server.calls().stream().filter("closeDispatcher"::equals))
        .as("the dispatchers of answers and of bells")
        .hasSize(2);
    session.close();

    assertThat(open)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknownException.class);
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(session.steps.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(session.withdrawals.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(session.timer.after("late", 0, () -> {})).isFalse();
    assertThat(session.api.runAsync(() -> {}))
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withCauseInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> writer.publish("a", new byte[0]))
        .isInstanceOf(IllegalStateException.class);
  }

  /** A program that ends its main thread must end. */
  @Test
  void noThreadOfAQueueKeepsTheProcess() {
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("jetlane-nats"))
            .toList();
    assertThat(threads).isNotEmpty().allMatch(Thread::isDaemon);
  }

  @Test
  void settingsWithAnotherNumberOfStreamsKeepTheRest() {
    Settings settings = session.settings;
    Settings eight = settings.withStreams(8);
    assertThat(eight.layout().streams()).isEqualTo(8);
    assertThat(eight.withStreams(settings.layout().streams())).isEqualTo(settings);
  }

  /** A thread dump shows which queue a thread belongs to, and its work. */
  @Test
  void theThreadsOfAQueueHaveItsNumberAndAreNamedAfterTheirWork() throws Exception {
    Wire second = new Wire();
    second.bind(server.connection());
    Session other = new Session(TestQueues.settings(OPTIONS), second, DriverEvents.none());
    List<String> names = threadNames(session);
    String queue = names.get(0);
    assertThat(queue).matches("jetlane-nats-[0-9]+");
    assertThat(names)
        .containsExactly(queue, queue + "-pulls", queue + "-withdrawals", queue + "-admin");
    assertThat(threadNames(other)).doesNotContainAnyElementsOf(names).hasSize(4);
    other.close();
  }

  private static List<String> threadNames(Session session) throws Exception {
    CompletableFuture<String> ofTimer = new CompletableFuture<>();
    session.timer.after("name", 0, () -> ofTimer.complete(Thread.currentThread().getName()));
    CompletableFuture<String> ofApi = new CompletableFuture<>();
    var unused = session.api.runAsync(() -> ofApi.complete(Thread.currentThread().getName()));
    return List.of(
        ofTimer.get(20, TimeUnit.SECONDS),
        session.steps.submit(() -> Thread.currentThread().getName()).get(),
        session.withdrawals.submit(() -> Thread.currentThread().getName()).get(),
        ofApi.get(20, TimeUnit.SECONDS));
  }
}
