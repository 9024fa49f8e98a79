// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.NotSupportedException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.armonik.ArmonikDialect;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each step of a push, without a server. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class PusherStepsTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private List<PartitionAddress> addresses;
  private DelayedTasks delayed;
  private Pusher pusher;
  private AtomicPusher atomic;
  private LongConsumer provideSubject = deadlineNanos -> {};
  private final AtomicReference<Object> told = new AtomicReference<>();
  private final AtomicInteger tellings = new AtomicInteger();

  /** Records the outcomes that it receives. */
  private final Completion<PushReceipt> completion =
      new Completion<>() {
        @Override
        public void succeeding(PushReceipt result) {
          told.set(result);
          tellings.incrementAndGet();
        }

        @Override
        public Throwable failing(Throwable error) {
          told.set(error);
          tellings.incrementAndGet();
          return error;
        }
      };

  private void open(QueueConfig config) {
    open(TestQueues.settings(NatsOptions.defaults().withQueue(config).withMaxInFlight(1)));
  }

  private void open(Settings settings) {
    server.stream("jetlane", "");
    session = new Session(settings, server.wire(), DriverEvents.none());
    addresses = session.settings.layout().addresses("p");
    delayed = new DelayedTasks(session, addresses.get(0));
    pusher =
        new Pusher(
            session, addresses, delayed, deadlineNanos -> provideSubject.accept(deadlineNanos));
    atomic = new AtomicPusher(session, addresses, delayed, pusher.watch());
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private static long now() {
    return System.nanoTime();
  }

  private static Task later(String id, int priority) {
    return Task.of(id, "").withPriority(priority).withDelay(HOUR);
  }

  @SuppressWarnings("NullAway") // This exception has a cause.
  private static Throwable error(DriverFuture<?> push) throws InterruptedException {
    try {
      throw new AssertionError("no error, but " + push.get());
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  /** The only permit belongs to a push without an answer. */
  private void takeThePermit() {
    server.silence(one -> one.subject().equals("jetlane.p"));
    var unused = pusher.push(Task.of("first", ""), Completion.none(), Urgency.PIPELINED, soon());
    assertThat(pusher.watch().isFull()).isTrue();
    server.forget();
  }

  @ParameterizedTest
  @ValueSource(strings = {"push", "batch", "atomic"})
  void aPushThatFindsNoPermitInTimeIsNotSent(String call) throws Exception {
    open(TestQueues.config());
    takeThePermit();
    Throwable error =
        switch (call) {
          case "push" ->
              error(pusher.push(Task.of("second", ""), Completion.none(), Urgency.AWAITED, now()));
          case "batch" -> error(pusher.pushAll(List.of(Task.of("second", "")), 0).get(0));
          default -> catchThrowable(() -> atomic.push(List.of(Task.of("second", "")), now()));
        };
    assertThat(error)
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContainingAll("not sent", "withMaxInFlight");
    assertThat(server.sent()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"push", "batch", "atomic"})
  void anInterruptedWaitForAPermitSendsNothingAndStaysSet(String call) throws Exception {
    open(TestQueues.config());
    takeThePermit();
    Thread.currentThread().interrupt();
    DriverFuture<PushReceipt> push =
        switch (call) {
          case "push" ->
              pusher.push(Task.of("second", ""), Completion.none(), Urgency.AWAITED, soon());
          case "batch" ->
              pusher.pushAll(List.of(Task.of("second", "")), TimeUnit.MINUTES.toNanos(1)).get(0);
          default -> null;
        };
    if (push == null) {
      assertThatThrownBy(() -> atomic.push(List.of(Task.of("second", "")), soon()))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    } else {
      assertThat(Thread.interrupted()).isTrue();
      assertThat(error(push))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContainingAll("push of second", "interrupted");
    }
    assertThat(server.sent()).isEmpty();
  }

  /** Each outcome gives the one permit back. */
  @Test
  void eachOutcomeGivesThePermitBack() throws Exception {
    open(TestQueues.config().withMaxTasks(2));
    String[] outcomes = {
      "{\"stream\":\"jetlane\",\"seq\":1}",
      "{\"stream\":\"jetlane\",\"seq\":1,\"duplicate\":true}",
      AnsweringServer.error(400, 10071),
      AnsweringServer.error(400, 10070),
      AnsweringServer.error(400, 10060),
      "nonsense"
    };
    for (String outcome : outcomes) {
      server.answer("jetlane.p", body -> outcome);
      for (Task task : List.of(Task.of("t", ""), later("t", 0))) {
        DriverFuture<PushReceipt> push =
            pusher.push(task, Completion.none(), Urgency.AWAITED, soon());
        assertThat(push).as(outcome).isDone();
        assertThat(pusher.watch().isFull()).as("permit after %s", outcome).isFalse();
      }
    }
  }

  @Test
  void theAnswerToADelayedPushIsItsOutcome() throws Exception {
    open(TestQueues.config().withMaxTasks(1));
    assertThat(pusher.push(later("a", 0), Completion.none(), Urgency.AWAITED, soon()).get())
        .isEqualTo(new PushReceipt("a", false));
    assertThat(pusher.push(later("a", 0), Completion.none(), Urgency.AWAITED, soon()).get())
        .as("its id is known")
        .isEqualTo(new PushReceipt("a", true));
    assertThat(error(pusher.push(later("b", 0), Completion.none(), Urgency.AWAITED, soon())))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("push of b: the partition is full");
    server.answer("jetlane.p", body -> AnsweringServer.error(400, 10164));
    assertThat(pusher.push(later("c", 0), Completion.none(), Urgency.AWAITED, soon()).get())
        .as("its subject has a task")
        .isEqualTo(new PushReceipt("c", true));
  }

  @Test
  void aDelayedTaskHasItsHeaders() throws Exception {
    open(TestQueues.config().withPriorities(3));
    Task task =
        later("a", 2).withHeader("Color", "blue").withDeadline(Instant.EPOCH.plusSeconds(9));
    pusher.push(task, Completion.none(), Urgency.AWAITED, soon()).get();
    pusher.push(later("b", 0), Completion.none(), Urgency.AWAITED, soon()).get();
    Sent first = server.sent().get(0);
    assertThat(first.subject()).isEqualTo(addresses.get(0).delayedSubject("a"));
    assertThat(first.header(WireHeaders.MESSAGE_ID)).isEqualTo("p/a");
    assertThat(first.header(WireHeaders.DELAY)).isEqualTo("PT1H");
    assertThat(first.header(WireHeaders.PRIORITY)).isEqualTo("2");
    assertThat(first.header(WireHeaders.EXPECTED_LAST_ON_SUBJECT)).isEqualTo("0");
    assertThat(first.header(WireHeaders.EXPECTED_LAST_ID)).isEmpty();
    assertThat(first.header(WireHeaders.DEADLINE)).isEqualTo("1970-01-01T00:00:09Z");
    assertThat(first.header("Color")).isEqualTo("blue");
    assertThat(server.sent().get(1).header(WireHeaders.PRIORITY)).isEmpty();
  }

  /** An asynchronous push asks for the room on another thread, and tells its completion once. */
  @Test
  void anAsynchronousDelayedPushTellsItsCompletion() throws Exception {
    open(TestQueues.config().withMaxTasks(1));
    pusher.push(later("a", 0), completion, Urgency.PIPELINED, soon()).get();
    assertThat(told.get()).isEqualTo(new PushReceipt("a", false));
    assertThat(error(pusher.push(later("b", 0), completion, Urgency.PIPELINED, soon())))
        .isInstanceOf(QueueFullException.class)
        .isSameAs(told.get());
    pusher.awaitLine(soon()); // The thread of the line would ask for the room of the next push.
    session.api.close();
    assertThat(error(pusher.push(later("c", 0), completion, Urgency.PIPELINED, soon())))
        .isInstanceOf(QueueClosedException.class)
        .hasMessageContaining("push of c")
        .isSameAs(told.get());
    assertThat(tellings.get()).isEqualTo(3);
  }

  /** Each task has its own outcome, in order. */
  @Test
  void aBatchOfDelayedTasksGetsTheRoomOnce() throws Exception {
    open(TestQueues.config().withMaxTasks(2));
    List<DriverFuture<PushReceipt>> pushes =
        pusher.pushAll(
            List.of(later("a", 0), later("a", 0), later("b", 0), later("c", 0)),
            TimeUnit.MINUTES.toNanos(1));
    assertThat(pushes.get(0).get()).isEqualTo(new PushReceipt("a", false));
    assertThat(pushes.get(1).get()).isEqualTo(new PushReceipt("a", true));
    assertThat(pushes.get(2).get()).isEqualTo(new PushReceipt("b", false));
    assertThat(error(pushes.get(3))).isInstanceOf(QueueFullException.class);
  }

  /** The stream lists its subjects, and the subject cannot be added. */
  @Test
  void anErrorOfTheMissingSubjectIsTheErrorOfThePush() throws Exception {
    Settings plain = TestQueues.settings(NatsOptions.armonik());
    open(plain);
    assertThat(plain.dialect()).isSameAs(ArmonikDialect.INSTANCE);
    QueueUnavailableException planted = new QueueUnavailableException("planted", null);
    AtomicInteger provided = new AtomicInteger();
    provideSubject =
        deadlineNanos -> {
          provided.incrementAndGet();
          throw planted;
        };
    server.answer("p", body -> AnsweringServer.NO_RESPONDERS);
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
    DriverFuture<PushReceipt> push =
        pusher.push(Task.of("t", ""), completion, Urgency.AWAITED, deadlineNanos);
    assertThat(error(push)).isSameAs(planted);
    assertThat(told.get()).isSameAs(planted);
    assertThat(provided.get()).isEqualTo(1);
    assertThat(pusher.watch().isFull()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"2.12.0, false", "2.12.1, true", "2.15.1, true"})
  void atomicPushesNeedAServerThatHasThem(String version, boolean possible) {
    server.script().information("\"version\":\"" + version + "\"");
    open(TestQueues.config());
    List<Task> tasks = List.of(Task.of("a", ""), Task.of("b", ""));
    if (possible) {
      assertThat(atomic.push(tasks, soon())).hasSize(2);
    } else {
      assertThatThrownBy(() -> atomic.push(tasks, soon()))
          .isInstanceOf(NotSupportedException.class)
          .hasMessageContainingAll(version, "2.12.1");
      assertThat(server.sent()).isEmpty();
    }
  }

  /** Of several tasks with one id the first one is stored. */
  @Test
  void anIdThatAppearsTwiceIsADuplicateTheSecondTime() {
    open(TestQueues.config());
    List<Task> tasks = List.of(Task.of("a", "1"), Task.of("b", "2"), Task.of("a", "3"));
    assertThat(atomic.push(tasks, soon()))
        .extracting(PushReceipt::taskId, PushReceipt::duplicate)
        .containsExactly(tuple("a", false), tuple("b", false), tuple("a", true));
    assertThat(server.sent()).extracting(Sent::body).containsExactly("1", "2");
    assertThat(pusher.watch().isFull()).isFalse();
  }

  /** The server does not name the known id, so each is asked for; the others are stored. */
  @Test
  void theUnknownTasksOfARefusedBatchAreStored() {
    open(TestQueues.config());
    AtomicInteger batches = new AtomicInteger();
    server.answerMessages(
        one -> {
          if (one.header(WireHeaders.EXPECTED_LAST_ID).isEmpty()) {
            return batches.incrementAndGet() == 1
                ? AnsweringServer.error(400, 10201)
                : "{\"stream\":\"jetlane\",\"seq\":9}";
          }
          boolean known = one.header(WireHeaders.MESSAGE_ID).equals("p/known");
          return AnsweringServer.error(400, known ? 10071 : 10070);
        });
    assertThat(atomic.push(List.of(Task.of("known", ""), Task.of("new", "")), soon()))
        .extracting(PushReceipt::taskId, PushReceipt::duplicate)
        .containsExactly(tuple("known", true), tuple("new", false));
    assertThat(batches.get()).isEqualTo(2);
    assertThat(pusher.watch().isFull()).isFalse();
  }

  /** Delayed tasks of all priorities and the ready ones of the same priority take the room. */
  @ParameterizedTest
  @CsvSource({
    "1, d0, true", "1, d0 d1, false", "2, d0 d1, true", "2, d0 d1 d0, false", "2, r0 d0, true",
    "1, r0 d0, false", "1, r0 d1, true", "2, r0 d1 d0, false", "3, r0 d1 d0, true", "1, r0 r1, true"
  })
  void aBatchThatDoesNotFitIsNotSent(int room, String kinds, boolean fits) {
    open(TestQueues.config().withPriorities(2).withMaxTasks(room));
    List<Task> tasks = new ArrayList<>();
    for (String kind : kinds.split(" ", -1)) {
      int priority = kind.charAt(1) - '0';
      String id = "t" + tasks.size();
      tasks.add(
          kind.startsWith("d") ? later(id, priority) : Task.of(id, "").withPriority(priority));
    }
    if (fits) {
      assertThat(atomic.push(tasks, soon())).noneMatch(PushReceipt::duplicate);
    } else {
      assertThatThrownBy(() -> atomic.push(tasks, soon()))
          .isInstanceOf(QueueFullException.class)
          .hasMessageContaining("no room");
      assertThat(server.subjects()).isEmpty();
    }
    assertThat(pusher.watch().isFull()).isFalse();
  }

  /** The room is asked for before a permit is taken. */
  @ParameterizedTest
  @ValueSource(strings = {"push", "batch", "asynchronous", "atomic"})
  void anErrorOfTheRoomTakesNoPermit(String call) throws Exception {
    open(TestQueues.config().withMaxTasks(5));
    server.answer("STREAM.INFO", body -> AnsweringServer.error(500, 10008));
    for (int time = 1; time <= 2; time++) {
      Task task = later("t" + time, 0);
      Throwable error =
          switch (call) {
            case "push" -> error(pusher.push(task, completion, Urgency.AWAITED, soon()));
            case "asynchronous" -> error(pusher.push(task, completion, Urgency.PIPELINED, soon()));
            case "batch" ->
                error(pusher.pushAll(List.of(task), TimeUnit.MINUTES.toNanos(1)).get(0));
            default -> catchThrowable(() -> atomic.push(List.of(task), soon()));
          };
      assertThat(error)
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("count the messages of jetlane");
      assertThat(pusher.watch().isFull()).as("a permit is kept").isFalse();
    }
    assertThat(tellings.get()).isEqualTo(call.matches("push|asynchronous") ? 2 : 0);
    assertThat(server.sent()).isEmpty();
  }

  /** The question for the room belongs to the time of the push. */
  @Test
  void anAsynchronousDelayedPushHasOneDeadline() throws Exception {
    open(TestQueues.config().withMaxTasks(5));
    CountDownLatch end = new CountDownLatch(1);
    server.answer(
        "STREAM.INFO",
        body -> {
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return null;
        });
    long beganNanos = System.nanoTime();
    long deadlineNanos = beganNanos + TimeUnit.MILLISECONDS.toNanos(100);
    assertThat(error(pusher.push(later("t", 0), completion, Urgency.PIPELINED, deadlineNanos)))
        .isInstanceOf(QueueUnavailableException.class)
        .isSameAs(told.get());
    assertThat(System.nanoTime() - beganNanos).isLessThan(TimeUnit.SECONDS.toNanos(4));
    end.countDown();
    assertThat(pusher.watch().isFull()).isFalse();
  }
}
