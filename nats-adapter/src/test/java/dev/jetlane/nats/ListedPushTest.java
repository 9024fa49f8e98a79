// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushes into a stream that lists its subjects, while other clients remove the subject. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Before each test.
class ListedPushTest {

  private final AnsweringServer server = new AnsweringServer("armonik-stream");
  private final List<Long> provided = new CopyOnWriteArrayList<>();
  private final List<Object> told = new CopyOnWriteArrayList<>();
  private final Completion<PushReceipt> completion =
      new Completion<>() {
        @Override
        public void succeeding(PushReceipt result) {
          told.add(result);
        }

        @Override
        public Throwable failing(Throwable error) {
          told.add(error);
          return error;
        }
      };
  private Session session;
  private Pusher pusher;

  @BeforeEach
  void open() {
    session =
        new Session(
            TestQueues.settings(NatsOptions.armonik().withMaxInFlight(1)),
            server.wire(),
            DriverEvents.none());
    List<PartitionAddress> addresses = session.settings.layout().addresses("p");
    pusher =
        new Pusher(session, addresses, new DelayedTasks(session, addresses.get(0)), provided::add);
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long within(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** The subject is missing until it was provided a number of times. */
  private void missingUntil(int times) {
    server.answerMessages(
        one ->
            provided.size() < times
                ? AnsweringServer.NO_RESPONDERS
                : "{\"stream\":\"armonik-stream\",\"seq\":1}");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aPushIsSentAgainAfterItsSubjectWasAdded(int times) throws Exception {
    missingUntil(times);
    Task task = Task.of("t", "").withHeader("Color", "blue");
    long deadlineNanos = within(800);
    assertThat(pusher.push(task, completion, Urgency.AWAITED, deadlineNanos).get())
        .isEqualTo(new PushReceipt("t", false));
    assertThat(told).containsExactly(new PushReceipt("t", false));
    assertThat(provided).hasSize(times).allMatch(each -> each == deadlineNanos);
    assertThat(server.sent())
        .allSatisfy(
            one -> {
              assertThat(one.subject()).isEqualTo("p");
              assertThat(one.body()).isEqualTo("t");
              assertThat(one.header("Color")).isEqualTo("blue");
              assertThat(one.header("Nats-Msg-Id")).isEqualTo("p/t");
            });
    TestQueues.await("the permit", () -> !pusher.watch().isFull());
    assertThat(session.pushPermits.availablePermits())
        .as("each permit is given back once")
        .isEqualTo(1);
  }

  /** The stages of a user may wait for an answer, which this reader alone reads. */
  @ParameterizedTest
  @EnumSource(
      value = Urgency.class,
      names = {"AWAITED", "PIPELINED"})
  void theReaderOfTheConnectionCompletesOnlyABlockingPush(Urgency urgency) throws Exception {
    missingUntil(1);
    AtomicBoolean again = new AtomicBoolean();
    server.silence(
        one -> {
          again.set(!provided.isEmpty());
          return again.get();
        });
    DriverFuture<PushReceipt> push =
        pusher.push(Task.of("t", ""), completion, urgency, within(10_000));
    TestQueues.await("sent again", again::get);
    String answer = "{\"stream\":\"armonik-stream\",\"seq\":1}";
    ReadAnswer.read(server.wire(), server.script().lastReplyTo(), answer);
    if (urgency == Urgency.AWAITED) {
      assertThat(push.get().duplicate()).isFalse();
    } else {
      assertThatThrownBy(() -> push.get(50, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
    }
  }

  /** It is provided once: a subject that is lost repeatedly is an error. */
  @Test
  void aSubjectThatIsLostAgainIsTheError() throws Exception {
    missingUntil(2);
    DriverFuture<PushReceipt> push =
        pusher.push(Task.of("t", ""), completion, Urgency.AWAITED, within(400));
    TestQueues.await("an outcome", push::isDone);
    assertThat(provided).hasSize(1);
    assertThat(push.handle((receipt, error) -> error).join())
        .isInstanceOf(QueueUnavailableException.class)
        .isSameAs(told.get(0));
    assertThat(told).hasSize(1);
    assertThat(pusher.watch().isFull()).isFalse();
  }

  /** A later try was not answered: the task may be stored, and another error would deny it. */
  @Test
  void aPushThatMayBeStoredHasAnUnknownOutcome() throws Exception {
    missingUntil(1);
    server.silence(one -> server.sent().size() > 1);
    DriverFuture<PushReceipt> push =
        pusher.push(Task.of("t", ""), completion, Urgency.AWAITED, within(800));
    TestQueues.await("an outcome", push::isDone);
    assertThat(push.handle((receipt, error) -> error).join())
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(server.sent()).hasSizeGreaterThan(1);
    assertThat(provided).isEmpty();
  }

  /** Another error says nothing about the subject. */
  @Test
  void anotherErrorIsNotAnsweredByAddingTheSubject() throws Exception {
    server.answerMessages(one -> AnsweringServer.error(400, 10060));
    DriverFuture<PushReceipt> push =
        pusher.push(Task.of("t", ""), completion, Urgency.AWAITED, within(10_000));
    TestQueues.await("an outcome", push::isDone);
    assertThat(push.handle((receipt, error) -> error).join()).isSameAs(told.get(0));
    assertThat(provided).isEmpty();
    assertThat(pusher.watch().isFull()).isFalse();
  }

  /** A batch has one permit here, so each push waits for the one before it. */
  @Test
  void eachPushOfABatchHasItsOwnOutcome() throws Exception {
    missingUntil(1);
    List<Task> tasks = List.of(Task.of("a", ""), Task.of("b", "b"), Task.of("c", ""));
    List<PushReceipt> receipts = new ArrayList<>();
    for (DriverFuture<PushReceipt> push :
        pusher.pushAll(tasks, TimeUnit.MILLISECONDS.toNanos(800))) {
      receipts.add(push.get());
    }
    assertThat(receipts).extracting(PushReceipt::taskId).containsExactly("a", "b", "c");
    assertThat(provided).isNotEmpty();
    assertThat(server.sent()).extracting(Sent::body).contains("a", "b", "c");
  }

  /** The queue is closed before the subject is added. */
  @Test
  void aClosedQueueIsTheErrorOfItsPush() {
    session.api.close();
    missingUntil(1);
    DriverFuture<PushReceipt> push =
        pusher.push(Task.of("t", ""), completion, Urgency.AWAITED, within(400));
    TestQueues.await("an outcome", push::isDone);
    Throwable error = push.handle((receipt, thrown) -> thrown).join();
    assertThat(error).isInstanceOf(dev.jetlane.TaskQueueException.class);
    assertThat(error).isNotInstanceOf(CompletionException.class).isSameAs(told.get(0));
    assertThat(provided).isEmpty();
  }
}
