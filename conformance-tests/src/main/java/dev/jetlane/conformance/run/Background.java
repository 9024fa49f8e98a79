// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** A call on its own thread, for calls that block or race. */
public final class Background<T> {

  private static final long BLOCKED_MILLIS = 2_000;
  private static final long PATIENCE_MILLIS = 10_000;

  private final CompletableFuture<T> result;
  private final Thread thread;

  private Background(CompletableFuture<T> result, Thread thread) {
    this.result = result;
    this.thread = thread;
    thread.start();
  }

  private static Thread platform(Runnable run) {
    Thread thread = new Thread(run, "conformance-background");
    thread.setDaemon(true);
    return thread;
  }

  public static <T> Background<T> start(Callable<T> call) {
    return start(call, Background::platform);
  }

  /** Starts a call, on a virtual thread if wanted and supported (JDK 21 and later). */
  public static <T> Background<T> start(Callable<T> call, boolean virtual) {
    return start(call, virtual ? Background::virtual : Background::platform);
  }

  private static Thread virtual(Runnable run) {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      return (Thread)
          Class.forName("java.lang.Thread$Builder")
              .getMethod("unstarted", Runnable.class)
              .invoke(builder, run);
    } catch (ReflectiveOperationException | UnsupportedOperationException before21) {
      return platform(run);
    }
  }

  private static <T> Background<T> start(Callable<T> call, Function<Runnable, Thread> threads) {
    CompletableFuture<T> result = new CompletableFuture<>();
    return new Background<>(
        result,
        threads.apply(
            () -> {
              try {
                result.complete(call.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            }));
  }

  /** Returns an asynchronous call, which needs no thread. */
  public static <T> Background<T> of(CompletableFuture<T> call) {
    return new Background<>(call, platform(() -> {}));
  }

  /** Waits until the call blocks or has ended. */
  public Background<T> awaitBlocked() throws InterruptedException {
    long start = System.nanoTime();
    while (thread.isAlive()
        && thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING
        && System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(BLOCKED_MILLIS)) {
      thread.join(1);
    }
    // A call may wait briefly before it reaches the point where it blocks.
    thread.join(5);
    return this;
  }

  public boolean ended() {
    return result.isDone();
  }

  public void interrupt() {
    thread.interrupt();
  }

  /** The time after which a call counts as endless. A correct queue needs far less. */
  static long patienceMillis() {
    return Long.getLong("jetlane.conformance.patienceMillis", PATIENCE_MILLIS);
  }

  /**
   * Returns the result of the call. Throws its exception, or {@link TimeoutException} if it does
   * not end.
   */
  public T result() throws Exception {
    try {
      return result.get(patienceMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "a call did not end within "
              + patienceMillis()
              + " ms; it is "
              + thread.getState()
              + " in "
              + Arrays.toString(thread.getStackTrace()));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Returns the exception of the call, or a note that there was none. */
  public Throwable failure() throws InterruptedException {
    try {
      return new IllegalStateException("nothing was thrown, but returned: " + result());
    } catch (InterruptedException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return e;
    } catch (Exception e) {
      return e;
    }
  }
}
