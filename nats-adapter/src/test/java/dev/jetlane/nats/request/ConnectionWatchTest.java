// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Statistics;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The looks at a connection, one after the other, without the second between them. */
@Timeout(60)
class ConnectionWatchTest {

  private static final String DIED = "no thread reads the connection";

  private final ScriptedConnection server = new ScriptedConnection();
  private final AtomicInteger reconnects = new AtomicInteger();
  private final AtomicInteger pings = new AtomicInteger();
  private volatile boolean answersPings = true;
  private volatile @Nullable Thread pinging;
  private final AtomicLong bytes = new AtomicLong(1);

  private final ReplacedCalls calls =
      new ReplacedCalls(server.connection())
          .with("forceReconnect", none -> counted(reconnects))
          .with("getStatistics", none -> statistics())
          .with("flush", none -> ping());

  private final Wire wire = new Wire();
  private final QueueTimer timer = new QueueTimer("timer-under-test");
  private @Nullable JetStreamApi opened;
  private @Nullable ConnectionWatch watch;

  private static @Nullable Object counted(AtomicInteger count) {
    count.incrementAndGet();
    return null;
  }

  private @Nullable Object ping() throws TimeoutException {
    pinging = Thread.currentThread();
    pings.incrementAndGet();
    if (!answersPings) {
      throw new TimeoutException("scripted");
    }
    return null;
  }

  private Statistics statistics() {
    return (Statistics)
        Proxy.newProxyInstance(
            Statistics.class.getClassLoader(),
            new Class<?>[] {Statistics.class},
            (proxy, method, arguments) -> method.getName().equals("getInBytes") ? bytes.get() : 0L);
  }

  private void open(boolean ownSocket) {
    if (ownSocket) {
      var unused = wire.newSocket();
    }
    wire.bind(calls.connection());
    opened = new JetStreamApi(wire, "$JS.API.", "_INBOX", Duration.ofSeconds(20), "test");
    timer.close(); // The test itself looks.
    watch = new ConnectionWatch(wire, opened, timer);
    look(1);
  }

  @AfterEach
  void close() {
    wire.release();
    api().close();
  }

