// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timers of the machine's clock, and the ends of its waits. */
@Timeout(30)
class MachineClockTimesTest {

  private record Timed(String what, long nanos, Runnable work) {}

  private final List<Timed> timers = new ArrayList<>();
  private final DriverClock clock =
      DriverClock.ofMachine((what, nanos, work) -> timers.add(new Timed(what, nanos, work)));

  @AfterEach
  void end() {
    boolean unused = Thread.interrupted();
  }

  private static class Work implements TimedWork {

    long next = DriverClock.NEVER;
    int runs;

    @Override
    public long nextNanos() {
      return next;
    }

    @Override
    public void runDue(long nowNanos) {
      runs++;
    }
  }

  private long in(Duration time) {
    return clock.nanoTime() + time.toNanos();
  }

  private static void isAbout(long nanos, Duration wanted) {
    assertThat(Duration.ofNanos(nanos)).isBetween(wanted.minusSeconds(20), wanted);
  }

  @Test
  void onlyAnEarlierWorkNeedsAnotherTimer() {
    Work work = new Work();
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(2)));
    clock.wakeAt(work, in(Duration.ofHours(3)));
    assertThat(timers).hasSize(1);
    isAbout(timers.get(0).nanos, Duration.ofHours(2));
    clock.wakeAt(work, in(Duration.ofHours(1)));
    assertThat(timers).hasSize(2);
    isAbout(timers.get(1).nanos, Duration.ofHours(1));
    clock.wakeAt(work, in(Duration.ofHours(2)));
    assertThat(timers).hasSize(2);
    assertThat(timers.get(0).what).isEqualTo("timed work of the queue");
  }

  @Test
  void aRunPlansTheNextOneByTheWork() {
    Work work = new Work();
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(1)));
    work.next = in(Duration.ofHours(5));
    timers.get(0).work.run();
    assertThat(work.runs).isEqualTo(1);
    assertThat(timers).hasSize(2);
    isAbout(timers.get(1).nanos, Duration.ofHours(5));
    work.next = DriverClock.NEVER;
    timers.get(1).work.run();
    assertThat(work.runs).isEqualTo(2);
    assertThat(timers).as("without further work").hasSize(2);
    clock.wakeAt(work, in(Duration.ofHours(9)));
    assertThat(timers).as("after a run any time needs a timer").hasSize(3);
  }

  /** Otherwise one defect would end the extensions of all leases forever. */
  @Test
  void workThatFailedRunsAgain() {
    Work work =
        new Work() {
          @Override
          public void runDue(long nowNanos) {
            super.runDue(nowNanos);
            throw new IllegalStateException("a defect");
          }
        };
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(1)));
    for (int run = 1; run <= 2; run++) {
      Runnable due = timers.get(run - 1).work;
      assertThatThrownBy(due::run).hasMessage("a defect");
      assertThat(work.runs).isEqualTo(run);
      clock.wakeAt(work, in(Duration.ofHours(2)));
      assertThat(timers).as("timers after failed run %s", run).hasSize(run + 1);
    }
  }

  /** Another thread may plan work while the work that it belongs to runs. */
  @Test
  void workThatIsPlannedDuringARunIsNotForgotten() {
    Work work =
        new Work() {
          @Override
          public void runDue(long nowNanos) {
            super.runDue(nowNanos);
            clock.wakeAt(this, in(Duration.ofHours(3)));
          }
        };
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(1)));
    timers.get(0).work.run();
    assertThat(timers).hasSize(2);
    isAbout(timers.get(1).nanos, Duration.ofHours(3));
    clock.wakeAt(work, in(Duration.ofHours(4)));
    assertThat(timers).as("a later time than the planned one").hasSize(2);
  }

  @Test
  void anExecutorReceivesTheDelayAndItsUnit() {
    List<String> scheduled = new ArrayList<>();
    ScheduledExecutorService executor =
        (ScheduledExecutorService)
            Proxy.newProxyInstance(
                ScheduledExecutorService.class.getClassLoader(),
                new Class<?>[] {ScheduledExecutorService.class},
                (proxy, method, arguments) -> {
                  scheduled.add(method.getName() + " " + arguments[1] + " " + arguments[2]);
                  return null;
                });
    DriverClock machine = DriverClock.ofMachine(executor);
    Work work = new Work();
    machine.add(work);
    machine.wakeAt(work, in(Duration.ofHours(-1)));
    assertThat(scheduled).containsExactly("schedule 10000000 NANOSECONDS");
  }

  /** Leases that are due at about the same time are extended together. */
  @Test
  void workThatIsDueWaitsTenMilliseconds() {
    Work work = new Work();
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofSeconds(-5)));
    assertThat(timers.get(0).nanos).isEqualTo(10_000_000);
  }

  @Test
  void removedWorkDoesNotRun() {
    Work work = new Work();
    clock.add(work);
    clock.wakeAt(work, in(Duration.ofHours(1)));
    clock.remove(work);
    timers.get(0).work.run();
    clock.wakeAt(work, in(Duration.ofHours(1)));
    assertThat(work.runs).isZero();
    assertThat(timers).hasSize(1);
  }

  @Test
  void theWorksAreIndependent() {
    Work one = new Work();
    Work other = new Work();
    clock.add(one);
    clock.add(other);
    clock.wakeAt(one, in(Duration.ofHours(1)));
    clock.wakeAt(other, in(Duration.ofHours(2)));
    assertThat(timers).hasSize(2);
    timers.get(1).work.run();
    assertThat(one.runs).isZero();
    assertThat(other.runs).isEqualTo(1);
  }

  @Test
  void aConditionThatHoldsIsNotWaitedForAndAPastMomentNeither() throws InterruptedException {
    clock.await(() -> true, DriverClock.NEVER);
    clock.await(() -> true, in(Duration.ofHours(-1)));
    clock.await(() -> false, in(Duration.ofHours(-1)));
    clock.await(new CompletableFuture<>(), in(Duration.ofHours(-1)));
    clock.await(CompletableFuture.completedFuture(1), DriverClock.NEVER);
  }

  @Test
  void anInterruptEndsBothWaits() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> clock.await(() -> false, DriverClock.NEVER))
        .isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> clock.await(new CompletableFuture<>(), DriverClock.NEVER))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  /** One wait is limited, and the moment may be later than its end. */
  @Test
  void aWaitForAFutureGoesOnAfterAnEarlyTimeout() throws InterruptedException {
    List<Long> waits = new ArrayList<>();
    Future<String> slow =
        new FutureTask<>(() -> "unused") {
          @Override
          public String get(long time, TimeUnit unit) throws TimeoutException {
            waits.add(unit.toNanos(time));
            if (waits.size() < 3) {
              throw new TimeoutException();
            }
            return "done";
          }
        };
    clock.await(slow, DriverClock.NEVER);
    assertThat(waits).hasSize(3).containsOnly(Duration.ofDays(1).toNanos());
    waits.clear();
    clock.await(slow, in(Duration.ofHours(1)));
    assertThat(waits).hasSize(3);
    isAbout(waits.get(0), Duration.ofHours(1));
  }

  @Test
  void aSignalWakesEachWaitingThread() throws Exception {
    AtomicBoolean so = new AtomicBoolean();
    CountDownLatch looked = new CountDownLatch(2);
    List<FutureTask<Void>> waits = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      AtomicBoolean first = new AtomicBoolean(true);
      FutureTask<Void> wait =
          new FutureTask<>(
              () -> {
                clock.await(
                    () -> {
                      if (first.getAndSet(false)) {
                        looked.countDown();
                      }
                      return so.get();
                    },
                    DriverClock.NEVER);
                return null;
              });
      new Thread(wait, "waiting").start();
      waits.add(wait);
    }
    looked.await();
    so.set(true);
    clock.signal();
    for (FutureTask<Void> wait : waits) {
      wait.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aReactionRunsOnAnotherThread() throws Exception {
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    clock.execute(() -> ran.complete(Thread.currentThread()));
    assertThat(ran.get(20, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
  }

  @Test
  void aScheduledExecutorReceivesNanoseconds() throws Exception {
    var executor = Executors.newSingleThreadScheduledExecutor();
    try {
      DriverClock scheduled = DriverClock.ofMachine(executor);
      CountDownLatch ran = new CountDownLatch(1);
      TimedWork work =
          new TimedWork() {
            @Override
            public long nextNanos() {
              return DriverClock.NEVER;
            }

            @Override
            public void runDue(long nowNanos) {
              ran.countDown();
            }
          };
      scheduled.add(work);
      scheduled.wakeAt(work, scheduled.nanoTime());
      assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(scheduled.now())
          .isBetween(
              java.time.Instant.now().minusSeconds(60), java.time.Instant.now().plusSeconds(60));
    } finally {
      executor.shutdownNow();
    }
  }
}
