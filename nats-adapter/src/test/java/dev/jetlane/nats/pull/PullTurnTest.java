// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pull that does not get the turn, and the end of the subscription with its puller. */
@Timeout(60)
class PullTurnTest {

  private final PullScene scene = new PullScene();
  private final NatsPull puller = (NatsPull) scene.puller(PullOptions.defaults());

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  /** A turn that is released twice lets two pulls run at the same time. */
  @Test
  void aPullThatDoesNotGetTheTurnDoesNotReleaseIt() throws Exception {
    assertThat(puller.turn.tryAcquire()).isTrue();
    assertThat(puller.pull(1, 1, PullScene.inMillis(5))).isEmpty();
    assertThat(puller.turn.availablePermits()).as("after the wait").isZero();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> puller.pull(1, 1, PullScene.late()))
        .isInstanceOf(InterruptedException.class);
    assertThat(puller.turn.availablePermits()).as("after an interrupt").isZero();
    puller.turn.release();
    scene.onRequest = (reply, body) -> scene.task();
    assertThat(puller.pull(1, 1, PullScene.late())).hasSize(1);
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  /** The close waits for the pull before, which may take its time. */
  @Test
  void aPullOfAClosingPullerFailsWithoutTheTurn() throws Exception {
    assertThat(puller.turn.tryAcquire()).isTrue();
    CompletableFuture<List<Delivery>> closed =
        PullScene.inBackground(
            () -> {
              puller.close();
              return List.of();
            });
    TestQueues.await("a close that waits", puller.turn::hasQueuedThreads);
    CompletableFuture<List<Delivery>> late =
        PullScene.inBackground(() -> puller.pull(1, 1, PullScene.late()));
    assertThatThrownBy(() -> late.get(PullScene.SOON_SECONDS / 2, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(closed).isNotDone();
    puller.turn.release();
    assertThat(closed.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
  }

  /**
   * A pull may have the turn for a long time, such as one whose step waits for a thread of a busy
   * worker.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseEndsAtItsDeadlineAndThePullGivesTheTasksBack(boolean interrupted) throws Exception {
    List<PullDriver> closed = new ArrayList<>();
    NatsPull ahead =
        (NatsPull)
            new Pullers(scene.session, scene.addresses, scene.status)
                .make(PullOptions.defaults().withPrefetch(5), scene::delivery, closed::add);
    scene.onRequest =
        (reply, body) -> {
          scene.task();
          if (body.contains("expires")) {
            scene.task();
          } else {
            scene.end(reply, 404, "No Messages");
          }
        };
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    assertThat(ahead.turn.tryAcquire()).isTrue();
    long deadlineNanos = PullScene.inMillis(20);
    CompletableFuture<Boolean> closing =
        PullScene.inBackground(
            () -> {
              if (interrupted) {
                Thread.currentThread().interrupt();
              }
              ahead.close(deadlineNanos);
              return Thread.interrupted();
            });
    assertThat(closing.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .as("whether the thread stays interrupted")
        .isEqualTo(interrupted);
    assertThat(System.nanoTime() - deadlineNanos).as("time after the deadline").isNotNegative();
    assertThat(closed).containsExactly(ahead);
    assertThat(ahead.turn.availablePermits()).as("the turn of the pull").isZero();
    assertThat(scene.naks()).isEmpty();
    ahead.ended(null);
    assertThat(scene.naks()).hasSize(2);
    assertThat(scene.server.calls()).endsWith("flush");
    assertThat(scene.server.subscription().isActive()).isFalse();
    assertThat(ahead.turn.availablePermits()).isEqualTo(1);
    ahead.close(PullScene.now());
    assertThat(scene.naks()).hasSize(2);
  }

  /** A deadline that never comes is no deadline in the past. */
  @Test
  void aCloseWithoutADeadlineWaitsForTheTurn() throws Exception {
    assertThat(puller.turn.tryAcquire()).isTrue();
    CompletableFuture<List<Delivery>> closing =
        PullScene.inBackground(
            () -> {
              puller.close(DriverClock.NEVER);
              return List.of();
            });
    TestQueues.await("a close that waits", puller.turn::hasQueuedThreads);
    assertThat(closing).isNotDone();
    puller.turn.release();
    assertThat(closing.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  /** A callback may block, and the timer extends the leases of all tasks. */
  @Test
  void aPullWithoutTheTurnCompletesOnAThreadOfThePulls() throws Exception {
    assertThat(puller.turn.tryAcquire()).isTrue();
    DriverFuture<List<Delivery>> async =
        puller.pullAsync(1, 1, PullScene.late(), Completion.none());
    CompletableFuture<String> thread =
        async.thenApply(none -> none + " on " + Thread.currentThread().getName());
    assertThat(async.cancel(true)).isFalse();
    assertThat(thread.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .startsWith("[] on ")
        .contains("pull");
    assertThat(puller.turn.availablePermits()).isZero();
    puller.turn.release();
  }

  /** Its limits are those of the call, whatever thread runs it. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "prefetch", "priorities"})
  void anAsynchronousPullHasTheLimitsOfItsCall(String kind) throws Exception {
    int priorities = kind.equals("priorities") ? 2 : 1;
    try (PullScene own = new PullScene(TestQueues.config().withPriorities(priorities))) {
      PartitionPull pull =
          own.puller(PullOptions.defaults().withPrefetch(kind.equals("prefetch") ? 5 : 0));
      own.onRequest =
          (reply, body) -> {
            if (body.contains("no_wait") && !body.contains("expires")) {
              own.end(reply, 404, "No Messages");
            }
          };
      DriverFuture<List<Delivery>> async =
          pull.pullAsync(3, 1_000, PullScene.late(), Completion.none());
      TestQueues.await(
          "the waiting requests",
          () -> own.requests().stream().filter(body -> body.contains("expires")).count() > 0);
      assertThat(own.requests().get(0)).startsWith("{\"batch\":3,\"max_bytes\":1000,");
      assertThat(own.requests()).last().asString().contains("\"expires\":4000000000}");
      assertThat(async.cancel(true)).isFalse();
      assertThat(async.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    }
  }

  /** A subscription that stays would receive tasks, and no worker would. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "prefetch", "priorities"})
  void theSubscriptionEndsWithItsPuller(String kind) throws Exception {
    NatsOptions options =
        NatsOptions.defaults()
            .withQueue(TestQueues.config().withPriorities(kind.equals("priorities") ? 3 : 1))
            .withRequestTimeout(Duration.ofMillis(300));
    try (PullScene own = new PullScene(options)) {
      PartitionPull pull =
          own.puller(PullOptions.defaults().withPrefetch(kind.equals("prefetch") ? 5 : 0));
      own.onRequest = (reply, body) -> own.end(reply, 404, "No Messages");
      assertThat(pull.pull(1, 1, PullScene.now())).isEmpty();
      own.server.forgetCalls();
      pull.close();
      assertThat(own.server.calls()).containsOnlyOnce("drain");
      assertThat(own.server.subscription().isActive()).isFalse();
      pull.close();
      assertThat(own.server.calls()).as("after a second close").containsOnlyOnce("drain");
    }
  }
}
