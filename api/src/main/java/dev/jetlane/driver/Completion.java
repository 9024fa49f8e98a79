package dev.jetlane.driver;

/**
 * The reaction of the client to the end of an exchange, before any other code sees the end. The
 * {@link DriverFuture} that it was given to calls one of its methods, once. They do not block.
 */
public interface Completion<T> {

  /** The queue has confirmed. */
  void succeeding(T result);

  /**
   * The exchange has failed.
   *
   * @return what the future completes with: the error as the user is to see it
   */
  Throwable failing(Throwable error);

  /** Does nothing, and leaves the error as it is. The same object at each call. */
  static Completion<Object> none() {
    return NoCompletion.INSTANCE;
  }
}
