// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.nats.TestQueues;
import io.nats.client.impl.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The turn, the record and the close of a pull, whatever its kind. */
@Timeout(120)
class SharedPullTest {

  private final PullScene scene = new PullScene();
  private final List<Object> closedOnes = new CopyOnWriteArrayList<>();
  private final Scripted pull = new Scripted();

  private interface Body {
    List<? extends Delivery> run(@Nullable Consumer<List<Delivery>> early)
        throws InterruptedException;
  }

  /** Records the calls of its base. */
  private final class Scripted extends SharedPull {

    final List<String> calls = new CopyOnWriteArrayList<>();
    final CountDownLatch woken = new CountDownLatch(1);
    volatile Body body = early -> List.of();
    volatile boolean givesBack = true;
    volatile long patience;

    Scripted() {
      super(
          scene.session,
          scene.status,
          new PullInbox(scene.session, TimeUnit.SECONDS.toNanos(30)),
          closedOnes::add);
    }

    @Override
    public void connect(long deadlineNanos) {}

    @Override
    List<? extends Delivery> pullAlone(
        int max, long maxBytes, long untilNanos, @Nullable Consumer<List<Delivery>> early)
        throws InterruptedException {
      calls.add("pull " + turn.availablePermits());
      return body.run(early);
    }

    @Override
    void pulled() {
      calls.add("pulled " + turn.availablePermits());
    }

    @Override
    long patienceNanos() {
      return patience;
    }

    @Override
    void stop() {
      calls.add("stop");
    }

    @Override
    void wake() {
      calls.add("wake");
      woken.countDown();
    }

    @Override
    void giveBackAll() {
      calls.add("give back " + turn.availablePermits());
    }

    @Override
    boolean hasGivenBack() {
      return givesBack;
    }
  }

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  private List<Delivery> pull() throws InterruptedException {
    return pull.pull(1, 1, System.nanoTime());
  }

  private static QueueUnavailableException unavailable() {
    return new QueueUnavailableException("no answer", null);
  }

  private void expectFree() {
    assertThat(pull.turn.availablePermits()).as("free turns").isEqualTo(1);
  }

  @Test
  void aPullHasTheTurnAndIsRecorded() throws Exception {
    Delivery task = scene.delivery(scene.lease(scene.context(), 1, new Headers(), ""));
    List<Delivery> own = new ArrayList<>(List.of(task));
    pull.body = early -> own;
    List<Delivery> got = pull();
    assertThat(got).containsExactly(task);
    own.clear();
    assertThat(got).as("a later change of the puller's own list").hasSize(1);
    got.clear();
    assertThat(pull.calls).containsExactly("pull 0", "pulled 0");
    assertThat(scene.status.hasPulled()).isTrue();
    expectFree();
  }

  /** The next pull must find the turn free after each end. */
  @Test
  void eachFailureReleasesTheTurnAndTheKindDecidesWhatIsRecorded() throws Exception {
    scene.reconnect();
    List<Throwable> failures =
        List.of(
            unavailable(),
            new QueueClosedException("closed", null),
            new InterruptedException(),
            new IllegalStateException("unexpected"));
    for (Throwable failure : failures) {
      pull.calls.clear();
      pull.body =
          early -> {
            if (failure instanceof InterruptedException interrupt) {
              throw interrupt;
            }
            throw (RuntimeException) failure;
          };
      assertThatThrownBy(this::pull).isSameAs(failure);
      assertThat(pull.calls).containsExactly("pull 0", "pulled 0");
      expectFree();
      boolean recorded = failure instanceof QueueUnavailableException;
      assertThat(scene.status.failedPull() != null).as("%s", failure).isEqualTo(recorded);
      if (recorded) {
        assertThat(scene.failedPull().error()).isSameAs(failure);
        assertThat(scene.failedPull().epoch()).isEqualTo(1);
      }
      assertThat(scene.status.hasPulled()).isFalse();
      scene.status.opened(List.of());
    }
    assertThat(scene.missed).as("reports of a missing server").hasValue(1);
  }

  /** A lost connection reports itself. */
  @Test
  void withoutAConnectionNoConsumerIsMissing() {
    scene.server.disconnect();
    pull.body =
        early -> {
          throw unavailable();
        };
    assertThatThrownBy(this::pull).isInstanceOf(QueueUnavailableException.class);
    assertThat(scene.missed).hasValue(0);
    assertThat(scene.status.failedPull()).isNotNull();
  }

  @Test
  void aPullWithoutAThreadIsRecordedAlike() {
    assertThat(pull.turn.tryAcquire()).isTrue();
    pull.ended(unavailable());
    expectFree();
    assertThat(scene.status.failedPull()).isNotNull();
    assertThat(scene.status.hasPulled()).isFalse();
    assertThat(pull.turn.tryAcquire()).isTrue();
    pull.ended(null);
    expectFree();
    assertThat(scene.status.failedPull()).isNull();
    assertThat(scene.status.hasPulled()).isTrue();
    assertThat(pull.calls).containsExactly("pulled 0", "pulled 0");
  }

