// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A partition whose payloads are values of one type, made by {@link Partition#typed}. It encodes
 * values at a push, decodes payloads before a handler, and otherwise works like the {@link
 * Partition}.
 *
 * <p>A task that the codec cannot decode becomes a dead letter immediately, with the reason. It
 * reaches no handler, and is not retried.
 *
 * <p>Implementations are thread-safe.
 *
 * @param <T> the type of the values
 */
public interface TypedPartition<T> {

  /**
   * Returns the partition behind this one, for batches, counts and dead letters.
   *
   * @return the partition that {@link Partition#typed} was called on
   */
  Partition untyped();

  /**
   * Encodes a value as a task, for headers, a delay, a priority or a batch. Sends nothing.
   *
   * <pre>{@code
   * orders.untyped().push(orders.task("order-8", "two lamps").withDelay(Duration.ofHours(1)));
   * }</pre>
   *
   * @param id the id of the task, as for {@link Task#of(String, byte[])}
   * @param value the value
   * @return the task
   * @throws InvalidInputException if the id breaks its rule, or the codec cannot encode the value
   */
  Task task(String id, T value);

  /**
   * Stores a value as a task, see {@link Partition#push}.
   *
   * @param id the id of the task, its idempotency key
   * @param value the value
   * @return the confirmation
   * @throws InvalidInputException as for {@link #task} and {@link Partition#push}
   * @throws TaskQueueException as for {@link Partition#push}
   */
  default PushReceipt push(String id, T value) {
    return untyped().push(task(id, value));
  }

  /**
   * Stores a value as a task without waiting, see {@link Partition#pushAsync}.
   *
   * @param id the id of the task, its idempotency key
   * @param value the value
   * @return a future that completes as that of {@link Partition#pushAsync}
   * @throws InvalidInputException as for {@link #push}
   * @throws QueueClosedException if the queue is closed
   */
  @CheckReturnValue
  default CompletableFuture<PushReceipt> pushAsync(String id, T value) {
    return untyped().pushAsync(task(id, value));
  }

  /**
   * Opens a puller with {@link PullOptions#defaults()}.
   *
   * @return the puller, to be closed by the caller
   */
  @CheckReturnValue
  default TypedPuller<T> puller() {
    return puller(PullOptions.defaults());
  }

  /**
   * Opens a puller, see {@link Partition#puller(PullOptions)}.
   *
   * @param options the options of the puller
   * @return the puller, to be closed by the caller
   * @throws InvalidInputException as for {@link Partition#puller(PullOptions)}
   * @throws TaskQueueException as for {@link Partition#puller(PullOptions)}
   */
  @CheckReturnValue
  TypedPuller<T> puller(PullOptions options);

  /**
   * Starts a worker, see {@link Partition#work}. If a task cannot be decoded, its attempt fails
   * with an {@link UndecodableException} and makes a dead letter, regardless of the {@link
   * RetryPolicy}.
   *
   * @param handler does the work of one value
   * @param options the options of the worker
   * @return the running worker
   * @throws InvalidInputException as for {@link Partition#work}
   * @throws TaskQueueException as for {@link Partition#work}
   */
  Worker work(Handler<T> handler, WorkerOptions options);

  /**
   * Starts a worker like {@link #work}, with a handler that returns before its work is done.
   *
   * @param handler starts the work of one value
   * @param options the options of the worker
   * @return the running worker
   * @throws InvalidInputException as for {@link Partition#work}
   * @throws TaskQueueException as for {@link Partition#work}
   */
  Worker workAsync(AsyncHandler<T> handler, WorkerOptions options);

  /**
   * A {@link TaskHandler} for values.
   *
   * @param <T> the type of the values
   */
  @FunctionalInterface
  interface Handler<T> {

    /**
     * Does the work, see {@link TaskHandler#handle}.
     *
     * @param value the decoded payload
     * @param delivery the task under its lease
     * @throws Exception if the work failed
     */
    void handle(T value, Delivery delivery) throws Exception;
  }

  /**
   * An {@link AsyncTaskHandler} for values.
   *
   * @param <T> the type of the values
   */
  @FunctionalInterface
  interface AsyncHandler<T> {

    /**
     * Starts the work, see {@link AsyncTaskHandler#handle}.
     *
     * @param value the decoded payload
     * @param delivery the task under its lease
     * @return a stage that completes when the work is done
     * @throws Exception if the work could not be started
     */
    CompletionStage<?> handle(T value, Delivery delivery) throws Exception;
  }
}
