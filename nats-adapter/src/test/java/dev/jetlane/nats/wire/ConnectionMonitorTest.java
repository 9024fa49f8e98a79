// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.TestQueues;
import io.nats.client.Connection;
import io.nats.client.Connection.Status;
import io.nats.client.ConnectionListener.Events;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The events of jnats, in the order in which jnats sends them. */
class ConnectionMonitorTest {

  private static final String DENIED = "Permissions Violation for Publish to \"jetlane.gpu\"";

  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private final List<String> told = new ArrayList<>();
  private volatile Status status = Status.CONNECTED;
  private final Connection nc =
      (Connection)
          Proxy.newProxyInstance(
              Connection.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "getStatus" -> status;
                    case "getLastError" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                  });

  @BeforeEach
  void bind() {
    monitor.bind(nc);
    monitor.tell(
        new DriverEvents() {
          @Override
          public void exhausted(String partition, String taskId) {}

          @Override
          public void warned(String text) {
            told.add("warned");
          }

          @Override
          public void connectionLost() {
            told.add("lost");
          }

          @Override
          public void connectionRestored() {
            told.add("restored");
          }
        });
  }

  private void lose() {
    status = Status.RECONNECTING;
    monitor.connectionEvent(nc, Events.DISCONNECTED);
  }

  private void restore() {
    status = Status.CONNECTED;
    monitor.connectionEvent(nc, Events.RECONNECTED);
    monitor.connectionEvent(nc, Events.RESUBSCRIBED);
  }

  @Test
  void eachLossAndEachReturnIsReportedOnce() {
    lose();
    lose(); // An attempt to reconnect has failed.
    restore();
    lose();
    restore();
    assertThat(told).containsExactly("lost", "restored", "lost", "restored");
  }

  /** jnats connects before it restores the subscriptions. */
  @Test
  void afterALossTheConnectionIsReadyWithItsSubscriptions() throws Exception {
    assertThat(monitor.isReady()).isTrue();
    lose();
    assertThat(monitor.isReady()).isFalse();
    status = Status.CONNECTED;
    monitor.connectionEvent(nc, Events.RECONNECTED);
    assertThat(monitor.isReady()).isFalse();
    assertThat(monitor.awaitConnected(System.nanoTime(), () -> {})).isFalse();
    restore();
    assertThat(monitor.isReady()).isTrue();
    assertThat(monitor.awaitConnected(System.nanoTime(), () -> {})).isTrue();
  }

  /** The first connection has no subscriptions to restore. */
  @Test
  void afterFailedAttemptsTheFirstConnectionIsReady() {
    lose();
    status = Status.CONNECTED;
    monitor.connectionEvent(nc, Events.CONNECTED);
    assertThat(monitor.isReady()).isTrue();
  }

  @Test
  void theCloseOfTheQueueIsNotReportedAsALoss() {
    monitor.markClosed();
    lose();
    assertThat(told).isEmpty();
    assertThat(monitor.isClosed()).isTrue();
    assertThatThrownBy(monitor::requireOpen).isInstanceOf(QueueClosedException.class);
  }

  @Test
  void eachReconnectStartsAnEpoch() {
    int before = monitor.epoch();
    assertThat(monitor.reconnectedWithin(TimeUnit.HOURS.toNanos(1))).isFalse();
    lose();
    assertThat(monitor.epoch()).isEqualTo(before);
    restore();
    assertThat(monitor.epoch()).isEqualTo(before + 1);
    assertThat(monitor.reconnectedWithin(TimeUnit.HOURS.toNanos(1))).isTrue();
    lose();
    restore();
    assertThat(monitor.epoch()).isEqualTo(before + 2);
  }

  @Test
  void eachReconnectIsRecentForAWhile() {
    lose();
    restore();
    long first = System.nanoTime();
    lose();
    restore();
    boolean later = false;
    for (int i = 0; i < 1_000 && !later; i++) { // A stall between the two readings hides it.
      later = monitor.reconnectedWithin(System.nanoTime() - first);
    }
    assertThat(later).as("the second reconnect is later than the first").isTrue();
  }

  @Test
  void aNewConnectionForgetsRefusals() {
    List<String> seen = new ArrayList<>();
    monitor.observe(
        new ConnectionMonitor.Observer() {
          @Override
          public void denied(String subject) {
            seen.add("denied " + subject);
          }

          @Override
          public void reconnected() {
            seen.add("reconnected");
          }
        });
    monitor.refusals().errorOccurred(DENIED);
    assertThat(monitor.refusals().isDenied("jetlane.gpu")).isTrue();
    lose();
    assertThat(monitor.refusals().isDenied("jetlane.gpu")).isTrue();
    restore();
    assertThat(monitor.refusals().isDenied("jetlane.gpu")).isFalse();
    assertThat(seen).containsExactly("denied jetlane.gpu", "reconnected");
  }

  @Test
  void aLostConnectionReportsItsReason() {
    monitor.refusals().errorOccurred("Authorization Violation");
    lose();
    assertThat(monitor.whyDown())
        .contains("keeps trying to reconnect")
        .contains("Authorization Violation");
    status = Status.CLOSED;
    assertThat(monitor.whyDown()).contains("it was closed");
    assertThat(monitor.isDead()).isTrue();
  }

  @Test
  void anEndedReaderIsRemembered() {
    assertThat(monitor.recentDeath()).isNull();
    monitor.readerDied("no thread reads the connection");
    assertThat(monitor.recentDeath()).isEqualTo("no thread reads the connection");
    assertThat(told).containsExactly("warned");
  }

  @Test
  @Timeout(30)
  void aCloseEndsEachWait() throws Exception {
    lose();
    Thread closer = new Thread(monitor::markClosed);
    long untilNanos = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
    closer.start();
    assertThat(monitor.awaitConnected(untilNanos, () -> {})).isFalse();
    monitor.pause(TimeUnit.HOURS.toNanos(1));
    closer.join();
  }

  @Test
  void aWaitEndsAtItsDeadlineOrWithAnError() throws Exception {
    lose();
    assertThat(monitor.awaitConnected(System.nanoTime(), () -> {})).isFalse();
    assertThatThrownBy(
            () ->
                monitor.awaitConnected(
                    System.nanoTime() + TimeUnit.HOURS.toNanos(1),
                    () -> {
                      throw new IllegalStateException("useless");
                    }))
        .hasMessage("useless");
    restore();
    assertThat(monitor.awaitConnected(System.nanoTime(), () -> {})).isTrue();
  }

  /** A reason from up to a second before the loss counts, because its report may come first. */
  @Test
  void theReasonOfAnEarlierLossIsNotReportedAgain() {
    lose();
    monitor.attemptFailed(new ConnectException("Connection refused"));
    assertThat(monitor.whyDown()).contains("(connection refused)");
    long failedNanos = System.nanoTime();
    restore();
    TestQueues.await(
        "another moment", () -> System.nanoTime() - failedNanos > TimeUnit.SECONDS.toNanos(1));
    lose();
    assertThat(monitor.whyDown()).doesNotContain("refused");
  }

  /** A request that an observer sends again belongs to the new connection. */
  @Test
  void anObserverOfAReconnectSeesTheNewConnection() {
    monitor.refusals().errorOccurred(DENIED);
    lose();
    int before = monitor.epoch();
    List<Object> seen = new ArrayList<>();
    monitor.observe(
        new ConnectionMonitor.Observer() {
          @Override
          public void reconnected() {
            seen.add(monitor.epoch() - before);
            seen.add(monitor.reconnectedWithin(TimeUnit.HOURS.toNanos(1)));
            seen.add(monitor.refusals().isDenied("jetlane.gpu"));
          }
        });
    restore();
    assertThat(seen).containsExactly(1, true, false);
  }
}
