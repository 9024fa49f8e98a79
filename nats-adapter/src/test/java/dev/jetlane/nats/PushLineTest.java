// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ReadAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Asynchronous pushes into a limited partition whose room the server does not say at first. */
@Timeout(20)
@SuppressWarnings("NullAway.Init") // Before each test.
class PushLineTest {

  private static final int LIMIT = 50;

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final LateRoom room = new LateRoom(server);
  private final CountDownLatch asked = room.asked;
  private final CountDownLatch answered = room.answered;
  private Session session;
  private Pusher pusher;

  @BeforeEach
  void open() {
    NatsOptions options =
        NatsOptions.defaults()
            .withQueue(TestQueues.config().withMaxTasks(1_000))
            .withMaxInFlight(LIMIT);
    session = new Session(TestQueues.settings(options), server.wire(), DriverEvents.none());
    List<PartitionAddress> addresses = session.settings.layout().addresses("p");
    DelayedTasks delayed = new DelayedTasks(session, addresses.get(0));
    pusher = new Pusher(session, addresses, delayed, deadlineNanos -> {});
  }

  @AfterEach
  void close() {
    answered.countDown();
    session.close();
  }

  private DriverFuture<PushReceipt> push(Task task, Urgency urgency) {
    long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    return pusher.push(task, Completion.none(), urgency, deadlineNanos);
  }

  private DriverFuture<PushReceipt> pushLater(String id) {
    return push(Task.of(id, "").withDelay(Duration.ofHours(1)), Urgency.PIPELINED);
  }

  private List<String> sentIds() {
    return server.sent().stream().map(one -> one.header("Nats-Msg-Id")).toList();
  }

  @Test
  void theOrderOfTheCallsIsTheOrderOfTheTasks() throws Exception {
    List<DriverFuture<PushReceipt>> pushes = new ArrayList<>();
    pushes.add(pushLater("a"));
    asked.await();
    pushes.add(push(Task.of("b", ""), Urgency.PIPELINED));
    pushes.add(pushLater("c"));
    pushes.add(push(Task.of("d", ""), Urgency.DEFERRED));
    assertThat(server.sent()).isEmpty();
    answered.countDown();
    for (DriverFuture<PushReceipt> push : pushes) {
      assertThat(push.get().duplicate()).isFalse();
    }
    assertThat(sentIds()).containsExactly("p/a", "p/b", "p/c", "p/d");
  }

  @Test
  void aBlockingPushComesAfterTheAsynchronousOnes() throws Exception {
    DriverFuture<PushReceipt> first = pushLater("a");
    asked.await();
    CompletableFuture<PushReceipt> second = new CompletableFuture<>();
    inBackground(
        () -> {
          var unused = push(Task.of("b", ""), Urgency.AWAITED).thenAccept(second::complete);
        });
    CompletableFuture<List<DriverFuture<PushReceipt>>> batch = new CompletableFuture<>();
    inBackground(
        () ->
            batch.complete(pusher.pushAll(List.of(Task.of("c", "")), TimeUnit.MINUTES.toNanos(1))));
    assertThat(server.sent()).isEmpty();
    answered.countDown();
    assertThat(first.get().duplicate()).isFalse();
    assertThat(second.get().duplicate()).isFalse();
    assertThat(batch.get().get(0).get().duplicate()).isFalse();
    assertThat(sentIds()).startsWith("p/a").hasSize(3);
  }

  private DriverFuture<PushReceipt> push(Task task, Urgency urgency, int millis) {
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    return pusher.push(task, Completion.none(), urgency, deadlineNanos);
  }

  /** Its caller knows that it is not stored. */
  @Test
  void aBlockingPushThatIsTooLateIsNotSent() throws Exception {
    DriverFuture<PushReceipt> first = pushLater("a");
    asked.await();
    assertThat(push(Task.of("b", ""), Urgency.AWAITED, 50))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(QueueUnavailableException.class)
        .withMessageContaining("push of b: not sent, because earlier pushes wait");
    answered.countDown();
    assertThat(first.get().duplicate()).isFalse();
    assertThat(sentIds()).containsExactly("p/a");
  }

