// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.nats.TestQueues;
import io.nats.client.Dispatcher;
import io.nats.client.Options;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Flushes and drains with a server that does not answer them. */
@Timeout(60)
class FlushLockTest {

  private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long STANDS_STILL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ScriptedConnection server = new ScriptedConnection();
  private final ConnectionMonitor monitor = new ConnectionMonitor();

  /** The JDK's clock may have any value; this one overflows during the test. */
  private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - ANSWER_NANOS / 2);

  private FlushLock lock;

  @BeforeEach
  void bind() {
    monitor.bind(server.connection());
    Sender sender = new Sender.ThroughJnats(server.connection());
    lock = new FlushLock(monitor, sender, nowNanos::get);
  }

  private void doesNotAnswer() throws TimeoutException {
    nowNanos.addAndGet(ANSWER_NANOS);
    throw new TimeoutException("no answer");
  }

  /** Flushes without an answer, while another thread waits for the end of that. */
  private void doesNotAnswerAFlushWhile(Thread other) throws InterruptedException {
    server.onExchange(
        () -> {
          server.onExchange(() -> {});
          other.start();
          TestQueues.await("waiting", () -> other.getState() == Thread.State.WAITING);
          doesNotAnswer();
        });
    lock.flush();
  }

  /** The tasks of a half drained subscription would wait for the end of their leases. */
  @Test
  void anInterruptDoesNotEndADrain() {
    Thread.currentThread().interrupt();
    lock.drain(server.subscription());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(server.calls()).containsExactly("drain");
  }

  @Test
  void afterAnUnansweredFlushNextOnesDoNotWaitForAWhile() throws Exception {
    server.onExchange(this::doesNotAnswer);
    lock.flush();
    lock.flush();
    lock.drain(server.subscription());
    assertThat(server.calls()).containsExactly("flush", "unsubscribe");
    nowNanos.addAndGet(STANDS_STILL_NANOS - 1);
    lock.flush();
    assertThat(server.calls()).hasSize(2);
    nowNanos.addAndGet(1);
    lock.flush();
    assertThat(server.calls()).containsExactly("flush", "unsubscribe", "flush");
  }

  /** jnats returns from an unanswered drain as from an answered one. */
  @Test
  void afterAnUnansweredDrainNextOnesDoNotWaitForAWhile() throws Exception {
    server.onExchange(() -> nowNanos.addAndGet(ANSWER_NANOS));
    lock.drain(server.subscription());
    lock.flush();
    assertThat(server.calls()).containsExactly("drain");
  }

  /** Otherwise the closes of many pullers on many threads would take a second each. */
  @Test
  void anExchangeThatWaitedForAnUnansweredOneIsNotMade() throws Exception {
    FutureTask<Void> flush =
        new FutureTask<>(
            () -> {
              lock.flush();
              return null;
            });
    Thread other = new Thread(flush);
    doesNotAnswerAFlushWhile(other);
    flush.get(60, TimeUnit.SECONDS);
    assertThat(server.calls()).containsExactly("flush");
  }

  /** Otherwise the server would send tasks to a subscription that no pull reads. */
  @Test
  void aDrainThatWaitedForAnUnansweredExchangeEndsItsSubscription() throws Exception {
    Thread other = new Thread(() -> lock.drain(server.subscription()));
    doesNotAnswerAFlushWhile(other);
    other.join();
    assertThat(server.calls()).containsExactly("flush", "unsubscribe");
  }

  @Test
  void afterAnAnswerTheNextOneWaits() throws Exception {
    server.onExchange(() -> nowNanos.addAndGet(ANSWER_NANOS - 1));
    lock.flush();
    lock.flush();
    lock.drain(server.subscription());
    assertThat(server.calls()).containsExactly("flush", "flush", "drain");
  }

  @Test
  void withoutAConnectionADrainOnlyEndsTheSubscription() throws Exception {
    server.disconnect();
    lock.flush();
    lock.drain(server.subscription());
    assertThat(server.calls()).containsExactly("unsubscribe");
  }

  /** Otherwise it would take messages after the reconnect, on a connection of the caller. */
  @Test
  void withoutAConnectionADispatcherEndsToo() throws Exception {
    server.disconnect();
    lock.drain(server.connection().createDispatcher());
    assertThat(server.calls()).containsExactly("closeDispatcher");
  }

  private final List<String> order = new CopyOnWriteArrayList<>();

  private FlushLock lockOver(Sender sender) {
    return new FlushLock(monitor, sender, nowNanos::get);
  }

  private Sender recordingSender() {
    return (Sender)
        Proxy.newProxyInstance(
            Sender.class.getClassLoader(),
            new Class<?>[] {Sender.class},
            (proxy, method, arguments) -> {
              order.add("sender " + method.getName());
              return null;
            });
  }

  /** Otherwise the server confirms a flush before it has received the frames. */
  @Test
  void theFramesAreWrittenBeforeEachExchange() throws Exception {
    FlushLock recording = lockOver(recordingSender());
    server.onExchange(() -> order.add("exchange"));
    recording.flush();
    recording.drain(server.subscription());
    recording.drain(server.connection().createDispatcher());
    assertThat(order)
        .containsExactly("sender flush", "exchange", "sender flush", "exchange", "sender flush");
  }

  /** jnats cuts a connection with too many pings in flight, for all queues on it. */
  @Test
  void twoQueuesOnOneConnectionTakeTurns() throws Exception {
    FlushLock other = lockOver(new Sender.ThroughJnats(server.connection()));
    FutureTask<Void> flush =
        new FutureTask<>(
            () -> {
              other.flush();
              return null;
            });
    Thread thread = new Thread(flush);
    server.onExchange(
        () -> {
          server.onExchange(() -> order.add("second"));
          thread.start();
          TestQueues.await("waiting", () -> thread.getState() == Thread.State.WAITING);
          order.add("first");
        });
    lock.flush();
    flush.get(30, TimeUnit.SECONDS);
    assertThat(order).containsExactly("first", "second");
  }

  /** A close of the connection during a flush throws. */
  @Test
  void anExchangeThatThrowsLeavesTheLockFree() throws Exception {
    server.onExchange(
        () -> {
          throw new IllegalStateException("closed");
        });
    assertThatThrownBy(lock::flush).isInstanceOf(IllegalStateException.class);
    server.onExchange(() -> {});
    FutureTask<Void> flush =
        new FutureTask<>(
            () -> {
              lock.flush();
              return null;
            });
    new Thread(flush).start();
    flush.get(30, TimeUnit.SECONDS);
    assertThat(server.calls()).containsExactly("flush", "flush");
  }

  @Test
  void anInterruptEndsAFlushAndADrainOfADispatcher() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(lock::flush).isInstanceOf(InterruptedException.class);
    Dispatcher dispatcher = server.connection().createDispatcher();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> lock.drain(dispatcher)).isInstanceOf(InterruptedException.class);
    assertThat(server.calls()).containsExactly("closeDispatcher");
  }

  private boolean answersPing(ReplacedCalls.Call flush) {
    ReplacedCalls calls = new ReplacedCalls(server.connection()).with("flush", flush);
    ConnectionMonitor other = new ConnectionMonitor();
    other.bind(calls.connection());
    return new FlushLock(other, recordingSender()).answersPing();
  }

  /** Only silence shows that no thread reads. */
  @Test
  void onlyAMissingAnswerIsAnUnansweredPing() {
    assertThat(answersPing(timeout -> null)).isTrue();
    assertThat(
            answersPing(
                timeout -> {
                  throw new TimeoutException("scripted");
                }))
        .isFalse();
    assertThat(
            answersPing(
                timeout -> {
                  throw new IllegalStateException("reconnecting");
                }))
        .isTrue();
    assertThat(
            answersPing(
                timeout -> {
                  throw new InterruptedException("scripted");
                }))
        .isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anAnsweredDispatcherIsDrainedAndNotClosed() throws Exception {
    lock.drain(server.connection().createDispatcher());
    assertThat(server.calls()).isEmpty();
  }

  /** The threads of a closed connection accept no work. */
  @Test
  void withoutAThreadADrainOnlyEndsTheSubscription() {
    ExecutorService ended = Executors.newSingleThreadExecutor();
    ended.shutdown();
    ReplacedCalls calls =
        new ReplacedCalls(server.connection())
            .with("getOptions", none -> Options.builder().executor(ended).build());
    ConnectionMonitor other = new ConnectionMonitor();
    other.bind(calls.connection());
    new FlushLock(other, recordingSender()).drain(server.subscription());
    assertThat(server.calls()).containsExactly("unsubscribe");
  }

  @Test
  void aDispatcherThatIsGoneIsNoError() throws Exception {
    ReplacedCalls calls =
        new ReplacedCalls(server.connection())
            .with(
                "closeDispatcher",
                none -> {
                  throw new IllegalStateException("closed");
                });
    ConnectionMonitor other = new ConnectionMonitor();
    other.bind(calls.connection());
    server.disconnect();
    new FlushLock(other, recordingSender()).drain(server.connection().createDispatcher());
    assertThat(order).containsExactly("sender flush");
  }

  private static CompletableFuture<Void> inBackground(FlushLock lock, Dispatcher dispatcher) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                lock.drain(dispatcher);
                end.complete(null);
              } catch (InterruptedException e) {
                end.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    TestQueues.await(
        "waiting for the drain", () -> thread.getState() == Thread.State.WAITING || end.isDone());
    return end;
  }

  /** The dispatcher's drain, and the arguments of its calls. */
  private Dispatcher draining(ReplacedCalls.Call drain) {
    return (Dispatcher)
        Proxy.newProxyInstance(
            Dispatcher.class.getClassLoader(),
            new Class<?>[] {Dispatcher.class},
            (proxy, method, arguments) -> {
              order.add(method.getName() + " " + arguments[0]);
              return drain.run(arguments);
            });
  }

  /** A delayed task that the dispatcher still handles needs the connection. */
  @Test
  void theDrainOfADispatcherEndsAfterItsLastMessage() throws Exception {
    CompletableFuture<Object> handled = new CompletableFuture<>();
    CompletableFuture<Void> drained =
        inBackground(lock, draining(none -> ReplacedCalls.result(handled)));
    assertThat(drained).isNotDone();
    assertThat(order).containsExactly("drain PT1S");
    handled.complete(true);
    drained.get(20, TimeUnit.SECONDS);
    assertThat(server.calls()).isEmpty();
  }

  @Test
  void aDispatcherThatHasEndedNeedsNoDrain() throws Exception {
    lock.drain(
        draining(
            none -> {
              throw new IllegalStateException("inactive");
            }));
    lock.drain(
        draining(
            none ->
                ReplacedCalls.result(
                    CompletableFuture.failedFuture(new IllegalStateException("inactive")))));
    assertThat(server.calls()).as("it is not closed a second time").isEmpty();
  }

  @Test
  void aSubscriptionThatCannotBeDrainedEnds() {
    server.onExchange(
        () -> {
          throw new IllegalStateException("closed");
        });
    lock.drain(server.subscription());
    assertThat(server.calls()).containsExactly("drain", "unsubscribe");
  }

  /** Only the pings of one connection are counted together. */
  @Test
  void twoConnectionsDoNotWaitForEachOther() throws Exception {
    ScriptedConnection elsewhere = new ScriptedConnection();
    ConnectionMonitor other = new ConnectionMonitor();
    other.bind(elsewhere.connection());
    FlushLock otherLock = new FlushLock(other, recordingSender());
    FutureTask<Void> flush =
        new FutureTask<>(
            () -> {
              otherLock.flush();
              return null;
            });
    server.onExchange(
        () -> {
          new Thread(flush).start();
          TestQueues.await("the other flush", flush::isDone);
        });
    lock.flush();
    flush.get(20, TimeUnit.SECONDS);
    assertThat(elsewhere.calls()).containsExactly("flush");
  }

  @Test
  void aDispatcherThatJnatsDoesNotKnowIsNoError() throws Exception {
    ReplacedCalls calls =
        new ReplacedCalls(server.connection())
            .with(
                "closeDispatcher",
                none -> {
                  throw new IllegalArgumentException("not owned");
                });
    ConnectionMonitor other = new ConnectionMonitor();
    other.bind(calls.connection());
    server.disconnect();
    new FlushLock(other, recordingSender()).drain(server.connection().createDispatcher());
    assertThat(order).containsExactly("sender flush");
  }
}
