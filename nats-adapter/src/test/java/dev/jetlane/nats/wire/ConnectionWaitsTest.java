// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.testing.LogLines;
import io.nats.client.ConnectionListener.Events;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The waits for a connection, its observers, and its log lines. */
@Timeout(60)
class ConnectionWaitsTest {

  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private final LogLines logged = LogLines.of("dev.jetlane.nats");

  @BeforeEach
  void bind() {
    monitor.bind(calls.connection());
  }

  @AfterEach
  void unlog() {
    logged.close();
  }

  private interface Wait {
    boolean run() throws InterruptedException;
  }

  private CompletableFuture<Boolean> inBackground(Wait wait) {
    CompletableFuture<Boolean> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                end.complete(wait.run());
              } catch (Throwable e) {
                end.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
    return end;
  }

  private boolean awaitConnected(AtomicInteger checks) throws InterruptedException {
    return monitor.awaitConnected(System.nanoTime() + HOUR, checks::incrementAndGet);
  }

  @Test
  void aRestoredConnectionEndsAWait() throws Exception {
    server.disconnect();
    AtomicInteger checks = new AtomicInteger();
    CompletableFuture<Boolean> wait = inBackground(() -> awaitConnected(checks));
    TestQueues.await("checked again without an event", () -> checks.get() > 2);
    server.connect();
    assertThat(wait.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aWaitOfAClosedQueueIsInVain() throws Exception {
    monitor.markClosed();
    assertThat(awaitConnected(new AtomicInteger())).as("with a connection").isFalse();
    server.disconnect();
    assertThat(awaitConnected(new AtomicInteger())).as("without a connection").isFalse();
    monitor.pause(HOUR);
  }

  @Test
  void anInterruptEndsEachWait() {
    server.disconnect();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> awaitConnected(new AtomicInteger()))
        .isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> monitor.pause(HOUR)).isInstanceOf(InterruptedException.class);
  }

  /** A pause between two tries must not become a busy loop when much happens. */
  @Test
  void aPauseTakesItsWholeTimeDespiteOtherChanges() throws Exception {
    long nanos = TimeUnit.MILLISECONDS.toNanos(40);
    long start = System.nanoTime();
    CompletableFuture<Boolean> pause =
        inBackground(
            () -> {
              monitor.pause(nanos);
              return System.nanoTime() - start >= nanos;
            });
    while (!pause.isDone()) {
      monitor.changed();
    }
    assertThat(pause.get()).isTrue();
    monitor.pause(0);
    monitor.pause(-1);
  }

  /** A pull that waits without a thread looks only then. */
  @Test
  void eachChangeHasANumber() {
    List<Runnable> changes =
        List.of(
            () -> monitor.connectionEvent(calls.connection(), Events.DISCONNECTED),
            () -> monitor.connectionEvent(calls.connection(), Events.CLOSED),
            () -> monitor.connectionEvent(calls.connection(), Events.RESUBSCRIBED),
            () -> monitor.refusals().errorOccurred("permissions violation for publish to \"a\""),
            monitor::changed,
            monitor::markClosed);
    for (int i = 0; i < changes.size(); i++) {
      int before = monitor.changes();
      changes.get(i).run();
      assertThat(monitor.changes()).as("change %d", i).isGreaterThan(before);
    }
  }

