// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import io.nats.client.support.Status;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each end of a pull that waits without a thread, and what the next pull finds. */
@Timeout(120)
class IdlePullEndTest {

  private final PullScene scene =
      new PullScene(
          NatsOptions.defaults()
              .withQueue(TestQueues.config().withMaxDeliveries(3))
              .withRequestTimeout(Duration.ofSeconds(2)));

  private final NatsPull puller = (NatsPull) scene.puller(PullOptions.defaults());

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  private IdlePull pull(Completion<? super List<Delivery>> completion) {
    return (IdlePull) puller.pullAsync(2, 1_000, PullScene.late(), completion);
  }

  private IdlePull waiting() {
    return waiting(Completion.none());
  }

  private IdlePull waiting(Completion<? super List<Delivery>> completion) {
    int before = scene.requests().size();
    IdlePull pull = pull(completion);
    TestQueues.await(
        "a request, and no step",
        () -> scene.requests().size() > before && scene.session.steps.getActiveCount() == 0);
    return pull;
  }

  /** Rings with a message that the inbox has. */
  private void arrive(IdlePull pull) {
    String unused = scene.task();
    pull.came(scene.server.bring(scene.server.lastReplyTo(), "", end()));
  }

  private static Status end() {
    return new Status(404, "No Messages");
  }

