// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.inmemory.time.SystemTime;
import dev.jetlane.inmemory.time.TimedWorld;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timers of the machine's time, which process events that no thread waits for. */
@Timeout(60)
class SystemTimeAlarmTest {

  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SECOND = TimeUnit.MILLISECONDS.toNanos(40);
  private static final long AFTER = TimeUnit.MILLISECONDS.toNanos(60);

  private final SystemTime time = new SystemTime();
  private final AtomicInteger looks = new AtomicInteger();
  private final CountDownLatch looked = new CountDownLatch(1);
  private volatile long nextNanos;

  private final TimedWorld world =
      new TimedWorld() {
        @Override
        public long nextForgottenNanos() {
          return NEVER;
        }

        @Override
        public boolean anythingInHands() {
          return false;
        }

        @Override
        public boolean isUnattended() {
          return true;
        }

        @Override
        public long nextEventNanos() {
          return nextNanos;
        }

        @Override
        public void catchUp(long now) {
          nextNanos = TimeUnit.HOURS.toNanos(1);
          looks.incrementAndGet();
          looked.countDown();
        }
      };

  private void attend(long atNanos) {
    time.locked(
        () -> {
          nextNanos = atNanos;
          time.attend(world);
        });
  }

  /** Otherwise each alarm that is replaced would plan its own next alarm, forever. */
  @Test
  void anAlarmThatAnEarlierOneReplacedDoesNothing() throws InterruptedException {
    time.locked(
        () -> {
          attend(time.nanos() + SECOND);
          attend(time.nanos() + FIRST);
        });
    looked.await();
    CountDownLatch later = new CountDownLatch(1);
    CompletableFuture.delayedExecutor(AFTER, TimeUnit.NANOSECONDS).execute(later::countDown);
    later.await();
    assertThat(looks).hasValue(1);
  }

  @Test
  void eachAlarmIsFollowedByTheNext() {
    for (int alarm = 1; alarm <= 3; alarm++) {
      attend(time.nanos() + FIRST);
      while (looks.get() < alarm) {
        Thread.onSpinWait();
      }
    }
  }
}
