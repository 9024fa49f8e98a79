// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.inmemory.QueueTest.Running;
import dev.jetlane.inmemory.time.ManualTime;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The waits of threads for a condition or a moment. */
@Timeout(20)
class WaitingThreadsTest {

  private final ManualTime time = new ManualTime(ManualClock.DEFAULT_START, false);
  private final Faults faults = new Faults(time);
  private final WaitingThreads threads = new WaitingThreads(time, faults.server);
  private final AtomicBoolean condition = new AtomicBoolean();

  WaitingThreadsTest() {
    time.register(faults.server);
  }

  private Running<Boolean> waitUntil(long nanos) {
    return new Running<>(
        () -> {
          threads.await(condition::get, nanos);
          return condition.get();
        });
  }

  private long nextEvent() {
    long[] next = new long[1];
    time.locked(() -> next[0] = faults.server.nextEventNanos());
    return next[0];
  }

  private void awaitNextEvent(long nanos) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (nextEvent() != nanos) {
      assertThat(System.nanoTime()).as("the wait begins").isLessThan(giveUp);
      Thread.onSpinWait();
    }
  }

  @Test
  void aWaitEndsAtItsInstantAndLeavesNoEvent() throws Exception {
    Running<Boolean> late = waitUntil(20);
    awaitNextEvent(20);
    Running<Boolean> soon = waitUntil(10);
    awaitNextEvent(10);

    time.advance(9);
    assertThat(nextEvent()).isEqualTo(10);
    assertThat(soon.isDone()).isFalse();
    time.advance(1);
    assertThat(soon.get()).isFalse();
    assertThat(nextEvent()).isEqualTo(20);
    assertThat(late.isDone()).isFalse();
    time.advance(100);
    assertThat(late.get()).isFalse();
    assertThat(nextEvent()).isEqualTo(Timed.NEVER);
  }

  @Test
  void aSignalWakesEachThreadWhoseConditionHolds() throws Exception {
    List<Running<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(waitUntil(100 - i));
      awaitNextEvent(100 - i);
    }
    threads.signal();
    assertThat(nextEvent()).as("the condition does not hold").isEqualTo(98);
    condition.set(true);
    threads.signal();

    for (Running<Boolean> each : all) {
      assertThat(each.get()).isTrue();
    }
    assertThat(nextEvent()).isEqualTo(Timed.NEVER);
  }

  @Test
  void anInterruptEndsAWaitWhichLeavesNoEventAndNoLock() throws Exception {
    Running<Boolean> waiting = waitUntil(10);
    awaitNextEvent(10);

    waiting.thread.interrupt();

    assertThatThrownBy(waiting::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(nextEvent()).isEqualTo(Timed.NEVER);
  }

  /** Even if the condition holds, as with the waits of the JDK. */
  @Test
  void anInterruptBeforeAWaitIsReportedOnce() throws Exception {
    condition.set(true);
    Running<Boolean> interrupted =
        new Running<>(
            () -> {
              Thread.currentThread().interrupt();
              assertThatThrownBy(() -> threads.await(condition::get, 10))
                  .isInstanceOf(InterruptedException.class);
              return Thread.currentThread().isInterrupted();
            });
    assertThat(interrupted.get()).isFalse();
    assertThat(nextEvent()).isEqualTo(Timed.NEVER);
  }

  @Test
  void nobodyWaitsForAConditionThatHoldsOrForAMomentThatHasPassed() throws Exception {
    time.advance(5);
    assertThat(waitUntil(5).get()).isFalse();
    assertThat(waitUntil(4).get()).isFalse();
    condition.set(true);
    assertThat(waitUntil(Timed.NEVER).get()).isTrue();
  }

  @Test
  void anInterruptedTestThatAwaitsWorkersHoldsNoLock() throws Exception {
    InMemoryServer server = InMemoryServer.create(new ManualClock());
    Running<Boolean> interrupted =
        new Running<>(
            () -> {
              Thread.currentThread().interrupt();
              assertThatThrownBy(() -> server.awaitWorkers(1))
                  .isInstanceOf(InterruptedException.class);
              // Another thread needs the lock.
              return new Running<>(() -> server.events().isEmpty()).get();
            });
    assertThat(interrupted.get()).isTrue();
  }
}
