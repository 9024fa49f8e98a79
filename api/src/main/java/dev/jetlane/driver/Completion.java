package dev.jetlane.driver;

import org.jspecify.annotations.Nullable;

/**
 * What the client does when an exchange ends, before anybody else sees that it ended. Called once
 * by the {@link DriverFuture} that it was given to; does not block.
 */
@FunctionalInterface
public interface Completion<T> {

  /**
   * The exchange has ended.
   *
   * @param result null if it failed
   * @param error null if it succeeded
   */
  void completing(@Nullable T result, @Nullable Throwable error);

  /** Does nothing. */
  static <T> Completion<T> none() {
    return (result, error) -> {};
  }
}
