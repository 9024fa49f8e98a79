// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.inmemory.QueueTest.Running;
import dev.jetlane.inmemory.time.ManualTime;
import dev.jetlane.inmemory.time.TimedWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lock of a time, the actions that run after it, and the order of events of several worlds. */
@Timeout(20)
class TimeLockTest {

  private final ManualTime time = new ManualTime(ManualClock.DEFAULT_START, false);
  private final List<String> done = new ArrayList<>();

  private boolean isFree() {
    try {
      return new Running<>(
              () -> {
                time.locked(() -> {});
                return true;
              })
          .get();
    } catch (Exception e) {
      throw new AssertionError("another thread cannot take the lock", e);
    }
  }

  @Test
  void actionsRunOnceAfterTheOutermostUnlockInTheirOrder() {
    time.lock();
    time.enter();
    time.afterUnlock(() -> done.add("one, lock free: " + isFree()));
    time.afterUnlock(() -> done.add("two"));
    time.unlock();
    assertThat(done).as("the lock is still held").isEmpty();
    time.unlock();
    assertThat(done).containsExactly("one, lock free: true", "two");

    time.locked(() -> {});
    assertThat(done).hasSize(2);
  }

  @Test
  void anActionMayAddAnother() {
    time.locked(
        () ->
            time.afterUnlock(
                () -> time.locked(() -> time.afterUnlock(() -> done.add("the second")))));
    assertThat(done).containsExactly("the second");
  }

  @Test
  void anOperationThatFailsReleasesTheLock() {
    assertThatThrownBy(
            () ->
                time.locked(
                    () -> {
                      throw new IllegalStateException("a defect");
                    }))
        .hasMessage("a defect");
    assertThat(isFree()).isTrue();
    time.advance(1);
    assertThatThrownBy(() -> time.advance(Long.MAX_VALUE)).isInstanceOf(RuntimeException.class);
    assertThat(isFree()).isTrue();
  }

  /** An action may wake the waiting thread itself. */
  @Test
  void actionsRunBeforeAWait() throws Exception {
    AtomicBoolean ready = new AtomicBoolean();
    Running<Boolean> waiting =
        new Running<>(
            () -> {
              time.lock();
              try {
                time.afterUnlock(() -> ready.set(isFree()));
                var condition = time.newCondition();
                while (!ready.get()) {
                  time.await(condition, 1_000);
                }
                return ready.get();
              } finally {
                time.unlock();
              }
            });
    assertThat(waiting.get()).isTrue();
  }

  /** Returns a thread that watches for a change: it has the lock, or waits already. */
  private Running<Long> watching(long seconds) throws InterruptedException {
    CountDownLatch watches = new CountDownLatch(1);
    Running<Long> watching =
        new Running<>(
            () -> {
              time.lock();
              try {
                watches.countDown();
                return time.awaitChange(TimeUnit.SECONDS.toNanos(seconds));
              } finally {
                time.unlock();
              }
            });
    watches.await();
    return watching;
  }

  @Test
  void aThreadThatWatchesSeesEachChange() throws Exception {
    Running<Long> watching = watching(50);
    time.locked(() -> {});
    assertThat(watching.get()).as("the remaining time").isPositive();
  }

  /** A world with events at given moments. */
  private final class World implements TimedWorld {

    private final String name;
    private final List<Long> moments;
    private long forgotten = NEVER;

    World(String name, Long... moments) {
      this.name = name;
      this.moments = new ArrayList<>(List.of(moments));
      time.register(this);
    }

    @Override
    public long nextEventNanos() {
      return moments.isEmpty() ? NEVER : moments.get(0);
    }

    @Override
    public void catchUp(long now) {
      while (!moments.isEmpty() && moments.get(0) <= now) {
        done.add(name + " " + moments.remove(0) + " at " + now);
      }
    }

    @Override
    public long nextForgottenNanos() {
      return forgotten;
    }

    @Override
    public boolean anythingInHands() {
      return false;
    }

    @Override
    public boolean isUnattended() {
      return false;
    }
  }

  @Test
  void theEventsOfAllWorldsComeInTheirOrderEachAtItsTime() {
    World one = new World("one", 3L, 9L, 9L);
    World two = new World("two", 5L, 9L, 12L);

    time.advance(10);

    assertThat(done)
        .containsExactly("one 3 at 3", "two 5 at 5", "one 9 at 9", "one 9 at 9", "two 9 at 9");
    assertThat(time.nanos()).isEqualTo(10);
    assertThat(time.advanceToNext()).isTrue();
    assertThat(time.nanos()).isEqualTo(12);
    assertThat(time.advanceToNext()).isFalse();
    assertThat(time.nanos()).isEqualTo(12);
    one.forgotten = 15;
    two.forgotten = 14;
    assertThat(time.advanceToNext()).isTrue();
    assertThat(time.nanos()).isEqualTo(14);
  }

  /** An event that was added late happens now, and the time does not move back. */
  @Test
  void anEventOfThePastHappensNow() {
    World one = new World("one");
    time.advance(10);
    one.moments.add(4L);
    assertThat(time.advanceToNext()).isTrue();
    assertThat(done).containsExactly("one 4 at 10");
    assertThat(time.nanos()).isEqualTo(10);
  }

  /** The time forgets worlds that no longer exist, and no others. */
  @Test
  void aWorldStaysAmongManyOthers() {
    World first = new World("first", 7L);
    List<World> others = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      others.add(new World("other", 9L));
    }
    time.advance(10);
    assertThat(done).hasSize(101).first().isEqualTo("first 7 at 7");
    assertThat(first.moments).isEmpty();
    assertThat(others).allMatch(world -> world.moments.isEmpty());
  }

  /** The caller of the wait unlocks in its {@code finally}. */
  @Test
  void anActionThatFailsBeforeAWaitLeavesTheLockToTheCaller() {
    var condition = time.newCondition();
    time.lock();
    try {
      time.afterUnlock(
          () -> {
            throw new IllegalStateException("a defect");
          });
      assertThatThrownBy(() -> time.await(condition, 1_000)).hasMessage("a defect");
    } finally {
      time.unlock();
    }
    assertThat(isFree()).isTrue();
    time.locked(() -> done.add("later"));
    assertThat(done).as("the action does not run again").containsExactly("later");
  }

  @Test
  void anActionThatFailsHoldsNoLock() {
    assertThatThrownBy(
            () ->
                time.locked(
                    () ->
                        time.afterUnlock(
                            () -> {
                              throw new IllegalStateException("a defect");
                            })))
        .hasMessage("a defect");
    assertThat(isFree()).isTrue();
  }

  /** Otherwise {@code awaitWorkers} sees an idle worker only at its limit of 10 s. */
  @Test
  void aThreadThatWatchesSeesThatAnotherOneBeginsToWait() throws Exception {
    Running<Long> watching = watching(5);
    var condition = time.newCondition();
    AtomicBoolean over = new AtomicBoolean();
    Running<Boolean> waiting =
        new Running<>(
            () -> {
              time.lock();
              try {
                while (!over.get()) {
                  time.await(condition, Long.MAX_VALUE);
                }
                return true;
              } finally {
                time.unlock();
              }
            });
    assertThat(watching.get()).as("the remaining time").isPositive();
    over.set(true);
    time.locked(() -> time.signal(condition));
    assertThat(waiting.get()).isTrue();
  }
}
