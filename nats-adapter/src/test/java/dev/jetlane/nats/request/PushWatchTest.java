// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.NotSupportedException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The last push as the health sees it. */
class PushWatchTest {

  private final TaskQueueException unknown = new OutcomeUnknownException("unknown", null);

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final Semaphore permits = new Semaphore(0);
  private PushWatch watch;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    watch = new PushWatch(permits, wire.monitor());
  }

  @Test
  void aPushWithoutAnAnswerFails() {
    for (TaskQueueException error :
        List.of(unknown, new QueueUnavailableException("no responders", null))) {
      watch.released(error);
      assertThat(Objects.requireNonNull(watch.failed()).error()).isSameAs(error);
      watch.released(null);
      assertThat(watch.failed()).isNull();
    }
  }

  /** The server works: it has answered. */
  @Test
  void aRefusedPushIsNoFailure() {
    for (TaskQueueException error :
        List.of(
            new QueueFullException("full", null),
            new QueueRejectedException("too large", null),
            new PermissionDeniedException("denied", null),
            new NotSupportedException("atomic"))) {
      watch.released(error);
      assertThat(watch.failed()).isNull();
      watch.released(unknown);
      watch.released(error);
      assertThat(watch.failed()).isNull();
    }
  }

  /** The next connection may be to another server. */
  @Test
  void aFailureCountsOnItsConnectionOnly() {
    watch.released(unknown);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(watch.failed()).isNull();
  }

  @Test
  void eachOutcomeReleasesAPermit() {
    assertThat(watch.isFull()).isTrue();
    watch.released(unknown);
    watch.released(null);
    assertThat(permits.availablePermits()).isEqualTo(2);
    assertThat(watch.isFull()).isFalse();
  }

  @Test
  void aPermitIsTakenOnceAndAwaitedUntilTheDeadline() throws Exception {
    permits.release();
    long past = System.nanoTime() - 1;
    assertThat(watch.acquire(past)).as("a free permit").isTrue();
    assertThat(watch.isFull()).isTrue();
    assertThat(watch.acquire(past)).as("no permit").isFalse();
    FutureTask<Boolean> waits =
        new FutureTask<>(() -> watch.acquire(System.nanoTime() + TimeUnit.HOURS.toNanos(1)));
    Thread thread = new Thread(waits);
    thread.start();
    TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
    watch.released(null);
    assertThat(waits.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(watch.isFull()).isTrue();
  }

  /** Health reports its age, and asks again on another connection. */
  @Test
  void theLastFailureCounts() {
    long before = System.nanoTime();
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    watch.released(new QueueUnavailableException("an earlier one", null));
    watch.released(unknown);
    PushWatch.FailedPush failed = Objects.requireNonNull(watch.failed());
    assertThat(failed.error()).isSameAs(unknown);
    assertThat(failed.epoch()).isEqualTo(wire.monitor().epoch());
    assertThat(failed.atNanos() - before).isNotNegative();
    assertThat(System.nanoTime() - failed.atNanos()).isNotNegative();
  }

  /** The push itself decides what the interrupt means. */
  @Test
  void onlyAWaitForAPermitEndsWithAnInterrupt() throws Exception {
    permits.release();
    long deadlineNanos = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
    Thread.currentThread().interrupt();
    assertThat(watch.acquire(deadlineNanos)).as("a free permit").isTrue();
    assertThat(Thread.currentThread().isInterrupted()).as("the interrupt stays").isTrue();
    assertThatThrownBy(() -> watch.acquire(deadlineNanos)).isInstanceOf(InterruptedException.class);
    assertThat(permits.availablePermits()).isZero();
  }
}
