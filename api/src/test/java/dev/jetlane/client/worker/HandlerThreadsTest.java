// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.WorkerOptions;
import dev.jetlane.client.StandingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandlerThreadsTest {

  private final StandingClock clock = new StandingClock();
  private final Workload work = new Workload(2, 1, new FetchAhead(2, 0, FetchAhead.MOST));
  private final HandlerPool pool = HandlerPool.of(WorkerOptions.concurrency(2), "p", null);
  private final LinkedBlockingQueue<Thread> handlers = new LinkedBlockingQueue<>();
  private final CountDownLatch together = new CountDownLatch(2);

  private HandlerThreads threads(boolean waitForEachOther) {
    return threads(
        run -> {
          handlers.add(Thread.currentThread());
          together.countDown();
          if (waitForEachOther) {
            await(together);
          }
          work.ended(run, 0);
        });
  }

  private HandlerThreads threads(Consumer<HandlerRun> handle) {
    return threads(pool, handle);
  }

  private HandlerThreads threads(HandlerPool ofHandlers, Consumer<HandlerRun> handle) {
    return new HandlerThreads(
        clock,
        work,
        new Steps(() -> {}),
        ofHandlers,
        new Agenda(clock),
        new WorkerReports("p", failure -> {}, clock),
        delivery -> new HandlerRun(delivery, 0),
        handle,
        () -> {},
        why -> {});
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Thread bring(HandlerThreads threads, int tasks) throws Exception {
    CompletableFuture<Thread> brought = new CompletableFuture<>();
    threads.bring(
        () -> {
          assertThat(work.beginFetch(() -> {})).isEqualTo(2);
          List<RecordedDelivery> some =
              List.of(new RecordedDelivery(), new RecordedDelivery()).subList(0, tasks);
          assertThat(work.endFetch(List.copyOf(some))).isTrue();
          threads.openElsewhere();
          brought.complete(Thread.currentThread());
        });
    return brought.get();
  }

  @AfterEach
  void end() {
    pool.close();
  }

  /** Waking another thread takes as long as everything else. */
  @Test
  void theThreadThatTakesATaskHandlesIt() throws Exception {
    Thread brought = bring(threads(false), 1);
    assertThat(handlers.poll(30, TimeUnit.SECONDS)).isSameAs(brought);
  }

  @Test
  void severalTasksThatComeTogetherAreHandledTogether() throws Exception {
    Thread unused = bring(threads(true), 2);
    assertThat(together.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(handlers.take()).isNotSameAs(handlers.take());
  }

  /** After a thread has brought tasks, it is a handler thread like any other. */
  @Test
  void tasksThatComeWhileALaneRunsOpenAnotherOne() throws Exception {
    CompletableFuture<HandlerThreads> self = new CompletableFuture<>();
    AtomicBoolean first = new AtomicBoolean(true);
    HandlerThreads threads =
        threads(
            run -> {
              if (first.getAndSet(false)) {
                assertThat(work.beginFetch(() -> {})).isOne();
                assertThat(work.endFetch(List.of(new RecordedDelivery()))).isTrue();
                self.join().openElsewhere();
              }
              together.countDown();
              await(together);
            });
    self.complete(threads);
    Thread unused = bring(threads, 1);
    assertThat(together.await(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Afterwards as many threads can start as there are places, and no more. */
  @Test
  void aStepWithoutATaskStartsNoThread() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    HandlerThreads threads = threads(run -> {});
    threads.bring(() -> {});
    pool.execute(over::countDown);
    pool.close();
    pool.await(TimeUnit.SECONDS.toNanos(30));
    assertThat(over.getCount()).isZero();
    assertThat(work.beginFetch(() -> {})).isEqualTo(2);
    List<Delivery> many = Stream.<Delivery>generate(RecordedDelivery::new).limit(9).toList();
    assertThat(work.endFetch(many)).isTrue();
    assertThat(Stream.generate(work::startThread).limit(3)).containsExactly(true, true, false);
  }

  /** Otherwise a single refusal, long after the first ones, would cost two seconds. */
  @Test
  void afterAStartTheFirstPauseIsShortAgain() {
    AtomicInteger refusals = new AtomicInteger();
    AtomicInteger handled = new AtomicInteger();
    Executor refusing =
        task -> {
          if (refusals.getAndDecrement() > 0) {
            throw new RejectedExecutionException("full");
          }
          task.run();
        };
    HandlerThreads threads =
        threads(
            HandlerPool.of(WorkerOptions.concurrency(2).withExecutor(refusing), "p", null),
            run -> {
              handled.incrementAndGet();
              work.ended(run, 0);
            });

    refusals.set(5);
    come(threads);
    clock.advance(Duration.ofSeconds(10));
    assertThat(handled).hasValue(1);

    refusals.set(1);
    come(threads);
    clock.advance(Duration.ofMillis(99));
    assertThat(handled).hasValue(1);
    clock.advance(Duration.ofMillis(1));
    assertThat(handled).hasValue(2);
  }

  private void come(HandlerThreads threads) {
    come(work, threads, List.of(new RecordedDelivery()));
  }

  /** No thread is started for quick tasks, and then the thread that they share may be busy. */
  @Test
  void aTaskThatComesWhileASlowOneRunsDoesNotWaitForIt() throws Exception {
    for (boolean brought : List.of(false, true)) {
      CountDownLatch slow = new CountDownLatch(1);
      CountDownLatch besides = new CountDownLatch(1);
      CountDownLatch quickOnes = new CountDownLatch(1);
      CompletableFuture<Void> begun = new CompletableFuture<>();
      StandingClock time = new StandingClock();
      Workload some = new Workload(4, 1, new FetchAhead(4, 0, FetchAhead.MOST));
      HandlerPool own = HandlerPool.of(WorkerOptions.concurrency(4), "p", null);
      HandlerThreads threads =
          new HandlerThreads(
              time,
              some,
              new Steps(() -> {}),
              own,
              new Agenda(time),
              new WorkerReports("p", failure -> {}, time),
              delivery -> new HandlerRun(delivery, 0),
              run -> {
                switch (run.delivery().taskId()) {
                  case "slow" -> {
                    begun.complete(null);
                    await(slow);
                  }
                  case "beside" -> besides.countDown();
                  default -> {}
                }
                some.ended(run, run.startedNanos() + 1_000);
                if (some.ahead() == 0) {
                  quickOnes.countDown();
                }
              },
              () -> {},
              why -> {});
      try {
        come(some, threads, tasks("quick", 100));
        await(quickOnes);
        while (some.running() > 0) {
          Thread.onSpinWait();
        }
        come(some, threads, tasks("slow", 1));
        begun.get(30, TimeUnit.SECONDS);
        time.advance(Duration.ofSeconds(1)); // No look at waiting tasks is planned any more.
        Runnable come = () -> come(some, threads, tasks("beside", 1));
        CountDownLatch came = new CountDownLatch(1);
        if (brought) {
          threads.bring(come);
          own.execute(came::countDown);
        } else {
          come.run();
          came.countDown();
        }
        await(came);
        boolean handled = false;
        for (int look = 0; look < 1_000 && !handled; look++) {
          time.advance(Duration.ofMillis(2));
          handled = besides.await(10, TimeUnit.MILLISECONDS);
        }
        assertThat(handled).as("handled beside the slow one, brought %s", brought).isTrue();
      } finally {
        slow.countDown();
        own.close();
      }
    }
  }

  private static void come(Workload some, HandlerThreads threads, List<RecordedDelivery> tasks) {
    assertThat(some.beginFetch(() -> {})).isPositive();
    assertThat(some.endFetch(List.copyOf(tasks))).isTrue();
    threads.openElsewhere();
  }

  private static List<RecordedDelivery> tasks(String id, int count) {
    List<RecordedDelivery> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RecordedDelivery task = new RecordedDelivery();
      task.id = id;
      tasks.add(task);
    }
    return tasks;
  }
}
