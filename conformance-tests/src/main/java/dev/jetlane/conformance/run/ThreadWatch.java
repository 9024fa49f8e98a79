// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Runs code and finds the threads that it starts, even if other tests run in the same process. A
 * thread belongs to the group of the thread that started it, so its name does not matter.
 */
public final class ThreadWatch {

  private static final int ROOM = 1_000;

  private final ThreadGroup group = new ThreadGroup("conformance-watched");

  /** Runs code in the group and waits for its end. */
  public <T> T call(Callable<T> code) throws Exception {
    FutureTask<T> task = new FutureTask<>(code);
    Thread thread = new Thread(group, task, "conformance-watched");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(Background.patienceMillis() * 4, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "no end after "
              + Background.patienceMillis() * 4
              + " ms, but "
              + Arrays.toString(thread.getStackTrace()));
    }
  }

  /**
   * Waits up to three seconds for the end of each started thread, and returns the threads that are
   * still alive.
   */
  public Set<Thread> left() throws InterruptedException {
    for (Thread thread : alive()) {
      thread.join(3_000);
    }
    return alive();
  }

  /** Returns the started threads that are alive. */
  public Set<Thread> alive() {
    Thread[] threads = new Thread[ROOM];
    int count = group.enumerate(threads);
    return Arrays.stream(threads, 0, count)
        .filter(Objects::nonNull)
        .filter(thread -> !isOfTheJdk(thread))
        .collect(Collectors.toSet());
  }

  /**
   * Whether a thread is a helper of the JDK, which starts when it is first needed and serves the
   * whole process.
   */
  private static boolean isOfTheJdk(Thread thread) {
    return thread.getName().startsWith("ForkJoinPool.commonPool")
        || thread.getName().startsWith("CompletableFutureDelay");
  }
}