  private JetStreamApi api() {
    return Objects.requireNonNull(opened);
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      Objects.requireNonNull(watch).look();
    }
  }

  private void awaitReconnects(int count) {
    TestQueues.await(count + " reconnects", () -> reconnects.get() >= count);
    assertThat(reconnects).hasValue(count);
  }

  /** Ends after all tasks that the looks have started, in the same order. */
  private void expectNoMoreReconnects(int count) throws Exception {
    api().runAsync(() -> {}).get();
    assertThat(reconnects).hasValue(count);
  }

  @Test
  void aDeadReaderOfOurSocketIsReplacedAtTheThirdLook() throws Exception {
    open(true);
    for (int death = 1; death <= 2; death++) {
      look(2);
      expectNoMoreReconnects(death - 1);
      look(1);
      awaitReconnects(death);
      assertThat(wire.monitor().recentDeath()).startsWith(DIED);
    }
    assertThat(pings).as("a flush is not needed").hasValue(0);
  }

  @Test
  void aByteFromTheServerShowsAReader() throws Exception {
    open(true);
    for (int i = 0; i < 10; i++) {
      look(2);
      bytes.incrementAndGet();
      look(1);
    }
    expectNoMoreReconnects(0);
    assertThat(wire.monitor().recentDeath()).isNull();
  }

  /** A quiet server sends nothing for minutes. */
  @Test
  void aThreadThatReadsOurSocketIsAlive() throws Exception {
    open(true);
    wire.reading(true);
    look(20);
    expectNoMoreReconnects(0);
    wire.reading(false);
    look(2);
    expectNoMoreReconnects(0);
    look(1);
    awaitReconnects(1);
  }

  /** One look asks, and a later one sees the answer. */
  private void askAndLook() {
    int before = pings.get();
    TestQueues.await(
        "a ping",
        () -> {
          Objects.requireNonNull(watch).look();
          return pings.get() > before;
        });
  }

  @Test
  void aQuietConnectionOfACallerIsAsked() throws Exception {
    open(false);
    look(1);
    assertThat(pings).as("at the first quiet look").hasValue(0);
    for (int i = 0; i < 5; i++) {
      askAndLook();
    }
    expectNoMoreReconnects(0);
    assertThat(wire.monitor().recentDeath()).isNull();
  }

  @Test
  void aConnectionOfACallerIsReplacedAfterTwoUnansweredPings() {
    open(false);
    answersPings = false;
    for (int death = 1; death <= 2; death++) {
      int before = pings.get();
      TestQueues.await(
          "reconnect",
          () -> {
            Objects.requireNonNull(watch).look();
            return reconnects.get() > 0;
          });
      assertThat(pings.get() - before).as("pings before reconnect %d", death).isEqualTo(2);
      assertThat(wire.monitor().recentDeath()).contains("caller's connection");
      reconnects.set(0);
    }
  }

  @Test
  void anAnswerBetweenTwoUnansweredPingsShowsAReader() throws Exception {
    open(false);
    for (int i = 0; i < 4; i++) {
      answersPings = i % 2 == 1;
      askAndLook();
    }
    answersPings = true;
    askAndLook();
    expectNoMoreReconnects(0);
  }

  /**
   * While jnats reconnects, this call of jnats does nothing; sometimes jnats does not reconnect.
   */
  @Test
  void aLostConnectionIsOpenedAgainEveryTenthLook() throws Exception {
    open(true);
    look(2);
    server.disconnect();
    for (int round = 1; round <= 2; round++) {
      look(9);
      expectNoMoreReconnects(round - 1);
      look(1);
      awaitReconnects(round);
    }
    look(9);
    server.connect();
    bytes.incrementAndGet();
    look(3); // Two of them are quiet.
    server.disconnect();
    look(9);
    expectNoMoreReconnects(2);
    server.connect();
    look(2);
    expectNoMoreReconnects(2);
    assertThat(wire.monitor().recentDeath()).isNull();
  }

  @Test
  void aClosedQueueOrConnectionIsNotOpenedAgain() throws Exception {
    open(true);
    server.close();
    look(20);
    expectNoMoreReconnects(0);
    server.connect();
    wire.monitor().markClosed();
    look(20);
    expectNoMoreReconnects(0);
  }

  /** Its thread waits for other work, so its result is known. */
  private void askWithoutAnAnswer() {
    answersPings = false;
    askAndLook();
    Thread thread = Objects.requireNonNull(pinging);
    TestQueues.await(
        "the end of the ping",
        () -> thread.getState() == Thread.State.TIMED_WAITING || !thread.isAlive());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUnansweredPingFromBeforeAByteOrAnOutageDoesNotCount(boolean outage) {
    open(false);
    askWithoutAnAnswer();
    if (outage) {
      server.disconnect();
      look(1);
      server.connect();
    } else {
      bytes.incrementAndGet();
      look(1);
    }
    askWithoutAnAnswer();
    look(1);
    assertThat(wire.monitor().recentDeath()).as("one unanswered ping since then").isNull();
  }

  /** Each ping counts for jnats, which closes a connection with too many of them. */
  @Test
  void onePingIsInFlightAtATime() throws Exception {
    open(false);
    CountDownLatch answer = new CountDownLatch(1);
    calls.with(
        "flush",
        none -> {
          pings.incrementAndGet();
          answer.await();
          return null;
        });
    askAndLook();
    for (int i = 0; i < 5; i++) {
      look(2);
      api().runAsync(() -> {}).get();
    }
    assertThat(pings).hasValue(1);
    answer.countDown();
    askAndLook();
  }

  @Test
  void aPingThatFailsUnexpectedlyIsNotInFlightForEver() {
    open(false);
    calls.with(
        "flush",
        none -> {
          pings.incrementAndGet();
          throw new IllegalArgumentException("planted");
        });
    askAndLook();
    askAndLook();
    assertThat(wire.monitor().recentDeath()).isNull();
  }
}
