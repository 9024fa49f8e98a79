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
    come(threads, List.of(new RecordedDelivery()));
  }

  private void come(HandlerThreads threads, List<RecordedDelivery> tasks) {
    assertThat(work.beginFetch(() -> {})).isPositive();
    assertThat(work.endFetch(List.copyOf(tasks))).isTrue();
    threads.openElsewhere();
  }

  /** No thread is started for quick tasks, and then the thread that they share may be busy. */
  @Test
  void aTaskThatComesWhileASlowOneRunsDoesNotWaitForIt() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    LinkedBlockingQueue<String> begun = new LinkedBlockingQueue<>();
    HandlerThreads threads =
        threads(
            run -> {
              String id = run.delivery().taskId();
              begun.add(id);
              if (id.equals("slow")) {
                await(slow);
              }
              work.ended(run, run.startedNanos() + 1_000);
            });
    try {
      come(threads, tasks("quick", 100));
      awaitRunning(0);
      come(threads, tasks("slow", 1));
      awaitHandled("slow", begun);
      for (boolean brought : List.of(false, true)) {
        clock.advance(Duration.ofSeconds(1)); // No look at waiting tasks is planned any more.
        if (brought) {
          threads.bring(() -> come(threads, tasks("beside", 1)));
        } else {
          come(threads, tasks("beside", 1));
        }
        awaitHandled("beside", begun);
        awaitRunning(1);
      }
    } finally {
      slow.countDown();
    }
  }

  private void awaitRunning(int tasks) {
    while (work.ahead() > 0 || work.running() != tasks) {
      Thread.onSpinWait();
    }
  }

  private void awaitHandled(String id, LinkedBlockingQueue<String> begun)
      throws InterruptedException {
    for (int look = 0; look < 1_000; look++) {
      String next = begun.poll(10, TimeUnit.MILLISECONDS);
      if (id.equals(next)) {
        return;
      }
      clock.advance(next == null ? Duration.ofMillis(2) : Duration.ZERO);
    }
    throw new AssertionError(id + " was not handled");
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
