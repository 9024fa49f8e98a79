package dev.jetlane;

/**
 * Does the work of one task, for a {@link Worker}. Must be idempotent, because delivery is at least
 * once, and thread-safe, because a worker runs several handlers at the same time.
 */
@FunctionalInterface
public interface TaskHandler {

  /**
   * Does the work. Returning acks the delivery. Throwing gives it back after the delay of the
   * {@link RetryPolicy}, or moves it to the dead letters. If the handler settled the delivery
   * itself, the worker does nothing more.
   *
   * @param delivery the task under its lease
   * @throws Exception if the work failed; the worker treats an {@link Error} like an exception
   */
  void handle(Delivery delivery) throws Exception;
}
