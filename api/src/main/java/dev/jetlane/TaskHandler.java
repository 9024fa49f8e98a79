package dev.jetlane;

/**
 * Does the work of one task, for a {@link Worker}. Must be idempotent, because delivery is at least
 * once, and thread-safe, because several tasks are worked on at once.
 */
@FunctionalInterface
public interface TaskHandler {

  /**
   * Does the work. Returning acks the delivery; throwing gives it back, later, as the {@link
   * RetryPolicy} says, or moves it to the dead letters. A handler that has settled the delivery
   * itself has decided: nothing else happens then.
   *
   * @throws Exception when the work could not be done; an {@link Error} counts as well, and is
   *     survived
   */
  void handle(Delivery delivery) throws Exception;
}
