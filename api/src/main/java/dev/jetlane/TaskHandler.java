// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * Does the work of one task, for a {@link Worker}. Must be idempotent, because delivery is at least
 * once, and thread-safe, because a worker runs several handlers at the same time.
 */
@FunctionalInterface
public interface TaskHandler {

  /**
   * Does the work. If this returns, the worker acks the delivery. If it throws, the worker gives
   * the task back after the delay of the {@link RetryPolicy}, or makes it a dead letter. If the
   * handler settled the delivery itself, the worker does nothing more.
   *
   * @param delivery the task under its lease
   * @throws Exception if the work failed; the worker treats an {@link Error} like an exception
   */
  void handle(Delivery delivery) throws Exception;
}