  @Test
  void aPullWithoutTheTurnIsEmptyAndNotRecorded() throws Exception {
    assertThat(pull.turn.tryAcquire()).isTrue();
    List<Delivery> none = pull.pull(1, 1, PullScene.inMillis(5));
    none.clear();
    assertThat(none).isEmpty();
    assertThat(pull.calls).isEmpty();
    assertThat(scene.status.hasPulled()).isFalse();
  }

  /** The prefetch watch holds the turn for a moment only. */
  @Test
  void aPatientPullGetsTheTurnAfterItsWait() throws Exception {
    pull.patience = TimeUnit.MINUTES.toNanos(1);
    assertThat(pull.turn.tryAcquire()).isTrue();
    CompletableFuture<List<Delivery>> pulled = PullScene.inBackground(this::pull);
    awaitWaiter();
    pull.turn.release();
    assertThat(pulled.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(pull.calls).containsExactly("pull 0", "pulled 0");
  }

  private void awaitWaiter() {
    TestQueues.await("a thread that waits for the turn", pull.turn::hasQueuedThreads);
  }

  @Test
  void aPullThatGetsTheTurnOfAClosedPullerDoesNotBegin() throws Exception {
    assertThat(pull.turn.tryAcquire()).isTrue();
    CompletableFuture<List<Delivery>> pulled =
        PullScene.inBackground(() -> pull.pull(1, 1, PullScene.late()));
    awaitWaiter();
    CompletableFuture<Boolean> closed = closeInBackground();
    assertThat(pull.woken.await(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    pull.turn.release();
    assertThatThrownBy(() -> pulled.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(closed.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(pull.calls).doesNotContain("pull 0");
    assertThat(scene.status.failedPull()).as("a close is no failure").isNull();
    expectFree();
  }

  private CompletableFuture<Boolean> closeInBackground() {
    return PullScene.inBackground(
        () -> {
          pull.close();
          return true;
        });
  }

  @Test
  void aCloseGivesBackOnceAndReturnsAfterThat() throws Exception {
    pull.close();
    assertThat(pull.calls).containsExactly("stop", "give back 0");
    assertThat(scene.server.calls()).containsExactly("flush");
    assertThat(closedOnes).containsExactly(pull);
    expectFree();
    pull.close();
    assertThat(pull.calls).containsExactly("stop", "give back 0", "stop");
    assertThat(scene.server.calls()).containsExactly("flush");
    expectFree();
    assertThatThrownBy(this::pull)
        .isInstanceOf(QueueClosedException.class)
        .hasMessage("the puller is closed");
  }

  @Test
  void aCloseThatGaveNothingBackNeedsNoExchange() {
    pull.givesBack = false;
    pull.close();
    assertThat(scene.server.calls()).isEmpty();
    assertThat(closedOnes).hasSize(1);
  }

  @Test
  void aCloseWakesThePullAndWaitsForItsEnd() throws Exception {
    assertThat(pull.turn.tryAcquire()).isTrue();
    CompletableFuture<Boolean> closed = closeInBackground();
    assertThat(pull.woken.await(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    awaitWaiter();
    assertThat(pull.calls).containsExactly("stop", "wake");
    assertThat(closed).isNotDone();
    assertThat(closedOnes).isEmpty();
    pull.turn.release();
    assertThat(closed.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(pull.calls).containsExactly("stop", "wake", "give back 0");
    expectFree();
  }

  /** The leases expire instead; the puller is closed anyway. */
  @Test
  void aCloseWithoutAnAnswerOfTheServerEnds() {
    scene.server.onExchange(
        () -> {
          throw new IllegalStateException("closed");
        });
    pull.close();
    assertThat(closedOnes).hasSize(1);
    expectFree();
    scene.server.onExchange(
        () -> {
          throw new TimeoutException("silence");
        });
    pull.close();
    assertThat(closedOnes).hasSize(2);
    expectFree();
  }

  @Test
  void anInterruptedCloseGivesBackTellsItsHolderAndKeepsTheInterrupt() {
    Thread.currentThread().interrupt();
    pull.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(pull.calls).containsExactly("stop", "give back 0");
    assertThat(closedOnes).containsExactly(pull);
    expectFree();
  }

  @Test
  void afterTheCloseOfTheQueueAPullIsRefused() {
    scene.session.monitor.markClosed();
    assertThatThrownBy(this::pull)
        .isInstanceOf(QueueClosedException.class)
        .hasMessage("the queue is closed");
    expectFree();
  }

  @Test
  void theThreadsOfTheHolderAreUsedOnceTheyAreKnown() {
    assertThat(pull.completing()).isSameAs(scene.session.steps);
    pull.completeOn(Runnable::run);
    assertThat(pull.completing()).isNotSameAs(scene.session.steps);
  }

  @Test
  void anAsynchronousPullOfAClosedQueueFails() {
    scene.close();
    List<Object> told = new CopyOnWriteArrayList<>();
    DriverFuture<List<Delivery>> future = pull.pullAsync(1, 1, PullScene.late(), recording(told));
    assertThatThrownBy(() -> future.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(QueueClosedException.class)
        .hasMessageContaining("the queue is closed");
    assertThat(told).hasSize(1);
  }

  /** A worker ends with its queue, and continues after any other failure of a pull. */
  @Test
  void anAsynchronousPullWithoutAThreadIsNoCloseOfTheQueue() {
    QueueClosedException closed = new QueueClosedException("closed", null);
    assertThat(SharedPull.notStarted(closed)).isSameAs(closed);
    OutOfMemoryError full = new OutOfMemoryError("unable to create native thread");
    assertThat(SharedPull.notStarted(full))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("no thread for a pull: " + full)
        .hasCause(full);
  }

  static Completion<List<Delivery>> recording(List<Object> told) {
    return new Completion<>() {
      @Override
      public void succeeding(List<Delivery> result) {
        told.add(List.copyOf(result));
      }

      @Override
      public Throwable failing(Throwable error) {
        told.add(error);
        return error;
      }
    };
  }

  @Test
  void anAsynchronousPullEndsAsThePullDoes() throws Exception {
    List<Object> told = new CopyOnWriteArrayList<>();
    assertThat(
            pull.pullAsync(1, 1, System.nanoTime(), recording(told))
                .get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .isEmpty();
    TaskQueueException failure = unavailable();
    pull.body =
        early -> {
          throw failure;
        };
    DriverFuture<List<Delivery>> failed = pull.pullAsync(1, 1, System.nanoTime(), recording(told));
    assertThatThrownBy(() -> failed.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasCause(failure);
    assertThat(told).containsExactly(List.of(), failure);
  }

  /** The tasks are handed over, so the status of the partition has the failure. */
  @Test
  void aFailureAfterTheHandOverIsNotToldToTheCaller() throws Exception {
    List<Object> told = new CopyOnWriteArrayList<>();
    Delivery task = scene.delivery(scene.lease(scene.context(), 1, new Headers(), ""));
    pull.completeOn(Runnable::run);
    pull.body =
        early -> {
          Objects.requireNonNull(early).accept(List.of(task));
          throw unavailable();
        };
    DriverFuture<List<Delivery>> future = pull.pullAsync(1, 1, System.nanoTime(), recording(told));
    assertThat(future.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).containsExactly(task);
    TestQueues.await("the end", () -> scene.status.failedPull() != null);
    TestQueues.await("a free turn", () -> pull.turn.availablePermits() == 1);
    pull.body = early -> List.of();
    assertThat(pull.pullAsync(1, 1, System.nanoTime(), Completion.none()).join()).isEmpty();
    assertThat(told).containsExactly(List.of(task));
  }

  @Test
  void aPullThatWasCancelledBeforeItsBeginDoesNotBegin() throws Exception {
    AsyncPull async = new AsyncPull(pull, 1, 1, PullScene.late(), Completion.none());
    assertThat(async.cancel(true)).isFalse();
    async.run();
    assertThat(async.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(pull.calls).isEmpty();
    assertThat(Thread.interrupted()).isFalse();
  }

  /** The thread continues with the work of other callers. */
  @Test
  void aCancellationInterruptsOnlyTheRunningPull() throws Exception {
    AsyncPull async = new AsyncPull(pull, 1, 1, PullScene.late(), Completion.none());
    pull.body =
        early -> {
          assertThat(async.cancel(true)).isFalse();
          assertThat(Thread.currentThread().isInterrupted()).isTrue();
          return List.of();
        };
    async.run();
    assertThat(Thread.interrupted()).as("an interrupt after the pull").isFalse();
    assertThat(async.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(async.cancel(true)).isFalse();
    assertThat(Thread.interrupted()).as("a cancellation after the pull").isFalse();
  }

  @Test
  void aCancelledWaitEndsEmpty() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    pull.body =
        early -> {
          begun.countDown();
          new CountDownLatch(1).await();
          return List.of();
        };
    List<Object> told = new CopyOnWriteArrayList<>();
    DriverFuture<List<Delivery>> future = pull.pullAsync(1, 1, PullScene.late(), recording(told));
    assertThat(begun.await(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(future.cancel(true)).isFalse();
    assertThat(future.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    assertThat(told).containsExactly(List.of());
    assertThat(scene.status.failedPull()).isNull();
  }
}