  /** A worker pulls again in the completion. */
  @Test
  void atItsCompletionTheTurnIsFreeAndTheResultIsRecorded() throws Exception {
    List<Object> seen = new CopyOnWriteArrayList<>();
    IdlePull pull =
        waiting(
            new Completion<>() {
              @Override
              public void succeeding(List<Delivery> result) {
                seen.add(puller.turn.availablePermits());
                seen.add(scene.status.hasPulled());
                seen.add(scene.session.lookout.isEmpty());
              }

              @Override
              public Throwable failing(Throwable error) {
                return error;
              }
            });
    arrive(pull);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).hasSize(1);
    assertThat(seen).containsExactly(1, true, true);
    pull.join().clear();
  }

  @Test
  void eachFailureReleasesTheTurnAndIsRecorded() throws Exception {
    IdlePull pull = waiting();
    scene.end(scene.server.lastReplyTo(), 409, "Consumer Deleted");
    pull.came(scene.server.bring("x", "", end()));
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("Consumer Deleted");
    assertThat(scene.failedPull().error().getMessage()).contains("Consumer Deleted");
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
    assertThat(scene.session.lookout.isEmpty()).isTrue();
    IdlePull next = waiting();
    arrive(next);
    assertThat(next.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).hasSize(1);
    assertThat(scene.status.failedPull()).isNull();
  }

  /** It must not be lost: the worker would wait forever. */
  @Test
  void anUnexpectedFailureEndsThePull() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          throw new IllegalArgumentException("planted");
        };
    IdlePull pull = pull(Completion.none());
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("planted");
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
    scene.onRequest = (reply, body) -> {};
    IdlePull next = waiting();
    arrive(next);
    assertThat(next.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).hasSize(1);
  }

  @Test
  void aFailureGivesBackWhatHasArrived() throws Exception {
    IdlePull pull = waiting();
    String unused = scene.task();
    scene.session.monitor.markClosed();
    pull.came(scene.server.bring("x", "", end()));
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(scene.naks()).hasSize(1);
    assertThat(scene.status.failedPull()).as("a close is no failure").isNull();
  }

  /** A cancelled pull hands out what it has, and withdraws its request. */
  @Test
  void aCancellationTakesWhatHasArrived() throws Exception {
    IdlePull pull = waiting();
    String unused = scene.task();
    assertThat(pull.cancel(true)).isFalse();
    assertThat(pull.cancel(true)).isFalse();
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).hasSize(1);
    assertThat(scene.sent("{")).as("tasks in flight are awaited").hasSize(1);
    assertThat(scene.server.calls()).contains("drain");
    assertThat(scene.naks()).isEmpty();
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
    assertThat(pull.cancel(true)).isFalse();
    assertThat(pull.isEnding()).isFalse();
  }

  /** They did not fit: their leases would run unused. */
  @Test
  void aCancellationGivesBackWhatDoesNotFit() throws Exception {
    IdlePull pull = waiting();
    for (int i = 0; i < 3; i++) {
      String unused = scene.task();
    }
    assertThat(pull.cancel(true)).isFalse();
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).hasSize(2);
    assertThat(scene.naks()).hasSize(1);
  }

  @Test
  void aCancellationMovesUsedUpTasks() throws Exception {
    IdlePull pull = waiting();
    String unused = scene.task(0, 4, 1, 0);
    assertThat(pull.cancel(true)).isFalse();
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(scene.exhausted).hasSize(1);
    assertThat(scene.naks()).isEmpty();
  }

  /** The cancellation belongs to the pull before. */
  @Test
  void afterACancelledPullACloseWakesABlockingOne() throws Exception {
    IdlePull cancelled = waiting();
    assertThat(cancelled.cancel(true)).isFalse();
    assertThat(cancelled.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    int before = scene.requests().size();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                ended.completeExceptionally(
                    new AssertionError("pulled " + puller.pull(1, 1_000, PullScene.late())));
              } catch (QueueClosedException | InterruptedException e) {
                ended.complete(e);
              }
            });
    thread.start();
    TestQueues.await("a request", () -> scene.requests().size() > before);
    puller.close();
    assertThat(ended.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(QueueClosedException.class);
    assertThat(scene.server.published()).as("a wake").anyMatch(one -> one.replyTo().endsWith("w"));
  }

  @Test
  void aCloseEndsAWaitingPull() {
    IdlePull pull = waiting();
    puller.close();
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class)
        .hasMessageContaining("the puller is closed");
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  /** No thread runs its first step. */
  @Test
  void withAClosedQueueAPullThatWaitsForTheTurnFails() {
    assertThat(puller.turn.tryAcquire()).isTrue();
    scene.session.close();
    IdlePull pull = pull(Completion.none());
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class)
        .hasMessageContaining("the queue is closed");
    puller.turn.release();
    scene.session.monitor.markClosed();
    IdlePull free = pull(Completion.none());
    assertThat(free).isDone();
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  /** The threads of the queue are at work until its close. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseEndsAPullWhoseStepHasNotBegun(boolean cancelled) throws Exception {
    IdlePull waiting = cancelled ? waiting() : null;
    ThreadPoolExecutor threads = cancelled ? scene.session.withdrawals : scene.session.steps;
    for (int i = 0; i < threads.getMaximumPoolSize(); i++) {
      threads.execute(() -> assertThatThrownBy(() -> new CountDownLatch(1).await()));
    }
    IdlePull pull = waiting == null ? pull(Completion.none()) : waiting;
    if (cancelled) {
      pull.cancel(true);
    }
    assertThat(threads.getQueue()).hasSize(1);
    scene.session.monitor.markClosed();
    scene.session.close();
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  @Test
  void withAClosedPullerNoPullWaitsForTheTurn() {
    assertThat(puller.turn.tryAcquire()).isTrue();
    puller.close(PullScene.inMillis(20));
    IdlePull pull = pull(Completion.none());
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class)
        .hasMessageContaining("the puller is closed");
  }

  /** The turn comes free later than the first checks for it. */
  @Test
  void aPullWaitsForTheTurnAgainAndAgain() throws Exception {
    assertThat(puller.turn.tryAcquire()).isTrue();
    IdlePull pull = pull(Completion.none());
    scene.pass(Duration.ofMillis(50));
    assertThat(pull).isNotDone();
    assertThat(scene.requests()).isEmpty();
    puller.turn.release();
    TestQueues.await("a request", () -> scene.requests().size() == 1);
    pull.cancel(true);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void aPullThatIsOverBeforeItsTurnIsEmpty() throws Exception {
    assertThat(puller.turn.tryAcquire()).isTrue();
    IdlePull pull =
        (IdlePull) puller.pullAsync(2, 1_000, PullScene.inMillis(230), Completion.none());
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(puller.turn.availablePermits()).isZero();
  }

  /** The checks without a request continue until there is a connection. */
  @Test
  void aPullWithoutAConnectionAsksOnceItIsBack() throws Exception {
    scene.server.disconnect();
    IdlePull pull = pull(Completion.none());
    scene.pass(Duration.ofMillis(350));
    assertThat(scene.requests()).isEmpty();
    scene.server.connect();
    TestQueues.await("a request", () -> scene.requests().size() == 1 && pull.sent != null);
    assertThat(pull).isNotDone();
    pull.cancel(true);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void aPullWithoutAConnectionFailsAtItsEnd() {
    scene.server.disconnect();
    IdlePull pull =
        (IdlePull) puller.pullAsync(2, 1_000, PullScene.inMillis(230), Completion.none());
    assertThatThrownBy(() -> pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueUnavailableException.class);
    scene.server.close();
    IdlePull dead = pull(Completion.none());
    assertThatThrownBy(() -> dead.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("the connection was closed");
  }

  /** Other pullers had requested more tasks than there were. */
  @Test
  void behindOtherPullersThePullWaitsForOneTask() throws Exception {
    IdlePull pull = waiting();
    scene.end(scene.server.lastReplyTo(), 408, "Requests Pending");
    pull.came(scene.server.bring("x", "", end()));
    TestQueues.await("a second request", () -> scene.requests().size() == 2 && pull.sent != null);
    scene.end(scene.server.lastReplyTo(), 404, "No Messages");
    pull.came(scene.server.bring("x", "", end()));
    TestQueues.await("a third request", () -> scene.requests().size() == 3 && pull.sent != null);
    assertThat(scene.requests().get(0)).startsWith("{\"batch\":2,");
    assertThat(scene.requests().get(1)).startsWith("{\"batch\":1,").doesNotContain("no_wait");
    assertThat(scene.requests().get(2)).startsWith("{\"batch\":2,").contains("no_wait");
    assertThat(scene.status.hasPulled()).as("an empty end is a success").isTrue();
    pull.cancel(true);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void usedUpTasksAloneDoNotEndTheWait() throws Exception {
    IdlePull pull = waiting();
    scene.onRequest =
        (reply, body) -> {
          if (scene.requests().size() < 4) {
            scene.end(reply, 404, "No Messages");
          }
        };
    scene.task(0, 4, 1, 0);
    scene.task(0, 4, 1, 0);
    pull.came(scene.server.bring("x", "", end()));
    TestQueues.await("both letters", () -> scene.exhausted.size() == 2);
    TestQueues.await(
        "another waiting request", () -> scene.requests().size() == 4 && pull.sent != null);
    assertThat(scene.requests().get(3)).contains("\"expires\":4000000000");
    assertThat(pull).isNotDone();
    arrive(pull);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).hasSize(1);
  }

  /** Pulls of workers end at common moments, never earlier than they were asked to. */
  @Test
  void onlyThePullsOfAWorkerEndAtCommonMoments() {
    long second = TimeUnit.SECONDS.toNanos(1);
    long untilNanos = PullScene.late();
    IdlePull exact =
        (IdlePull) Objects.requireNonNull(puller.pullIdly(1, 1, untilNanos, Completion.none()));
    assertThat(exact.untilNanos()).isEqualTo(untilNanos);
    puller.ofWorker();
    for (long offset : new long[] {0, 1, second / 2, second - 1}) {
      long at = Math.floorDiv(untilNanos, second) * second + offset;
      IdlePull pull =
          (IdlePull) Objects.requireNonNull(puller.pullIdly(1, 1, at, Completion.none()));
      assertThat(Math.floorMod(pull.untilNanos(), second)).isZero();
      assertThat(pull.untilNanos() - at).isBetween(0L, second - 1);
      pull.endWithin(TimeUnit.HOURS.toNanos(1));
      assertThat(pull.untilNanos() - at).as("a later end").isBetween(0L, second - 1);
      pull.endWithin(second);
      assertThat(pull.untilNanos() - System.nanoTime()).isLessThanOrEqualTo(second);
      assertThat(pull.isOver()).isFalse();
      pull.endWithin(0);
      assertThat(pull.isOver()).isTrue();
    }
  }

  @Test
  void aRequestIsNotLongerThanThePull() throws Exception {
    scene.server.information("\"version\":\"2.15.1\",\"jetstream\":true");
    IdlePull pull =
        (IdlePull) puller.pullAsync(2, 1_000, PullScene.inMillis(1_500), Completion.none());
    TestQueues.await("a request", () -> scene.requests().size() == 1);
    long nanos = Long.parseLong(scene.requests().get(0).replaceAll("^.*\"expires\":|}$", ""));
    assertThat(nanos).isBetween(1L, TimeUnit.MILLISECONDS.toNanos(1_500));
    TestQueues.await("no step", () -> scene.session.steps.getActiveCount() == 0);
    pull.cancel(true);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
  }

  /** An arrival that is remembered would keep a thread until the end of the next request. */
  @Test
  void anArrivalBelongsToItsRequest() throws Exception {
    IdlePull pull = waiting();
    scene.end(scene.server.lastReplyTo(), 404, "No Messages");
    pull.came(scene.server.bring("x", "", end()));
    TestQueues.await(
        "another request, and no step",
        () ->
            scene.requests().size() == 2
                && pull.sent != null
                && scene.session.steps.getActiveCount() == 0);
    assertThat(pull.hasArrived()).isFalse();
    SentRequest second = pull.sent;
    pull.ring();
    TestQueues.await("the end of the step", () -> scene.session.steps.getActiveCount() == 0);
    assertThat(pull.sent).isSameAs(second);
    pull.cancel(true);
    assertThat(pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void eachTroubleOfAWaitingRequestIsSeen() throws Exception {
    List<Runnable> troubles =
        List.of(
            scene.status::recreated,
            scene::reconnect,
            scene.server::disconnect,
            () -> {
              String next = scene.addresses.get(0).nextSubject;
              scene.wire.errorOccurred(
                  scene.server.connection(),
                  "Permissions Violation for Publish to \"" + next + "\"");
            },
            scene.session.monitor::markClosed);
    for (Runnable trouble : troubles) {
      scene.server.connect();
      IdlePull waits =
          new IdlePull(puller, new PullBatch(1, 1), PullScene.late(), Completion.none());
      scene.session.refusals.forget(scene.addresses.get(0).nextSubject);
      waits.sent =
          new SentRequest(
              "x",
              1,
              TimeUnit.MINUTES.toNanos(1),
              new RequestTarget(scene.session.monitor.epoch(), scene.status.recreations()),
              System.nanoTime());
      assertThat(puller.looks(waits)).isFalse();
      trouble.run();
      assertThat(puller.looks(waits)).as("trouble %s", troubles.indexOf(trouble)).isTrue();
    }
  }
}
