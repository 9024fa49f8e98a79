// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.WorkerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The executor that a worker uses: that of its user, that of its queue, or its own. */
@Timeout(30)
class HandlerPoolTest {

  private static final WorkerOptions OPTIONS = WorkerOptions.concurrency(1);
  private static final int HALF = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

  private final List<String> used = new ArrayList<>();
  private final Executor users = command -> used.add("user");
  private final Executor queues = command -> used.add("queue");

  @Test
  void theExecutorOfTheUserIsFirst() {
    HandlerPool pool = HandlerPool.of(OPTIONS.withExecutor(users), "p", queues);
    pool.execute(() -> {});
    assertThat(used).containsExactly("user");
    assertThat(pool.isForeign()).isTrue();
    assertThat(pool.isOwn()).isFalse();
    assertThat(pool.threadsOfQuickTasks()).isEqualTo(HALF);
    assertThat(pool.isShutDown()).isFalse();
  }

  @Test
  void theExecutorOfTheQueueIsSecond() {
    HandlerPool pool = HandlerPool.of(OPTIONS, "p", queues);
    pool.execute(() -> {});
    assertThat(used).containsExactly("queue");
    assertThat(pool.isForeign()).isFalse();
    assertThat(pool.isOwn()).isFalse();
    assertThat(pool.threadsOfQuickTasks()).isEqualTo(Integer.MAX_VALUE);
  }

  /** HandlerStacks, thread dumps and logs of users depend on the names. */
  @Test
  void itsOwnThreadsAreNumberedDaemons() throws InterruptedException {
    HandlerPool pool = HandlerPool.of(OPTIONS, "gpu", null);
    assertThat(pool.isForeign()).isFalse();
    assertThat(pool.isOwn()).isTrue();
    assertThat(pool.threadsOfQuickTasks()).isEqualTo(HALF);
    LinkedBlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
    CountDownLatch go = new CountDownLatch(1);
    for (int i = 0; i < 3; i++) {
      pool.execute(
          () -> {
            threads.add(Thread.currentThread());
            try {
              go.await();
            } catch (InterruptedException e) {
              throw new AssertionError("accepted handlers still run after a close", e);
            }
          });
    }
    List<Thread> all = List.of(threads.take(), threads.take(), threads.take());
    assertThat(all)
        .extracting(Thread::getName)
        .containsExactlyInAnyOrder(
            "jetlane-handler-gpu-1", "jetlane-handler-gpu-2", "jetlane-handler-gpu-3");
    assertThat(all).allMatch(Thread::isDaemon);
    assertThat(pool.isShutDown()).isFalse();
    pool.close();
    assertThat(pool.isShutDown()).isTrue();
    assertThat(all).allMatch(Thread::isAlive);
    assertThatThrownBy(() -> pool.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    pool.await(1);
    go.countDown();
    pool.await(TimeUnit.SECONDS.toNanos(30));
    for (Thread each : all) {
      each.join();
    }
  }

  @Test
  void aCloseEndsOnlyItsOwnThreads() throws InterruptedException {
    ExecutorService user = Executors.newSingleThreadExecutor();
    try {
      HandlerPool ofUser = HandlerPool.of(OPTIONS.withExecutor(user), "p", null);
      HandlerPool ofQueue = HandlerPool.of(OPTIONS, "p", user);
      ofUser.close();
      ofQueue.close();
      assertThat(user.isShutdown()).as("the executor is shut down").isFalse();
      ofUser.await(TimeUnit.DAYS.toNanos(1)); // does not wait
      user.shutdown();
      assertThat(ofUser.isShutDown()).isTrue();
      assertThat(ofQueue.isShutDown()).isTrue();
    } finally {
      user.shutdownNow();
    }
  }
}
