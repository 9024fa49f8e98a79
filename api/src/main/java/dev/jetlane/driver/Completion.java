package dev.jetlane.driver;

/**
 * The reaction of the client to the end of an exchange, before any other code sees the end. The
 * {@link DriverFuture} that it was given to calls one of its methods, once. They do not block.
 *
 * @param <T> the result of the exchange
 */
public interface Completion<T> {

  /**
   * Called when the queue has confirmed.
   *
   * @param result the result
   */
  void succeeding(T result);

  /**
   * Called when the exchange has failed.
   *
   * @param error the error of the driver
   * @return what the future completes with: the error as the user is to see it
   */
  Throwable failing(Throwable error);

  /**
   * Returns a reaction that does nothing, and leaves the error unchanged.
   *
   * @return the same object at each call
   */
  static Completion<Object> none() {
    return NoCompletion.INSTANCE;
  }
}
