// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MachineClockTest {

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final DriverClock clock = DriverClock.ofMachine(timer);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private long in(long millis) {
    return clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static final class Counting implements TimedWork {

    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch first = new CountDownLatch(1);

    @Override
    public long nextNanos() {
      return DriverClock.NEVER;
    }

    @Override
    public void runDue(long nowNanos) {
      runs.incrementAndGet();
      first.countDown();
    }
  }

  @Test
  void runsWorkWhenItIsDue() throws InterruptedException {
    Counting work = new Counting();
    clock.add(work);
    clock.wakeAt(work, in(3_600_000));
    clock.wakeAt(work, in(1));
    assertThat(work.first.await(10, TimeUnit.SECONDS)).isTrue();
  }

  /** The clock has a timer only for the earliest timed work. */
  @Test
  void runsWorkAgainWhenMoreOfItIsDue() throws InterruptedException {
    Queue<Long> due = new ConcurrentLinkedQueue<>(List.of(in(1), in(60)));
    CountDownLatch done = new CountDownLatch(2);
    TimedWork work =
        new TimedWork() {
          @Override
          public long nextNanos() {
            Long next = due.peek();
            return next == null ? DriverClock.NEVER : next;
          }

          @Override
          public void runDue(long nowNanos) {
            while (nextNanos() != DriverClock.NEVER && nextNanos() - nowNanos <= 0) {
              due.remove();
              done.countDown();
            }
          }
        };
    clock.add(work);
    for (long each : due) {
      clock.wakeAt(work, each);
    }
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void runsNoWorkThatIsUnknownOrRemoved() throws InterruptedException {
    Counting removed = new Counting();
    CountDownLatch go = new CountDownLatch(1);
    timer.execute(() -> await(go)); // Otherwise it may be faster than the removal.
    clock.wakeAt(removed, in(0));
    clock.add(removed);
    clock.wakeAt(removed, in(0));
    clock.remove(removed);
    go.countDown();
    Counting other = new Counting();
    clock.add(other);
    clock.wakeAt(other, in(20));
    assertThat(other.first.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(removed.runs).hasValue(0);
  }

  @Test
  void runsNoWorkAfterTheClose() {
    Counting work = new Counting();
    clock.add(work);
    timer.shutdownNow();
    assertThatCode(() -> clock.wakeAt(work, in(0))).doesNotThrowAnyException();
  }

  @Test
  void waitsForAConditionUntilItIsSignalled() throws InterruptedException {
    AtomicBoolean so = new AtomicBoolean();
    timer.execute(
        () -> {
          so.set(true);
          clock.signal();
        });
    clock.await(so::get, DriverClock.NEVER);
    assertThat(so).isTrue();
    clock.await(() -> false, in(1));
  }

  @Test
  void waitsForTheEndOfAFutureOfAnyOutcome() throws InterruptedException {
    CompletableFuture<Void> failed = new CompletableFuture<>();
    timer.execute(() -> failed.completeExceptionally(new IllegalStateException()));
    clock.await(failed, DriverClock.NEVER);
    assertThat(failed).isCompletedExceptionally();
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    cancelled.cancel(false);
    clock.await(cancelled, DriverClock.NEVER);
    CompletableFuture<Void> open = new CompletableFuture<>();
    clock.await(open, in(1));
    assertThat(open).isNotDone();
  }
}
