// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The waits of the clock of the machine, and its timers, which a test runs. */
@Timeout(60)
class MachineClockWaitTest {

  private record Planned(long delayNanos, Runnable work) {}

  private final List<Planned> planned = new ArrayList<>();
  private final DriverClock clock =
      DriverClock.ofMachine((what, nanos, work) -> planned.add(new Planned(nanos, work)));

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  /** Work with one due time; a run has done it. */
  private static final class Work implements TimedWork {

    private long nextNanos = DriverClock.NEVER;
    private int runs;

    @Override
    public long nextNanos() {
      return nextNanos;
    }

    @Override
    public void runDue(long nowNanos) {
      runs++;
    }
  }

  private static long in(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  @Test
  void aSignalWakesEachWait() throws InterruptedException {
    AtomicBoolean so = new AtomicBoolean();
    AtomicInteger checks = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      Thread waiting =
          new Thread(
              () -> {
                try {
                  clock.await(
                      () -> {
                        checks.incrementAndGet();
                        return so.get();
                      },
                      DriverClock.NEVER);
                  done.countDown();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      waiting.setDaemon(true);
      waiting.start();
    }
    while (checks.get() < 3) {
      Thread.onSpinWait();
    }
    clock.signal(); // Takes the lock, which each thread releases when it waits.
    so.set(true);
    clock.signal();
    done.await();
    assertThat(checks).hasValueGreaterThanOrEqualTo(3);
  }

  @Test
  void aWaitThatIsOverLooksOnce() throws InterruptedException {
    AtomicInteger checks = new AtomicInteger();
    clock.await(
        () -> {
          checks.incrementAndGet();
          return false;
        },
        in(Duration.ofSeconds(-1)));
    assertThat(checks).hasValue(1);
    clock.await(() -> true, DriverClock.NEVER);
    clock.await(new CompletableFuture<>(), in(Duration.ofSeconds(-1)));
  }

  @Test
  void anInterruptEndsEachWait() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> clock.await(() -> false, DriverClock.NEVER))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).as("cleared").isFalse();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> clock.await(new CompletableFuture<>(), DriverClock.NEVER))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).as("cleared").isFalse();
  }

  @Test
  void aReactionRunsOnAnotherThread() {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    clock.execute(() -> thread.complete(Thread.currentThread()));
    assertThat(thread.join()).isNotSameAs(Thread.currentThread());
  }

  /** A second timer for the same time would do the same work twice. */
  @Test
  void onlyAnEarlierTimeNeedsAnotherTimer() {
    Work work = new Work();
    clock.add(work);
    long at = in(Duration.ofHours(1));
    clock.wakeAt(work, at);
    clock.wakeAt(work, at);
    clock.wakeAt(work, at + 1);
    assertThat(planned).hasSize(1);
    clock.wakeAt(work, at - 1);
    assertThat(planned).hasSize(2);
  }

  @Test
  void aDelayIsTheTimeThatIsLeftAndAtLeastTenMilliseconds() {
    Work work = new Work();
    clock.add(work);
    long at = in(Duration.ofHours(1));
    clock.wakeAt(work, at);
    assertThat(Duration.ofNanos(planned.get(0).delayNanos()))
        .isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
    clock.wakeAt(work, in(Duration.ofHours(-1)));
    assertThat(planned.get(1).delayNanos()).isEqualTo(Duration.ofMillis(10).toNanos());
  }

  @Test
  void afterARunTheNextTimeIsPlanned() {
    Work work = new Work();
    clock.add(work);
    clock.wakeAt(work, in(Duration.ZERO));
    work.nextNanos = in(Duration.ofHours(1));
    planned.get(0).work().run();
    assertThat(work.runs).isOne();
    assertThat(planned).as("the next time").hasSize(2);
    work.nextNanos = DriverClock.NEVER;
    planned.get(1).work().run();
    assertThat(planned).as("nothing more is due").hasSize(2);
    clock.wakeAt(work, in(Duration.ofHours(2)));
    assertThat(planned).as("a later time after the last run").hasSize(3);
    clock.remove(work);
    planned.get(2).work().run();
    assertThat(work.runs).as("runs after the removal").isEqualTo(2);
  }

  /** Otherwise each of them would plan a timer of its own, and their number would grow forever. */
  @Test
  void aTimerThatAnEarlierOneReplacedDoesNothing() {
    Work work = new Work();
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(2)));
    clock.wakeAt(work, in(Duration.ofHours(1)));
    work.nextNanos = in(Duration.ofHours(3));
    planned.get(1).work().run();
    assertThat(work.runs).isOne();
    assertThat(planned).as("timers after a run").hasSize(3);
    planned.get(0).work().run();
    assertThat(work.runs).as("runs of the replaced timer").isOne();
    assertThat(planned).hasSize(3);
    work.nextNanos = in(Duration.ofHours(4));
    planned.get(2).work().run();
    assertThat(work.runs).isEqualTo(2);
    assertThat(planned).hasSize(4);
  }

  /** The timer of a queue runs failed work again. */
  @Test
  void aTimerThatFailsCanRunAgain() {
    int[] failures = {2};
    long next = in(Duration.ofHours(3));
    List<Long> runs = new ArrayList<>();
    TimedWork work =
        new TimedWork() {
          @Override
          public long nextNanos() {
            return next;
          }

          @Override
          public void runDue(long nowNanos) {
            runs.add(nowNanos);
            if (failures[0]-- > 0) {
              throw new IllegalStateException("as asked for");
            }
          }
        };
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(1)));
    Runnable timer = planned.get(0).work();
    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(timer::run).isInstanceOf(IllegalStateException.class);
    }
    timer.run();
    assertThat(runs).hasSize(3);
    assertThat(planned).hasSize(2);
  }
}
