// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.Lifespan;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import net.jqwik.api.lifecycle.Store;

/**
 * Ends a property that takes too long because a queue does not answer. It prints the stack of each
 * thread, interrupts the property, and fails it. The limit is {@code jetlane.conformance.limit}
 * seconds, five minutes by default.
 */
public final class TimeLimit implements AroundPropertyHook {

  private static final String LIMIT = "jetlane.conformance.limit";
  private static final long DEFAULT_SECONDS = 300;

  /** The hook applies to all properties of the class. */
  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  /** This hook encloses the other ones. */
  @Override
  public int aroundPropertyProximity() {
    return -100;
  }

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) throws Throwable {
    long seconds = Long.getLong(LIMIT, DEFAULT_SECONDS);
    Thread thread = Thread.currentThread();
    String what = context.containerClass().getSimpleName() + ": " + context.label();
    // The property or its limit, whichever is first. Cancelling a task that is running succeeds
    // too.
    AtomicBoolean over = new AtomicBoolean();
    Runnable limit =
        () -> {
          if (over.compareAndSet(false, true)) {
            end(thread, what, seconds);
          }
        };
    Future<?> end = clock().schedule(limit, seconds, TimeUnit.SECONDS);
    PropertyExecutionResult result = property.execute();
    if (over.compareAndSet(false, true)) {
      end.cancel(false);
      return result;
    }
    // The interrupt may come shortly after the property ended.
    end.get();
    boolean unused = Thread.interrupted();
    return result.mapToFailed(
        "not over after " + seconds + " s; the stack of each thread is in the output");
  }

  private static ScheduledExecutorService clock() {
    return Store.getOrCreate(TimeLimit.class, Lifespan.RUN, Clock::new).get().timer;
  }

  private static void end(Thread thread, String what, long seconds) {
    System.err.println(what + ": not over after " + seconds + " s. What each thread is doing:");
    for (Map.Entry<Thread, StackTraceElement[]> each : Thread.getAllStackTraces().entrySet()) {
      System.err.println(each.getKey() + " " + each.getKey().getState());
      for (StackTraceElement frame : each.getValue()) {
        System.err.println("    at " + frame);
      }
    }
    thread.interrupt();
  }

  /** The timer for all properties of a run. */
  private static final class Clock implements Store.CloseOnReset {

    private final ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "jetlane-time-limit");
              thread.setDaemon(true);
              return thread;
            });

    @Override
    public void close() {
      timer.shutdownNow();
    }
  }
}
