// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * Follows one call of a handler, for a span or for thread-bound values such as those of a logging
 * context. {@link QueueListener#handling} returns it. Every method does nothing by default.
 *
 * <p>An exception in a method is treated like one in the listener.
 */
public interface Handling {

  /** Follows nothing. */
  Handling NONE = new Handling() {};

  /**
   * The handler has returned or thrown. Called once, on the thread of {@link
   * QueueListener#handling}, to restore the state that {@code handling} changed on that thread.
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
