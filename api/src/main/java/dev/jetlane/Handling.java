package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * One call of a handler, as {@link QueueListener#handling} follows it: for a span, for values that
 * belong to the thread such as those of a logging context. Every method does nothing by default.
 *
 * <p>An exception of a method is treated like one of the listener.
 */
public interface Handling {

  /** Follows nothing. */
  Handling NONE = new Handling() {};

  /**
   * The handler has returned or thrown. Called once, on the thread of {@link
   * QueueListener#handling}: what that call changed on the thread is restored here.
   */
  default void left() {}

  /**
   * The work has ended. Called once, before the worker settles the task, on the thread that ended
   * the work: for an {@link AsyncTaskHandler} the one that completed its stage, which can be before
   * {@link #left}.
   *
   * @param failure the exception of the handler; null if there is none
   */
  default void ended(@Nullable Throwable failure) {}
}
