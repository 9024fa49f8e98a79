// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.testing.LogLines;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class QueueTimerTest {

  private static final long MILLI = 1_000_000;
  private final QueueTimer timer = new QueueTimer("timer-under-test");

  @AfterEach
  void close() {
    timer.close();
  }

  @Test
  void aTaskThatThrowsIsRepeated() throws Exception {
    AtomicInteger times = new AtomicInteger();
    CountDownLatch often = new CountDownLatch(5);
    timer.every(
        "failing",
        MILLI,
        () -> {
          often.countDown();
          if (times.incrementAndGet() % 2 == 0) {
            throw new IllegalStateException("wanted");
          }
          throw new OutOfMemoryError("wanted");
        });
    assertThat(often.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aFailureIsLoggedOnceUntilTheTaskSucceeds() throws Exception {
    Log log = new Log();
    Logger logger = Logger.getLogger("dev.jetlane.nats");
    logger.addHandler(log);
    try {
      AtomicInteger times = new AtomicInteger();
      CountDownLatch seven = new CountDownLatch(7);
      timer.every(
          "failing, going well, failing",
          MILLI,
          () -> {
            seven.countDown();
            int time = times.incrementAndGet();
            if (time < 6 && time % 3 != 0) {
              throw new IllegalStateException("wanted");
            }
          });
      assertThat(seven.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(log.failures).hasSize(2);
    } finally {
      logger.removeHandler(log);
    }
  }

  @Test
  void aOneTimeTaskIsRepeatedUntilItSucceeds() throws Exception {
    AtomicInteger times = new AtomicInteger();
    CountDownLatch well = new CountDownLatch(1);
    timer.after(
        "failing twice",
        0,
        () -> {
          if (times.incrementAndGet() < 3) {
            throw new StackOverflowError("wanted");
          }
          well.countDown();
        });
    assertThat(well.await(20, TimeUnit.SECONDS)).isTrue();
    CountDownLatch later = new CountDownLatch(1);
    timer.after("later", 300 * MILLI, later::countDown);
    assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(times).hasValue(3);
  }

  @Test
  void tasksRunInTheOrderOfTheirTimes() throws Exception {
    List<Integer> order = new CopyOnWriteArrayList<>();
    CountDownLatch all = new CountDownLatch(3);
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch known = new CountDownLatch(1);
    timer.after(
        "until all are known",
        0,
        () -> {
          waiting.countDown();
          await(known);
        });
    await(waiting);
    for (int i : new int[] {3, 1, 2}) {
      timer.after(
          "number",
          TimeUnit.HOURS.toNanos(i - 10),
          () -> {
            order.add(i);
            all.countDown();
          });
    }
    known.countDown();
    assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(order).containsExactly(1, 2, 3);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void noTaskRunsAfterTheClose() {
    timer.close();
    QueueTimer.Task task = timer.every("never", MILLI, () -> {});
    task.cancel();
    assertThat(timer.after("never", 0, () -> {})).isFalse();
  }

  private static final class Log extends Handler {

    final List<String> failures = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord entry) {
      if (entry.getMessage().startsWith("failing, going well, failing")) {
        failures.add(entry.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** The next task of the timer shows that the cancelled one did not run meanwhile. */
  @Test
  void aCancelledTaskRunsNoMore() throws Exception {
    AtomicInteger times = new AtomicInteger();
    CountDownLatch twice = new CountDownLatch(2);
    QueueTimer.Task task =
        timer.every(
            "repeated",
            MILLI,
            () -> {
              times.incrementAndGet();
              twice.countDown();
            });
    assertThat(twice.await(20, TimeUnit.SECONDS)).isTrue();
    CountDownLatch later = new CountDownLatch(1);
    AtomicInteger seen = new AtomicInteger();
    timer.after(
        "cancels",
        0,
        () -> {
          task.cancel();
          task.cancel();
          seen.set(times.get());
        });
    timer.after("later", 30 * MILLI, later::countDown);
    assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(times).hasValue(seen.get());
  }

  @Test
  void aTaskIsNotRunBeforeItsTime() throws Exception {
    long start = System.nanoTime();
    CountDownLatch due = new CountDownLatch(3);
    List<Long> ran = new CopyOnWriteArrayList<>();
    timer.after("once", 20 * MILLI, () -> ran.add(System.nanoTime() - start));
    timer.every("repeated", 30 * MILLI, due::countDown);
    assertThat(timer.after("accepted", 0, () -> {})).isTrue();
    assertThat(due.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(90 * MILLI);
    assertThat(ran)
        .singleElement()
        .satisfies(at -> assertThat(at).isGreaterThanOrEqualTo(20 * MILLI));
  }

  /** A task may restore an interrupt of its own. */
  @Test
  void anInterruptedTaskDoesNotEndTheTimer() throws Exception {
    CountDownLatch later = new CountDownLatch(3);
    timer.every(
        "interrupted",
        MILLI,
        () -> {
          later.countDown();
          Thread.currentThread().interrupt();
        });
    assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theCloseEndsTheThreadAlsoDuringATask() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Thread[] thread = {null};
    timer.after(
        "waits",
        0,
        () -> {
          thread[0] = Thread.currentThread();
          running.countDown();
          await(new CountDownLatch(1));
          ended.countDown();
        });
    assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
    timer.close();
    assertThat(ended.await(15, TimeUnit.SECONDS)).as("interrupted").isTrue();
    thread[0].join(TimeUnit.SECONDS.toMillis(20));
    assertThat(thread[0].isAlive()).isFalse();
    assertThat(thread[0].isDaemon()).isTrue();
  }

  /** It may be that of a call that was interrupted, and it says nothing about the next task. */
  @Test
  void anInterruptThatATaskLeavesIsNeitherItsFailureNorSeenByTheNextRun() throws Exception {
    try (LogLines logged = LogLines.of("dev.jetlane.nats")) {
      CountDownLatch often = new CountDownLatch(5);
      AtomicInteger seen = new AtomicInteger();
      timer.every(
          "interrupting",
          MILLI,
          () -> {
            if (Thread.currentThread().isInterrupted()) {
              seen.incrementAndGet();
            }
            often.countDown();
            Thread.currentThread().interrupt();
          });
      assertThat(often.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(logged.texts()).noneMatch(text -> text.contains("interrupting"));
      assertThat(seen).hasValue(0);
    }
  }

  @Test
  void theFailureOfEachTaskIsLoggedWithItsNameAndItsCause() throws Exception {
    try (LogLines logged = LogLines.of("dev.jetlane.nats")) {
      CountDownLatch often = new CountDownLatch(8);
      Map<String, RuntimeException> planted =
          Map.of("task a", new IllegalStateException(), "task b", new IllegalArgumentException());
      planted.forEach(
          (name, failure) ->
              timer.every(
                  name,
                  MILLI,
                  () -> {
                    often.countDown();
                    Thread.currentThread().interrupt();
                    throw failure;
                  }));
      assertThat(often.await(20, TimeUnit.SECONDS)).isTrue();
      List<LogRecord> lines =
          logged.lines().stream().filter(line -> line.getMessage().startsWith("task ")).toList();
      assertThat(lines).as("one line for each task").hasSize(2);
      planted.forEach(
          (name, failure) ->
              assertThat(lines)
                  .filteredOn(
                      line -> line.getMessage().equals(name + " failed and will be retried"))
                  .singleElement()
                  .satisfies(line -> assertThat(line.getLevel()).isEqualTo(Level.SEVERE))
                  .satisfies(line -> assertThat(line.getThrown()).isSameAs(failure)));
    }
  }

  /** A task that fails for lack of memory would take the rest of it. */
  @Test
  void aFailedTaskIsTriedAgainAfterAPause() throws Exception {
    long start = System.nanoTime();
    CountDownLatch third = new CountDownLatch(3);
    timer.after(
        "failing twice",
        0,
        () -> {
          third.countDown();
          if (third.getCount() > 0) {
            throw new IllegalStateException("wanted");
          }
        });
    assertThat(third.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200 * MILLI);
  }

  /** After a suspension of the machine no burst of checks follows. */
  @Test
  void aLateTaskDoesNotMakeUpForTheRunsThatItMissed() throws Exception {
    long every = 100 * MILLI;
    AtomicInteger runs = new AtomicInteger();
    AtomicInteger seen = new AtomicInteger();
    CountDownLatch probed = new CountDownLatch(1);
    timer.every(
        "late",
        every,
        () -> {
          int run = runs.incrementAndGet();
          long start = System.nanoTime();
          while (run == 1 && System.nanoTime() - start < 5 * every / 2) {
            LockSupport.parkNanos(MILLI);
          }
          if (run == 2) {
            timer.after(
                "probe",
                0,
                () -> {
                  seen.set(runs.get());
                  probed.countDown();
                });
          }
        });
    assertThat(probed.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(seen).as("runs before a task that is due now").hasValue(2);
  }
}
