// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of an exchange, which only the driver completes. Users receive this object itself, so
 * that an exchange costs one object. They cannot complete or cancel it; stages that they derive
 * from it are ordinary futures.
 *
 * <p>A driver uses this class, or makes its requests subclasses of it. It calls {@link #succeed} or
 * {@link #fail}, once in total.
 *
 * @param <T> the result of the exchange
 */
public class DriverFuture<T> extends CompletableFuture<T> {

  private static final DriverFuture<Settlement> SETTLED =
      done(Completion.none(), Settlement.SETTLED);
  private static final DriverFuture<Settlement> SETTLED_LATE =
      done(Completion.none(), Settlement.SETTLED_LATE);

  private final Completion<? super T> completion;

  /**
   * Creates a future.
   *
   * @param completion the reaction of the client, which comes before the future completes
   */
  public DriverFuture(Completion<? super T> completion) {
    this.completion = completion;
  }

  /**
   * Calls the completion of the client, and returns a future that has completed with a result.
   *
   * @param <T> the type of the result
   * @param completion the reaction of the client
   * @param result the result
   * @return the completed future
   */
  public static <T> DriverFuture<T> done(Completion<? super T> completion, T result) {
    DriverFuture<T> future = new DriverFuture<>(completion);
    future.succeed(result);
    return future;
  }

  /**
   * Calls the completion of the client, and returns a completed future, which all settlements with
   * this result share: a worker settles each task, and this saves an object for each.
   *
   * @param completion the reaction of the client
   * @param action the action that was carried out
   * @return the completed future
   */
  public static DriverFuture<Settlement> settled(
      Completion<? super Settlement> completion, LeaseAction action) {
    completion.succeeding(action.result());
    return action.result() == Settlement.SETTLED_LATE ? SETTLED_LATE : SETTLED;
  }

  /**
   * Calls the completion of the client, and returns a failed future.
   *
   * @param <T> the type of the result
   * @param completion the reaction of the client
   * @param error the error
   * @return the failed future
   */
  public static <T> DriverFuture<T> failed(
      Completion<? super T> completion, TaskQueueException error) {
    DriverFuture<T> future = new DriverFuture<>(completion);
    future.fail(error);
    return future;
  }

  /**
   * Completes the exchange with a result. Called by the driver.
   *
   * @param result the result
   */
  public final void succeed(T result) {
    completion.succeeding(result);
    super.complete(result);
  }

  /**
   * Completes the exchange with an error. Called by the driver.
   *
   * @param error the error
   */
  public final void fail(Throwable error) {
    super.completeExceptionally(completion.failing(error));
  }

  /** Makes derived stages plain futures. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }

  /** Has no effect: the queue alone completes this. */
  @Override
  public boolean complete(@Nullable T value) {
    return false;
  }

  /** Has no effect: the queue alone completes this. */
  @Override
  public boolean completeExceptionally(Throwable error) {
    return false;
  }

  /** Has no effect: the queue alone completes this. */
  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    return this;
  }

  /** Has no effect: a sent request cannot be withdrawn. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return false;
  }

  /** Not supported: the queue alone completes this. */
  @Override
  public void obtrudeValue(@Nullable T value) {
    throw new UnsupportedOperationException("the queue alone completes this future");
  }

  /** Not supported: the queue alone completes this. */
  @Override
  public void obtrudeException(Throwable error) {
    throw new UnsupportedOperationException("the queue alone completes this future");
  }

  /** Returns a copy that times out; this future continues. */
  @Override
  public CompletableFuture<T> orTimeout(long timeout, TimeUnit unit) {
    return copy().orTimeout(timeout, unit);
  }

  /** Returns a copy that completes with a value after a time; this future continues. */
  @Override
  public CompletableFuture<T> completeOnTimeout(@Nullable T value, long timeout, TimeUnit unit) {
    return copy().completeOnTimeout(value, timeout, unit);
  }
}
