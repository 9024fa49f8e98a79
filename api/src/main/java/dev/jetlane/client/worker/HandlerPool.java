// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.WorkerOptions;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads for handlers: the user's executor, or the worker's own threads. */
final class HandlerPool {

  private static final long IDLE_SECONDS = 10;

  private final Executor executor;

  /** Null if the executor is the user's. */
  private final @Nullable ExecutorService own;

  private final boolean foreign;

  private HandlerPool(Executor executor, @Nullable ExecutorService own, boolean foreign) {
    this.executor = executor;
    this.own = own;
    this.foreign = foreign;
  }

  /**
   * @param lent the executor of the queue for the handlers of all workers; null if there is none
   */
  static HandlerPool of(WorkerOptions options, String name, @Nullable Executor lent) {
    Optional<Executor> callers = options.executor();
    if (callers.isPresent()) {
      return new HandlerPool(callers.get(), null, true);
    }
    if (lent != null) {
      return new HandlerPool(lent, null, false);
    }
    ExecutorService own = options.virtualThreads() ? virtual(name) : platform(name);
    return new HandlerPool(own, own, false);
  }

  private static ExecutorService platform(String name) {
    AtomicInteger numbers = new AtomicInteger();
    // The worker uses at most one thread for each handler; a thread that has just ended
    // may still be busy.
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          String number = name + "-" + numbers.incrementAndGet();
          Thread thread = new Thread(task, "jetlane-handler-" + number);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** As {@code Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(...).factory())}. */
  private static ExecutorService virtual(String name) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> builder = Class.forName("java.lang.Thread$Builder");
      Class<?> ofVirtual = Class.forName("java.lang.Thread$Builder$OfVirtual");
      MethodHandle made =
          lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(ofVirtual));
      MethodHandle named =
          lookup.findVirtual(
              builder, "name", MethodType.methodType(builder, String.class, long.class));
      MethodHandle factory =
          lookup.findVirtual(builder, "factory", MethodType.methodType(ThreadFactory.class));
      MethodHandle executor =
          lookup.findStatic(
              Executors.class,
              "newThreadPerTaskExecutor",
              MethodType.methodType(ExecutorService.class, ThreadFactory.class));
      Object threads = named.invoke(made.invoke(), "jetlane-handler-" + name + "-", 1L);
      return (ExecutorService) executor.invoke(factory.invoke(threads));
    } catch (Throwable e) {
      throw new IllegalStateException("this JDK has no virtual threads", e);
    }
  }

  void execute(Runnable work) {
    executor.execute(work);
  }

  /** Returns whether the executor is the user's, whose {@link #execute} may do anything. */
  boolean isForeign() {
    return foreign;
  }

  /** Whether the threads are the worker's alone. */
  boolean isOwn() {
    return own != null;
  }

  /**
   * Returns the number of threads beyond which quick tasks do not become faster, in addition to the
   * threads of the queue.
   */
  int threadsOfQuickTasks() {
    return own == null && !foreign
        ? Integer.MAX_VALUE // A lent executor: the same number on every machine.
        : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  /** Returns whether the executor was shut down. */
  boolean isShutDown() {
    return executor instanceof ExecutorService service && service.isShutdown();
  }

  /** Accepted handlers still run. */
  void close() {
    if (own != null) {
      own.shutdown();
    }
  }

  void await(long nanos) throws InterruptedException {
    if (own != null) {
      boolean unused = own.awaitTermination(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
