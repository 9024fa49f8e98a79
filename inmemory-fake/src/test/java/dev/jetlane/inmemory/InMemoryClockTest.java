// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.driver.Activity;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.TimedWork;
import dev.jetlane.inmemory.QueueTest.Running;
import dev.jetlane.inmemory.stage.ClientProcess;
import dev.jetlane.inmemory.time.ManualTime;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timed work of a client, and its waits. */
@Timeout(20)
class InMemoryClockTest {

  private final ManualTime time = new ManualTime(ManualClock.DEFAULT_START, false);
  private final Faults faults = new Faults(time);
  private final WaitingThreads threads = new WaitingThreads(time, faults.server);
  private final InMemoryClock clock =
      new InMemoryClock(new Connection(time, faults, DriverEvents.none(), null), threads);
  private final List<String> done = new ArrayList<>();

  InMemoryClockTest() {
    time.register(faults.server);
    faults.server.add(clock);
  }

  /** Work at one moment. */
  private final class Once implements TimedWork {

    private final String name;
    private long nanos;

    Once(String name, long nanos) {
      this.name = name;
      this.nanos = nanos;
      clock.add(this);
    }

    @Override
    public long nextNanos() {
      return nanos;
    }

    @Override
    public void runDue(long now) {
      nanos = Timed.NEVER;
      done.add(name + " at " + now);
    }
  }

  @Test
  void workRunsAtItsMomentAndOnce() {
    Once late = new Once("late", 20);
    Once soon = new Once("soon", 10);
    assertThat(clock.nextEventNanos()).isEqualTo(10);
    time.advance(9);
    assertThat(done).isEmpty();
    time.advance(100);
    assertThat(done).containsExactly("soon at 10", "late at 20");
    assertThat(clock.nextEventNanos()).isEqualTo(Timed.NEVER);
    clock.remove(late);
    clock.remove(soon);
  }

  @Test
  void removedWorkDoesNotRun() {
    Once removed = new Once("removed", 10);
    Once kept = new Once("kept", 10);
    clock.remove(removed);
    time.advance(10);
    clock.wakeAt(removed, 5);
    assertThat(done).containsExactly("kept at 10");
    assertThat(kept.nextNanos()).isEqualTo(Timed.NEVER);
  }

  /** Its client read the time, and another thread has moved it since. */
  @Test
  void workOfThePastRunsNow() {
    time.advance(10);
    Once past = new Once("past", 10);
    clock.wakeAt(past, 10);
    assertThat(done).containsExactly("past at 10");
    Once future = new Once("future", 11);
    clock.wakeAt(future, 11);
    assertThat(done).hasSize(1);
    time.advance(1);
    assertThat(done).containsExactly("past at 10", "future at 11");
  }

