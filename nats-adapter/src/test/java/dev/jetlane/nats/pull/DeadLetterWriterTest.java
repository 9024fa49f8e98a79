// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ReadAnswer;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A dead letter during the close of its queue. The test decides when the first of its two requests
 * is answered.
 */
@Timeout(120)
class DeadLetterWriterTest {

  /** A close that does not wait between the two requests is noticed in about every second round. */
  private static final int ROUNDS = 100;

  private static final String STORED = "{\"stream\":\"jetlane-dead\",\"seq\":1}";
  private static final String FULL =
      "{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"maximum bytes exceeded\"}}";

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private Session session;
  private PullContext context;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    NatsOptions options = NatsOptions.defaults().withRequestTimeout(Duration.ofMinutes(1));
    session = new Session(TestQueues.settings(options), wire, DriverEvents.none());
    PartitionAddress address = session.settings.layout().address("p");
    context =
        new PullContext(
            session,
            address,
            new PartitionStatus(session.settings.queue()),
            PullOptions.defaults(),
            IdlePullTest::delivery);
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private NatsLease lease() {
    return lease(1);
  }

  private NatsLease lease(int attempt) {
    String reply = "$JS.ACK.jetlane.p." + attempt + ".7.7.1700000000000000000.0";
    return new NatsLease(
        context,
        ScriptedConnection.message(context.address.subject, reply, new byte[0], null),
        System.nanoTime());
  }

  /** Stores the letter of a task, without an answer yet. */
  private DriverFuture<Settlement> move() {
    return context.deadLetters.move(
        lease(),
        new LeaseAction.MoveToDeadLetters("refused", soon()),
        Completion.none(),
        Urgency.AWAITED,
        soon());
  }

  private void answer() throws InterruptedException {
    answer(server.lastReplyTo(), STORED);
  }

  private void answer(String replyTo, String text) throws InterruptedException {
    String inbox = replyTo.substring(0, replyTo.lastIndexOf('.')) + ".*";
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    server.handle(inbox, ScriptedConnection.message(replyTo, "", body, null));
  }

  private void refuse(String replyTo) {
    try {
      answer(replyTo, FULL);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Thread closing() {
    Thread closing =
        new Thread(
            () -> {
              try {
                session.requests.awaitIdle(soon());
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    closing.setDaemon(true);
    closing.start();
    return closing;
  }

  private static boolean waits(Thread closing) {
    TestQueues.await(
        "a close that waits, or has waited",
        () ->
            closing.getState() == Thread.State.TIMED_WAITING
                || closing.getState() == Thread.State.TERMINATED);
    return closing.isAlive();
  }

  /** A request may wait for room, and nothing would read the connection meanwhile. */
  @Test
  void theReaderOfTheConnectionDoesNotSendTheRemoval() throws Exception {
    DriverFuture<Settlement> moved = move();
    ReadAnswer.read(wire, server.lastReplyTo(), STORED);
    assertThat(server.calls()).noneMatch(call -> call.startsWith("publish $JS.ACK."));
    assertThat(moved).isNotDone();
  }

  /** Otherwise the letter is stored and the task is delivered again. */
  @Test
  void aCloseStillRemovesTheTaskWhoseLetterIsStored() throws Exception {
    DriverFuture<Settlement> moved = move();
    session.monitor.markClosed();
    server.forgetCalls();
    answer();
    assertThat(server.calls()).anyMatch(call -> call.startsWith("publish $JS.ACK."));
    answer();
    assertThat(moved.get(1, TimeUnit.MINUTES)).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void aCloseWaitsForBothRequests() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      DriverFuture<Settlement> moved = move();
      Thread closing = closing();
      assertThat(waits(closing)).isTrue();
      answer();
      assertThat(waits(closing)).as("the task of round " + round + " is removed first").isTrue();
      answer();
      assertThat(moved.get(1, TimeUnit.MINUTES)).isEqualTo(Settlement.SETTLED);
      closing.join(TimeUnit.SECONDS.toMillis(30));
      assertThat(closing.isAlive()).as("the close after the removal").isFalse();
    }
  }

  @Test
  void aTaskThatCanNoLongerBeRemovedHasAnUnknownOutcome() throws Exception {
    DriverFuture<Settlement> moved = move();
    server.disconnect();
    answer();
    session.close();
    assertThatThrownBy(() -> moved.get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void aRefusedLetterDoesNotDelayAClose() throws Exception {
    session.monitor.markClosed();
    assertThatThrownBy(() -> move().get(1, TimeUnit.MINUTES))
        .hasCauseInstanceOf(QueueClosedException.class);
    Thread closing = closing();
    closing.join(TimeUnit.SECONDS.toMillis(60));
    assertThat(closing.isAlive()).isFalse();
  }

  /** The leased tasks would be given back, and lose an attempt at each pull. */
  @Test
  void aRefusedLetterDoesNotFailAPullWithOtherTasks() throws Exception {
    server.onPublish((replyTo, body) -> refuse(replyTo));
    PullBatch batch = new PullBatch(2, Long.MAX_VALUE);
    batch.addExhausted(lease(context.maxDeliveries + 1));
    assertThatThrownBy(() -> context.settleExhausted(batch)).isInstanceOf(QueueFullException.class);
    batch.addExhausted(lease(context.maxDeliveries + 1));
    batch.add(context.delivery(lease()));
    context.settleExhausted(batch);
    assertThat(batch.deliveries()).hasSize(1);
  }

  /** A nak could make a dead letter of a task that is stored again. */
  @Test
  void aTaskWhoseCopyMayBeStoredIsNotGivenBack() throws Exception {
    NatsLease last = lease(context.maxDeliveries);
    last.giveBack();
    session.requests.close(); // The answer has not come.
    assertThat(server.calls()).doesNotContain("publish " + last.replySubject());
  }
}
