// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Message;
import io.nats.client.support.Status;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A pull that waits without a thread, between its steps. The timer stands still, so no later check
 * hides a fault.
 */
@Timeout(120)
class IdlePullTest {

  private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final CountDownLatch timerGoesOn = new CountDownLatch(1);
  private final AtomicInteger lent = new AtomicInteger();
  private Session session;
  private PartitionAddress address;
  private PartitionStatus status;
  private NatsPull puller;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
    address = session.settings.layout().address("p");
    status = new PartitionStatus(session.settings.queue());
    puller =
        (NatsPull)
            new Pullers(session, List.of(address), status)
                .make(PullOptions.defaults(), IdlePullTest::delivery, closed -> {});
    puller.completeOn(
        step -> {
          lent.incrementAndGet();
          session.steps.execute(step);
        });
    CountDownLatch stands = new CountDownLatch(1);
    boolean accepted =
        session.timer.after(
            "nothing else",
            0,
            () -> {
              stands.countDown();
              await(timerGoesOn);
            });
    assertThat(accepted).isTrue();
    await(stands);
    server.forgetCalls();
  }

  @AfterEach
  void close() {
    timerGoesOn.countDown();
    session.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static LeasedDelivery delivery(Lease lease) {
    return (LeasedDelivery)
        Proxy.newProxyInstance(
            LeasedDelivery.class.getClassLoader(),
            new Class<?>[] {LeasedDelivery.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "payload" -> lease.payload();
                  case "lease" -> lease;
                  case "leaseExpired" -> false;
                  default -> null;
                });
  }

  /** Starts a pull and waits for its request. */
  private IdlePull waiting() {
    IdlePull pull = pull();
    awaitRequests(1);
    return pull;
  }

  private IdlePull pull() {
    return (IdlePull)
        puller.pullAsync(1, Long.MAX_VALUE, System.nanoTime() + HOUR_NANOS, Completion.none());
  }

  private void awaitRequests(int count) {
    TestQueues.await(
        "a request, and no step", () -> requests() == count && session.steps.getActiveCount() == 0);
  }

  private long requests() {
    return server.calls().stream()
        .filter(call -> call.equals("publish " + address.nextSubject))
        .count();
  }

  /** Returns the subject of the last subscription. */
  private String inbox() {
    return server.calls().stream()
        .filter(call -> call.startsWith("subscribe _INBOX"))
        .reduce((one, other) -> other)
        .orElseThrow()
        .substring("subscribe ".length());
  }

  /** Delivers a message to the subscription and to its bell. */
  private void come(Message message) {
    try {
      server.handle(inbox(), message);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Message task() {
    return server.bring("a", "$JS.ACK.jetlane.p.1.7.7.1700000000000000000.0", null);
  }

  private static void expectOne(CompletableFuture<List<Delivery>> pull) throws Exception {
    assertThat(pull.get(60, TimeUnit.SECONDS)).hasSize(1);
  }

  @Test
  void theFirstTaskIsTakenOnTheThreadsOfTheWorker() throws Exception {
    IdlePull pull = waiting();
    come(task());
    expectOne(pull);
    assertThat(lent).hasValue(1);
  }

  /** Such as the threads of a worker that is being closed. */
  @Test
  void ifTheWorkerRefusesTheQueueTakesTheTask() throws Exception {
    puller.completeOn(
        step -> {
          throw new RejectedExecutionException("closed");
        });
    IdlePull pull = waiting();
    come(task());
    expectOne(pull);
  }

  /** A new request needs no thread of the handlers. */
  @Test
  void theEndOfARequestWithoutATaskWakesNoThreadOfTheWorker() throws Exception {
    IdlePull pull = waiting();
    come(server.bring(server.lastReplyTo(), "", new Status(404, "No Messages")));
    awaitRequests(2);
    assertThat(lent).hasValue(0);
    come(task());
    expectOne(pull);
    assertThat(lent).hasValue(1);
  }

  @Test
  void aTaskThatArrivesDuringTheRequestIsTaken() throws Exception {
    server.onPublish(
        (replyTo, body) -> {
          server.onPublish((later, other) -> {});
          come(task());
        });
    expectOne(pull());
    assertThat(lent).hasValue(0);
  }

  /** The lease of a task that its holder has lost must expire, also if it is kept. */
  @Test
  void aPullThatHasEndedRefersToNoTask() throws Exception {
    WeakReference<Delivery> task = taken();
    TestQueues.await(
        "a task that is not referenced any more",
        () -> {
          System.gc();
          return task.get() == null;
        });
  }

  private WeakReference<Delivery> taken() throws Exception {
    IdlePull pull = waiting();
    come(task());
    WeakReference<Delivery> task = new WeakReference<>(pull.get(60, TimeUnit.SECONDS).get(0));
    server.endSubscriptions();
    return task;
  }

  /** Otherwise the puller would never be free again. */
  @Test
  void aPullWithoutAThreadTakesItsStepsOnThatOfTheCaller() throws Exception {
    session.steps.setThreadFactory(
        step -> {
          throw new OutOfMemoryError("unable to create native thread");
        });
    try {
      IdlePull pull = waiting();
      come(task());
      expectOne(pull);
    } catch (OutOfMemoryError e) { // It would end the run of all tests.
      throw new AssertionError("the step of a pull needed another thread", e);
    }
    assertThat(puller.turn.availablePermits()).isOne();
  }

  @Test
  void aCancelledPullEnds() throws Exception {
    IdlePull pull = waiting();
    assertThat(pull.cancel(true)).isFalse();
    assertThat(pull.get(60, TimeUnit.SECONDS)).isEmpty();
  }

  /** The other pull may wait for an hour. */
  @Test
  void aCancelledPullDoesNotWaitForTheOneBeforeIt() throws Exception {
    IdlePull before = waiting();
    IdlePull pull = pull();
    assertThat(pull.cancel(true)).isFalse();
    timerGoesOn.countDown();
    assertThat(pull.get(60, TimeUnit.SECONDS)).isEmpty();
    assertThat(before.isDone()).isFalse();
  }

  /** Its own checks end with the timer of the queue. */
  @Test
  void aCloseEndsAlsoThePullThatWaitsForTheTurn() {
    List<IdlePull> pulls = List.of(waiting(), pull(), pull());
    puller.close();
    for (IdlePull pull : pulls) {
      assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
          .hasCauseInstanceOf(QueueClosedException.class)
          .hasMessageContaining("the puller is closed");
    }
    assertThat(puller.waiting).isEmpty();
  }

  /** The server of the new connection does not know the request. */
  @Test
  void aCheckFindsAConnectionThatWasLost() {
    IdlePull pull = waiting();
    assertThat(puller.looks(pull)).isFalse();
    server.disconnect();
    assertThat(puller.looks(pull)).isTrue();
    server.connect();
    assertThat(puller.looks(pull)).isFalse();
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(puller.looks(pull)).isTrue();
  }

  /** The request of a deleted consumer is lost, and the server does not always end it. */
  @Test
  void aCheckFindsAConsumerThatWasCreatedAgain() throws Exception {
    IdlePull pull = waiting();
    String before = inbox();
    status.recreated();
    assertThat(puller.looks(pull)).isTrue();
    TestQueues.await(
        "a request on another subscription",
        () -> {
          pull.look(true);
          return !inbox().equals(before) && pull.sent != null;
        });
    assertThat(puller.looks(pull)).isFalse();
    come(task());
    expectOne(pull);
  }

  /** A step that finds nothing would keep its thread until the end of the request. */
  @Test
  void aRingWithoutAReasonKeepsNoThread() throws Exception {
    IdlePull pull = waiting();
    SentRequest waiting = pull.sent;
    pull.ring();
    TestQueues.await("the end of the step", () -> session.steps.getActiveCount() == 0);
    assertThat(pull.sent).isSameAs(waiting);
    come(task());
    expectOne(pull);
  }

  /** The checks learn only of later changes. */
  @Test
  void aChangeWhileTheRequestIsBeingSentIsSeen() {
    server.onPublish(
        (replyTo, body) ->
            wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED));
    IdlePull pull = pull();
    TestQueues.await(
        "the end of the step after the one with the request",
        () -> requests() == 1 && session.steps.getActiveCount() == 0 && pull.sent == null);
  }

  /** A server that answers nothing looks like one without a task. */
  @Test
  void aCheckFindsARequestThatIsOver() {
    IdlePull pull = waiting();
    pull.look(false);
    assertThat(puller.looks(pull)).isFalse();
    SentRequest over =
        new SentRequest(server.lastReplyTo(), 1, 0, new RequestTarget(0, 0), System.nanoTime());
    pull.sent = over;
    pull.look(false);
    TestQueues.await("a step", () -> !over.equals(pull.sent));
  }

  @Test
  void anEndedPullIsNotCheckedAnyLonger() throws Exception {
    IdlePull pull = waiting();
    assertThat(session.lookout.isEmpty()).isFalse();
    come(task());
    expectOne(pull);
    assertThat(session.lookout.isEmpty()).isTrue();
  }

  /** The request would belong to the connection before, so that a second one would be sent. */
  @Test
  void untilTheSubscriptionsAreRestoredNothingIsRequested() {
    IdlePull pull = waiting();
    wire.monitor().connectionEvent(server.connection(), Events.DISCONNECTED);
    server.disconnect();
    step(pull, "without a connection");
    server.connect();
    wire.monitor().connectionEvent(server.connection(), Events.RECONNECTED);
    assertThat(puller.looks(pull)).isFalse();
    step(pull, "without subscriptions");
    assertThat(requests()).isEqualTo(1);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(puller.looks(pull)).isTrue();
    pull.ring();
    awaitRequests(2);
    assertThat(puller.looks(pull)).as("another request").isFalse();
  }

  private void step(IdlePull pull, String what) {
    pull.ring();
    TestQueues.await(
        "the step " + what, () -> session.steps.getActiveCount() == 0 && pull.sent == null);
  }

  /** A worker reports the loss, however long its pull waits. */
  @Test
  void thePullOfAWorkerFailsSoonAfterTheLossOfTheConnection() {
    puller.ofWorker();
    IdlePull pull = waiting();
    server.disconnect();
    TestQueues.await(
        "a failure",
        () -> {
          pull.ring();
          return pull.isCompletedExceptionally();
        });
    assertThatThrownBy(pull::join).hasCauseInstanceOf(QueueUnavailableException.class);
  }

  /** It continues on the next connection. */
  @Test
  void anotherPullWaitsForTheConnectionUntilItsEnd() {
    IdlePull pull = waiting();
    server.disconnect();
    TestQueues.await(
        "a step without a connection",
        () -> {
          pull.ring();
          return pull.sent == null;
        });
    assertThat(pull.untilNanos() - System.nanoTime()).isGreaterThan(HOUR_NANOS / 2);
  }

  /** Some servers do not end a request, for example when they lose the leadership. */
  @ParameterizedTest
  @CsvSource({
    "'\"version\":\"2.15.1\",\"jetstream\":true', 20",
    "'\"version\":\"2.10.0\",\"jetstream\":true', 20",
    "'\"version\":\"2.9.25\",\"jetstream\":true', 4",
    "'\"version\":\"2.15.1\"', 4",
    "'\"version\":\"2.15.1\",\"jetstream\":true,\"cluster\":\"c\"', 4"
  })
  void aRequestIsLongWhereTheServerEndsIt(String info, int seconds) {
    server.information(info);
    assertThat(puller.context().longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(seconds));
  }

  /** A server that has reloaded its configuration disables JetStream a moment later. */
  @Test
  void aRequestIsShortAfterAReconnect() {
    server.information("\"version\":\"2.15.1\",\"jetstream\":true");
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(puller.context().longestNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(4));
  }

  @Test
  void aRequestThatIsTooLongForTheConsumerIsRepeatedWithAShortOne() throws Exception {
    server.information("\"version\":\"2.15.1\",\"jetstream\":true");
    List<String> bodies = new CopyOnWriteArrayList<>();
    server.onPublish((replyTo, body) -> bodies.add(body));
    IdlePull pull = waiting();
    Status refused = new Status(409, "Exceeded MaxRequestExpires of 10s");
    come(server.bring(server.lastReplyTo(), "", refused));
    TestQueues.await(
        "another request",
        () -> {
          pull.look(true);
          return bodies.size() == 2 && pull.sent != null;
        });
    assertThat(bodies.get(0)).contains("\"expires\":20000000000");
    assertThat(bodies.get(1)).contains("\"expires\":4000000000");
    come(task());
    expectOne(pull);
  }
}
