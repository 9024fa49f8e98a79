// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Statistics;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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
  private final AtomicLong bytes = new AtomicLong(1);

  private final ReplacedCalls calls =
      new ReplacedCalls(server.connection())
          .with("forceReconnect", none -> counted(reconnects))
          .with("getStatistics", none -> statistics())
          .with("flush", none -> ping());

  private final Wire wire = new Wire();
  private final QueueTimer timer = new QueueTimer("timer-under-test");
  private @Nullable ConnectionWatch watch;

  /** The work that waits for a thread. */
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  /** Whether work waits until a test runs it; otherwise a look runs it. */
  private boolean threadsAreBusy;

  /** Why no thread starts; null if threads do. */
  private @Nullable Error noThread;

  private static @Nullable Object counted(AtomicInteger count) {
    count.incrementAndGet();
    return null;
  }

  private @Nullable Object ping() throws TimeoutException {
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
    timer.close(); // The test itself looks.
    watch = new ConnectionWatch(wire, this::execute, timer);
    look(1);
  }

  @AfterEach
  void close() {
    wire.release();
  }

  private CompletableFuture<?> execute(Runnable work) {
    if (noThread != null) {
      return CompletableFuture.failedFuture(noThread);
    }
    CompletableFuture<?> future = CompletableFuture.runAsync(work, waiting::add);
    if (!threadsAreBusy) {
      runWaiting();
    }
    return future;
  }

  private void runWaiting() {
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      Objects.requireNonNull(watch).look();
    }
  }

  private void expectReconnects(int count) {
    assertThat(reconnects).hasValue(count);
  }

  @Test
  void aDeadReaderOfOurSocketIsReplacedAtTheThirdLook() {
    open(true);
    for (int death = 1; death <= 2; death++) {
      look(2);
      expectReconnects(death - 1);
      look(1);
      expectReconnects(death);
      assertThat(wire.monitor().recentDeath()).startsWith(DIED);
    }
    assertThat(pings).as("a flush is not needed").hasValue(0);
  }

  @Test
  void aByteFromTheServerShowsAReader() {
    open(true);
    for (int i = 0; i < 10; i++) {
      look(2);
      bytes.incrementAndGet();
      look(1);
    }
    expectReconnects(0);
    assertThat(wire.monitor().recentDeath()).isNull();
  }

  /** A quiet server sends nothing for minutes. */
  @Test
  void aThreadThatReadsOurSocketIsAlive() {
    open(true);
    wire.reading(true);
    look(20);
    expectReconnects(0);
    wire.reading(false);
    look(2);
    expectReconnects(0);
    look(1);
    expectReconnects(1);
  }

  /** Looks until it has asked. */
  private void askAndLook() {
    int before = pings.get();
    for (int i = 0; i < 3 && pings.get() == before; i++) {
      look(1);
    }
    assertThat(pings).as("a ping at the third quiet look at the latest").hasValue(before + 1);
  }

  @Test
  void aQuietConnectionOfACallerIsAsked() {
    open(false);
    look(1);
    assertThat(pings).as("at the first quiet look").hasValue(0);
    for (int i = 0; i < 5; i++) {
      askAndLook();
    }
    expectReconnects(0);
    assertThat(wire.monitor().recentDeath()).isNull();
  }

  /** Such as at the limit of processes of a container. */
  @Test
  void aConnectionOfACallerIsAskedAgainAfterThreadsWereMissing() {
    open(false);
    noThread = new OutOfMemoryError("unable to create native thread");
    look(10);
    assertThat(pings).hasValue(0);
    noThread = null;
    askAndLook();
  }

  @Test
  void aConnectionOfACallerIsReplacedAfterTwoUnansweredPings() {
    open(false);
    answersPings = false;
    for (int death = 1; death <= 2; death++) {
      askAndLook();
      askAndLook();
      expectReconnects(0);
      look(1);
      expectReconnects(1);
      assertThat(wire.monitor().recentDeath()).contains("caller's connection");
      reconnects.set(0);
    }
  }

  @Test
  void anAnswerBetweenTwoUnansweredPingsShowsAReader() {
    open(false);
    for (int i = 0; i < 4; i++) {
      answersPings = i % 2 == 1;
      askAndLook();
    }
    answersPings = true;
    askAndLook();
    expectReconnects(0);
  }

  /**
   * While jnats reconnects, this call of jnats does nothing; sometimes jnats does not reconnect.
   */
  @Test
  void aLostConnectionIsOpenedAgainEverySecondLook() {
    open(true);
    look(2);
    server.disconnect();
    for (int round = 1; round <= 2; round++) {
      look(1);
      expectReconnects(round - 1);
      look(1);
      expectReconnects(round);
    }
    look(1);
    server.connect();
    bytes.incrementAndGet();
    look(3); // Two of them are quiet.
    server.disconnect();
    look(1);
    expectReconnects(2);
    server.connect();
    look(2);
    expectReconnects(2);
    assertThat(wire.monitor().recentDeath()).isNull();
  }

  /** jnats may open it before a thread has started. */
  @Test
  void aConnectionThatIsUpAgainIsNotOpenedAgain() {
    open(true);
    threadsAreBusy = true;
    server.disconnect();
    look(2);
    assertThat(waiting).hasSize(1);
    server.connect();
    runWaiting();
    expectReconnects(0);
  }

  @Test
  void aClosedQueueOrConnectionIsNotOpenedAgain() {
    open(true);
    server.close();
    look(20);
    expectReconnects(0);
    server.connect();
    wire.monitor().markClosed();
    look(20);
    expectReconnects(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUnansweredPingFromBeforeAByteOrAnOutageDoesNotCount(boolean outage) {
    open(false);
    answersPings = false;
    askAndLook();
    if (outage) {
      server.disconnect();
      look(1);
      server.connect();
    } else {
      bytes.incrementAndGet();
      look(1);
    }
    askAndLook();
    look(1);
    assertThat(wire.monitor().recentDeath()).as("one unanswered ping since then").isNull();
  }

  /** Each ping counts for jnats, which closes a connection with too many of them. */
  @Test
  void onePingIsInFlightAtATime() {
    open(false);
    threadsAreBusy = true;
    look(10);
    assertThat(waiting).hasSize(1);
    runWaiting();
    assertThat(pings).hasValue(1);
    look(10);
    assertThat(waiting).hasSize(1);
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
