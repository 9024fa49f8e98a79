// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.wire.ScriptedConnection;
import io.nats.client.impl.Headers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two requests of a dead letter: their contents, their order, and their end. */
@Timeout(120)
class DeadLetterRequestsTest {

  private static final String ALREADY =
      "{\"error\":{\"code\":503,\"err_code\":10077,"
          + "\"description\":\"maximum messages per subject exceeded\"}}";

  private static final LeaseAction.MoveToDeadLetters BAD =
      new LeaseAction.MoveToDeadLetters("bad", DriverClock.NEVER);

  @AutoClose
  private final PullScene scene =
      new PullScene(TestQueues.config().withMaxDeliveries(3).withPriorities(2));

  private final PullContext context = scene.context();

  /** Records what the client receives. */
  private static final class Told implements Completion<Settlement> {

    final List<Object> all = new ArrayList<>();

    @Override
    public void succeeding(Settlement result) {
      all.add(result);
    }

    @Override
    public Throwable failing(Throwable error) {
      all.add(error);
      return error;
    }
  }

  private NatsLease lease(PullContext of, int attempt) {
    Headers headers = new Headers().add("k", "v").add(WireHeaders.MESSAGE_ID, "p/t");
    return scene.lease(of, attempt, headers, "payload");
  }

  private static Map<String, String> headers(ScriptedConnection.Published letter) {
    Map<String, String> all = new HashMap<>();
    PullScene.headers(letter).forEach((name, values) -> all.put(name, String.join(",", values)));
    return all;
  }

