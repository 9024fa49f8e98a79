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
 * Runs code and knows the threads that it starts, by whatever name, beside other tests in the same
 * process: a thread belongs to the group of the thread that started it.
 */
public final class ThreadWatch {

  private static final int ROOM = 1_000;

  private final ThreadGroup group = new ThreadGroup("conformance-watched");

  /** Runs it in the group and waits for its end. */
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

  /** Waits up to three seconds for each thread that was started, and returns those that live on. */
  public Set<Thread> left() throws InterruptedException {
    for (Thread thread : alive()) {
      thread.join(3_000);
    }
    return alive();
  }

  /** The threads that were started and live. */
  public Set<Thread> alive() {
    Thread[] threads = new Thread[ROOM];
    int count = group.enumerate(threads);
    return Arrays.stream(threads, 0, count)
        .filter(Objects::nonNull)
        .filter(thread -> !isOfTheJdk(thread))
        .collect(Collectors.toSet());
  }

  /** The JDK's own helpers start when they are first needed and serve the whole process. */
  private static boolean isOfTheJdk(Thread thread) {
    return thread.getName().startsWith("ForkJoinPool.commonPool")
        || thread.getName().startsWith("CompletableFutureDelay");
  }
}
