// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

/**
 * The callback of the client at the end of an exchange, before any other code sees the result. The
 * {@link DriverFuture} that received it calls one of its methods, once. They do not block.
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
   * @return the error for the user, with which the future completes
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