  private Told move(NatsLease lease) {
    Told told = new Told();
    DriverFuture<Settlement> unused =
        context.deadLetters.move(lease, BAD, told, Urgency.AWAITED, PullScene.late());
    return told;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aLetterHasTheContentsOfItsTask(int priority) throws Exception {
    PullContext of = scene.context(priority, PullOptions.defaults());
    NatsLease lease = lease(of, 2);
    DriverFuture<Settlement> moved =
        of.deadLetters.move(lease, BAD, Completion.none(), Urgency.AWAITED, PullScene.late());
    assertThat(moved.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEqualTo(Settlement.SETTLED);
    ScriptedConnection.Published letter = scene.stored().get(0);
    assertThat(letter.subject()).isEqualTo(of.address.deadSubject(lease.place()));
    assertThat(letter.body()).isEqualTo("payload");
    Map<String, String> expected =
        new HashMap<>(
            Map.of(
                "k",
                "v",
                WireHeaders.TASK_ID,
                "t",
                WireHeaders.ATTEMPTS,
                "2",
                WireHeaders.REASON,
                "bad",
                WireHeaders.MESSAGE_ID,
                "p/" + lease.place()));
    if (priority > 0) {
      expected.put(WireHeaders.PRIORITY, "1");
    }
    assertThat(headers(letter)).isEqualTo(expected);
    assertThat(scene.sent("+TERM")).containsExactly(lease.replySubject());
  }

  @Test
  void aLetterOfAUsedUpTaskDoesNotCountTheDeliveryThatNobodyReceived() {
    NatsLease lease = lease(context, 4);
    DriverFuture<Settlement> moved =
        context.deadLetters.moveExhausted(
            lease, Completion.none(), Urgency.AWAITED, PullScene.late());
    assertThat(moved).isCompletedWithValue(Settlement.SETTLED);
    assertThat(headers(scene.stored().get(0)))
        .containsEntry(WireHeaders.ATTEMPTS, "3")
        .containsEntry(WireHeaders.REASON, DeadLetter.MAX_DELIVERIES);
  }

  @Test
  void theClientIsToldOnceAfterTheRemoval() throws Exception {
    scene.confirms = false;
    Told told = move(lease(context, 1));
    assertThat(told.all).isEmpty();
    scene.answer(scene.server.lastReplyTo(), "");
    assertThat(told.all).containsExactly(Settlement.SETTLED);
  }

  /** The server has the letter of an earlier try: only the task is left. */
  @Test
  void aLetterThatIsStoredAlreadyIsASuccess() {
    scene.storing = ALREADY;
    NatsLease lease = lease(context, 1);
    assertThat(move(lease).all).containsExactly(Settlement.SETTLED);
    assertThat(scene.sent("+TERM")).containsExactly(lease.replySubject());
  }

  /** The error is that of the request itself, by which the client decides. */
  @Test
  void aRefusedLetterLeavesTheTaskAndSaysWhy() {
    scene.storing = PullScene.FULL;
    Told told = move(lease(context, 1));
    assertThat(told.all).hasSize(1);
    assertThat(told.all.get(0)).isInstanceOf(QueueFullException.class);
    assertThat(((TaskQueueException) told.all.get(0)).getMessage())
        .startsWith("dead letter of task t: ");
    assertThat(scene.sent("+TERM")).isEmpty();
  }

  @Test
  void aRefusedCopyNamesTheRelease() {
    scene.storing = PullScene.FULL;
    DriverFuture<Settlement> back =
        context.deadLetters.putBack(
            lease(context, 3),
            new LeaseAction.PutBack(PullScene.late()),
            Completion.none(),
            Urgency.AWAITED,
            PullScene.late());
    assertThatThrownBy(back::join)
        .hasCauseInstanceOf(QueueFullException.class)
        .hasMessageContaining("release of task t: ");
  }

  /** Not one deadline for each of the two requests. */
  @Test
  void bothRequestsEndByTheDeadlineOfTheCall() {
    scene.confirms = false;
    DriverFuture<Settlement> moved =
        context.deadLetters.move(
            lease(context, 1), BAD, Completion.none(), Urgency.PIPELINED, PullScene.inMillis(50));
    assertThatThrownBy(() -> moved.get(4, TimeUnit.SECONDS))
        .as("the request timeout is longer")
        .hasCauseInstanceOf(TaskQueueException.class);
    assertThat(scene.session.settings.requestTimeout().toSeconds()).isGreaterThan(4);
  }

  /** After each outcome, a close waits for nothing. */
  @Test
  void noOutcomeIsStillUnderWay() throws Exception {
    var unused = move(lease(context, 1));
    scene.storing = PullScene.FULL;
    unused = move(lease(context, 1));
    scene.session.monitor.markClosed();
    unused = move(lease(context, 1));
    long untilNanos = PullScene.late();
    scene.session.requests.awaitIdle(untilNanos);
    assertThat(untilNanos - System.nanoTime()).isGreaterThan(TimeUnit.MINUTES.toNanos(4));
  }

  @Test
  void usedUpTasksAreMovedTogetherAndEachIsReported() throws Exception {
    PullBatch batch = new PullBatch(5, Long.MAX_VALUE);
    batch.addExhausted(lease(context, 4));
    batch.addExhausted(scene.lease(context, 4, id("p/u"), ""));
    context.settleExhausted(batch);
    assertThat(scene.exhausted).containsExactly("p/t", "p/u");
    assertThat(scene.sent("+TERM")).hasSize(2);
    context.settleExhausted(batch);
    assertThat(scene.stored()).as("a second call moves nothing").hasSize(2);
  }

  private static Headers id(String messageId) {
    return new Headers().add(WireHeaders.MESSAGE_ID, messageId);
  }

  /** One that fails must not hide the others. */
  @Test
  void aFailedMoveIsNotReportedAndTheOthersAre() {
    PullBatch batch = new PullBatch(5, Long.MAX_VALUE);
    batch.addExhausted(scene.lease(context, 4, id("p/full"), ""));
    batch.addExhausted(scene.lease(context, 4, id("p/u"), ""));
    scene.storing = null;
    scene.server.onPublish(
        (replyTo, body) -> {
          List<ScriptedConnection.Published> all = scene.stored();
          boolean first = all.size() == 1;
          try {
            scene.answer(
                replyTo, body.startsWith("+") ? "" : first ? PullScene.FULL : PullScene.STORED);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThatThrownBy(() -> context.settleExhausted(batch))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("full");
    assertThat(scene.exhausted).containsExactly("p/u");
  }

  @Test
  void anInterruptDuringAMoveIsAnInterrupt() {
    scene.storing = null;
    PullBatch batch = new PullBatch(5, Long.MAX_VALUE);
    batch.addExhausted(lease(context, 4));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> context.settleExhausted(batch))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  /** The task becomes a dead letter, so its event must come. */
  @Test
  void aMoveThatNoPullWaitsForAnyLongerIsReportedToo() throws Exception {
    scene.storing = null;
    PullBatch batch = new PullBatch(5, Long.MAX_VALUE);
    batch.addExhausted(lease(context, 4));
    batch.addExhausted(scene.lease(context, 4, id("p/u"), ""));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> context.settleExhausted(batch))
        .isInstanceOf(InterruptedException.class);
    assertThat(scene.exhausted).isEmpty();
    for (ScriptedConnection.Published letter : scene.stored()) {
      scene.answer(letter.replyTo(), PullScene.STORED);
    }
    TestQueues.await("the reports of both tasks", () -> scene.exhausted.size() == 2);
    assertThat(scene.exhausted).containsExactlyInAnyOrder("p/t", "p/u");
  }

  /** Not its consumer, which has the number of the priority in its name. */
  @Test
  void theReportOfAPriorityNamesThePartition() throws Exception {
    PullContext high = scene.context(1, PullOptions.defaults());
    PullBatch batch = new PullBatch(5, Long.MAX_VALUE);
    batch.addExhausted(lease(high, 4));
    high.settleExhausted(batch);
    batch.addExhausted(lease(high, 4));
    high.moveExhausted(batch);
    TestQueues.await("both reports", () -> scene.exhausted.size() == 2);
    assertThat(scene.exhausted).containsExactly("p/t", "p/t");
  }

  @Test
  void aMoveWithoutAPullReportsTheTaskOnceItIsRemoved() throws Exception {
    scene.confirms = false;
    PullBatch batch = new PullBatch(5, Long.MAX_VALUE);
    batch.addExhausted(lease(context, 4));
    context.moveExhausted(batch);
    assertThat(scene.exhausted).isEmpty();
    assertThat(batch.hasExhausted()).isFalse();
    scene.answer(scene.server.lastReplyTo(), "");
    TestQueues.await("the report", () -> scene.exhausted.equals(List.of("p/t")));
    scene.storing = PullScene.FULL;
    batch.addExhausted(lease(context, 4));
    context.moveExhausted(batch);
    assertThat(scene.exhausted).as("a failed move is not reported").hasSize(1);
  }

  @Test
  void withoutAConnectionAMoveEndsWithItsDeadline() {
    scene.server.disconnect();
    DriverFuture<Settlement> moved =
        context.deadLetters.move(
            lease(context, 1), BAD, Completion.none(), Urgency.AWAITED, PullScene.inMillis(20));
    assertThatThrownBy(() -> moved.get(4, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueUnavailableException.class);
  }
}