  /** Each push has its own time for the question. */
  @Test
  void aQuestionThatFailsFailsNoPushThatHasMoreTime() throws Exception {
    Task late = Task.of("late", "").withDelay(Duration.ofHours(1));
    DriverFuture<PushReceipt> first = push(late, Urgency.PIPELINED, 1_000);
    asked.await();
    DriverFuture<PushReceipt> second = push(late, Urgency.PIPELINED, 1_050);
    DriverFuture<PushReceipt> third = pushLater("a");
    for (DriverFuture<PushReceipt> failed : List.of(first, second)) {
      assertThat(failed)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .withCauseInstanceOf(QueueUnavailableException.class);
    }
    answered.countDown();
    assertThat(third.get().duplicate()).isFalse();
    assertThat(session.pushPermits.availablePermits()).isEqualTo(LIMIT);
  }

  private static void inBackground(Runnable push) {
    Thread thread = new Thread(push);
    thread.setDaemon(true);
    thread.start();
    TestQueues.await(
        "it waits or has ended",
        () ->
            thread.getState() == Thread.State.TIMED_WAITING
                || thread.getState() == Thread.State.TERMINATED);
  }

  /** Otherwise a loop of such pushes would never wait, and each push would have a thread. */
  @Test
  void eachPushThatWaitsHoldsAPermit() throws Exception {
    List<DriverFuture<PushReceipt>> pushes = new ArrayList<>();
    for (int i = 0; i < LIMIT; i++) {
      assertThat(pusher.watch().isFull()).isFalse();
      pushes.add(pushLater("t" + i));
    }
    assertThat(pusher.watch().isFull()).isTrue();
    DriverFuture<PushReceipt> late =
        pusher.push(
            Task.of("late", "").withDelay(Duration.ofHours(1)),
            Completion.none(),
            Urgency.PIPELINED,
            System.nanoTime());
    assertThat(late)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(QueueUnavailableException.class)
        .withMessageContaining("withMaxInFlight");
    answered.countDown();
    for (DriverFuture<PushReceipt> push : pushes) {
      assertThat(push.get().duplicate()).isFalse();
    }
    assertThat(session.pushPermits.availablePermits()).isEqualTo(LIMIT);
    assertThat(server.sent()).extracting(Sent::body).hasSize(LIMIT);
  }

  /** A question for each push would take longer than its deadline on a slow link. */
  @Test
  void thePushesThatWaitTogetherShareAQuestion() throws Exception {
    List<DriverFuture<PushReceipt>> pushes = new ArrayList<>();
    for (int i = 0; i < LIMIT; i++) {
      pushes.add(pushLater("t" + i));
    }
    answered.countDown();
    for (DriverFuture<PushReceipt> push : pushes) {
      assertThat(push.get().duplicate()).isFalse();
    }
    assertThat(server.asked()).hasSizeLessThan(20);
  }

  /** The stages of a user may wait for an answer, which this reader alone reads. */
  @Test
  void theReaderOfTheConnectionDoesNotCompleteThem() throws Exception {
    server.silence(one -> true);
    answered.countDown();
    DriverFuture<PushReceipt> push = pushLater("a");
    TestQueues.await("sent", () -> !server.sent().isEmpty());
    pusher.awaitLine(System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
    String answer = "{\"stream\":\"jetlane\",\"seq\":1}";
    ReadAnswer.read(server.wire(), server.script().lastReplyTo(), answer);
    assertThat(push).isNotDone();
  }

  /** The next push needs no other thread. */
  @Test
  void anEmptyLineIsLeftOut() throws Exception {
    answered.countDown();
    assertThat(pushLater("a").get().duplicate()).isFalse();
    TestQueues.await("an empty line", this::isSentImmediately);
  }

  private boolean isSentImmediately() {
    int before = server.sent().size();
    DriverFuture<PushReceipt> push = push(Task.of("t" + System.nanoTime(), ""), Urgency.PIPELINED);
    boolean sent = server.sent().size() > before;
    assertThat(push.join().duplicate()).isFalse();
    return sent;
  }
}