  @Test
  void aReactionRunsOnceWithoutTheLock() {
    clock.execute(
        () -> {
          try {
            done.add("free: " + new Running<>(() -> clock.nextEventNanos() > 0).get());
            new Running<>(
                    () -> {
                      time.locked(() -> done.add("locked by another thread"));
                      return 0;
                    })
                .get();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
    assertThat(done).containsExactly("free: true", "locked by another thread");
  }

  @Test
  void theEndOfAFutureEndsAWaitForIt() throws Exception {
    for (boolean failed : new boolean[] {false, true}) {
      CompletableFuture<String> future = new CompletableFuture<>();
      Running<Boolean> waiting =
          new Running<>(
              () -> {
                clock.await(future, 1_000);
                return future.isDone();
              });
      awaitNextEvent(1_000);
      if (failed) {
        future.completeExceptionally(new IllegalStateException("lost"));
      } else {
        future.complete("done");
      }
      assertThat(waiting.get()).isTrue();
      assertThat(time.nanos()).isZero();
    }
  }

  private void awaitNextEvent(long nanos) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    long[] next = new long[1];
    while (next[0] != nanos) {
      time.locked(() -> next[0] = faults.server.nextEventNanos());
      assertThat(System.nanoTime()).as("the wait begins").isLessThan(giveUp);
      Thread.onSpinWait();
    }
  }

  @Test
  void itsTimesAreThoseOfTheServer() {
    time.advance(1_500_000_000L);
    assertThat(clock.nanoTime()).isEqualTo(1_500_000_000L);
    assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START.plusMillis(1_500));
  }

  @Test
  void worksOfOneInstantRunInTheirOrderEachAtThatInstant() {
    for (String name : List.of("a", "b", "c")) {
      assertThat(new Once(name, 10).nextNanos()).isEqualTo(10);
    }
    time.advance(50);
    assertThat(done).containsExactly("a at 10", "b at 10", "c at 10");
  }

  // ---- In a process of a simulation

  /** A process that can stall. */
  private static final class OwnProcess implements ClientProcess {

    final List<String> logged = new ArrayList<>();
    final List<Runnable> reactions = new ArrayList<>();
    boolean stopped;

    @Override
    public void react(Runnable reaction) {
      reactions.add(reaction);
    }

    @Override
    public Executor handlers() {
      return reactions::add;
    }

    @Override
    public void log(String failure) {
      logged.add(failure);
    }

    @Override
    public double chance() {
      return 0.25;
    }

    @Override
    public boolean isStopped() {
      return stopped;
    }
  }

  private final OwnProcess process = new OwnProcess();
  private final InMemoryClock own =
      new InMemoryClock(new Connection(time, faults, DriverEvents.none(), process), threads);

  private TimedWork planned(long nanos) {
    return new TimedWork() {
      private long next = nanos;

      @Override
      public long nextNanos() {
        return next;
      }

      @Override
      public void runDue(long now) {
        next = Timed.NEVER;
        done.add("own at " + now);
      }
    };
  }

  /** Its lease keeper does nothing, and runs late afterwards. */
  @Test
  void theWorkOfAStoppedProcessIsNoEventAndRunsLate() {
    faults.server.open("p", QueueConfig.defaults()).keepers.add(own);
    own.add(planned(10));
    process.stopped = true;
    assertThat(own.nextEventNanos()).isEqualTo(Timed.NEVER);
    time.advance(15);
    process.stopped = false;
    assertThat(own.nextEventNanos()).isEqualTo(10);
    time.advance(20);
    assertThat(done).containsExactly("own at 15");
  }

  /** Its threads take turns, so the caller must not run it. */
  @Test
  void aProcessRunsItsWorkOfThePastAsAnEvent() {
    time.advance(10);
    TimedWork past = planned(5);
    own.add(past);
    own.wakeAt(past, 5);
    assertThat(done).isEmpty();
    faults.server.open("p", QueueConfig.defaults()).keepers.add(own);
    time.advance(1);
    assertThat(done).containsExactly("own at 10");
  }

  @Test
  void aProcessDecidesAboutItsThreadsAndItsChance() {
    own.execute(() -> done.add("reaction"));
    assertThat(done).isEmpty();
    process.reactions.forEach(Runnable::run);
    assertThat(done).containsExactly("reaction");
    Objects.requireNonNull(own.handlers()).execute(() -> done.add("handler"));
    assertThat(process.reactions).hasSize(2);
    assertThat(own.chance()).isEqualTo(0.25);
    assertThat(clock.handlers()).isNull();
    assertThat(clock.chance()).isEqualTo(new Random(0).nextDouble());
  }

  @Test
  void theEndOfAProcessEndsItsWorkAndItsWorkers() {
    List<String> ended = new ArrayList<>();
    Activity worker =
        new Activity() {
          @Override
          public boolean isAtRest() {
            return true;
          }

          @Override
          public int running() {
            return 0;
          }

          @Override
          public int waiting() {
            return 0;
          }

          @Override
          public void abandon() {
            ended.add("worker");
            own.ended(this);
          }

          @Override
          public String toString() {
            return "worker";
          }
        };
    own.add(planned(10));
    own.began(worker);
    assertThat(threads.leaks()).containsExactly("unclosed worker");
    time.locked(own::abandon);
    assertThat(ended).containsExactly("worker");
    assertThat(threads.leaks()).isEmpty();
    assertThat(own.nextEventNanos()).isEqualTo(Timed.NEVER);
    time.locked(own::abandon);
    assertThat(ended).as("a second end").hasSize(1);
  }
}