  @Test
  void allObserversAreNotifiedUntilTheyAreForgotten() {
    List<String> seen = new ArrayList<>();
    List<ConnectionMonitor.Observer> observers = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      observers.add(
          new ConnectionMonitor.Observer() {
            @Override
            public void reconnected() {
              seen.add(name + " reconnected" + (monitor.refusals().isDenied("x") ? " early" : ""));
            }

            @Override
            public void denied(String subject) {
              seen.add(name + " denied " + subject);
            }

            @Override
            public void missed() {
              seen.add(name + " missed");
            }
          });
    }
    observers.forEach(monitor::observe);
    monitor.forget(observers.get(1));
    monitor.refusals().errorOccurred("permissions violation for publish to \"x\"");
    monitor.connectionEvent(calls.connection(), Events.RESUBSCRIBED);
    monitor.missing();
    assertThat(seen)
        .containsExactly(
            "a denied x", "c denied x", "a reconnected", "c reconnected", "a missed", "c missed");
  }

  /** An interrupted reconnect belongs to the close. */
  @Test
  void aFailedReconnectIsLoggedAndDoesNotThrow() {
    for (Exception failure : List.of(new IOException("a"), new IllegalStateException("closed"))) {
      calls.with(
          "forceReconnect",
          none -> {
            throw failure;
          });
      logged.clear();
      monitor.reconnect();
      assertThat(logged.texts())
          .containsExactly("WARNING no other connection could be opened; the client tries again");
    }
    calls.with(
        "forceReconnect",
        none -> {
          throw new InterruptedException("scripted");
        });
    monitor.reconnect();
    assertThat(Thread.interrupted()).isTrue();
  }

  private void lose() {
    server.disconnect();
    monitor.connectionEvent(calls.connection(), Events.DISCONNECTED);
  }

  private void restore() {
    server.connect();
    monitor.connectionEvent(calls.connection(), Events.RESUBSCRIBED);
  }

  @Test
  void eachOutageIsLoggedOnceWithItsReasonAndItsLength() {
    for (int outage = 0; outage < 2; outage++) {
      logged.clear();
      monitor.refusals().errorOccurred("Stale Connection " + outage);
      lose();
      lose();
      restore();
      restore();
      assertThat(logged.texts()).hasSize(2);
      assertThat(logged.texts().get(0))
          .isEqualTo(
              "INFO the connection was lost; connecting again (the server says: Stale Connection "
                  + outage
                  + ")");
      assertThat(logged.texts().get(1))
          .matches("INFO the connection was restored after \\d{1,4} ms");
    }
  }

  /** jnats reports the loss again at each failed attempt. */
  @Test
  void theReasonOfALongOutageIsKept() {
    lose();
    long failedNanos = System.nanoTime();
    monitor.attemptFailed(new ConnectException("Connection refused"));
    TestQueues.await(
        "another moment", () -> System.nanoTime() - failedNanos > TimeUnit.SECONDS.toNanos(1));
    lose();
    assertThat(monitor.whyDown()).endsWith("keeps trying to reconnect (connection refused)");
    monitor.refusals().errorOccurred("Authorization Violation");
    assertThat(monitor.whyDown())
        .as("the words of the server say more")
        .endsWith("reconnect (the server says: Authorization Violation)");
    server.close();
    assertThat(monitor.whyDown()).isEqualTo("the connection is down: it was closed");
  }

  @Test
  void aWarningIsLoggedAndNamesItsReason() {
    monitor.protocolFailed(new ProtocolException("a riddle"));
    assertThat(logged.texts())
        .containsExactly("WARNING the server sent a riddle; the client opens another connection");
    assertThat(monitor.recentDeath()).as("a thread reads").isNull();
    monitor.readerDied("first");
    monitor.readerDied("second");
    assertThat(monitor.recentDeath()).isEqualTo("second");
    assertThat(logged.texts()).endsWith("WARNING first", "WARNING second");
  }

  @Test
  void aMonitorWithoutAConnectionIsNotConnected() {
    ConnectionMonitor unbound = new ConnectionMonitor();
    assertThat(unbound.isConnected()).isFalse();
    assertThat(unbound.isReconnecting()).isFalse();
    assertThat(unbound.isDead()).isFalse();
    assertThatThrownBy(unbound::connection).hasMessage("not connected yet");
    server.disconnect();
    assertThat(monitor.isReconnecting()).isTrue();
    server.close();
    assertThat(monitor.isReconnecting()).isFalse();
    assertThat(monitor.isDead()).isTrue();
  }

  /** Otherwise the close of a queue would wait for its retries. */
  @Test
  void theCloseEndsAllWaitsThatHaveBegun() throws Exception {
    server.disconnect();
    Wait pause =
        () -> {
          monitor.pause(HOUR);
          return monitor.isClosed();
        };
    CompletableFuture<Boolean> first = inBackground(pause);
    CompletableFuture<Boolean> second = inBackground(pause);
    CompletableFuture<Boolean> third = inBackground(() -> awaitConnected(new AtomicInteger()));
    monitor.markClosed();
    assertThat(first.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(second.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(third.get(20, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void theLengthOfAnOutageIsLogged() {
    long start = System.nanoTime();
    lose();
    long down = System.nanoTime();
    TestQueues.await("some time", () -> System.nanoTime() - down > 5_000_000);
    restore();
    long most = (System.nanoTime() - start) / 1_000_000;
    String line = logged.texts().get(1);
    assertThat(Long.parseLong(line.replaceAll("\\D", ""))).as(line).isBetween(5L, most);
  }
}
