// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Pulls tasks from a {@link TypedPartition}: a {@link Puller} that decodes.
 *
 * <p>Implementations are thread-safe.
 *
 * @param <T> the type of the values
 */
public interface TypedPuller<T> extends AutoCloseable {

  /**
   * Waits for tasks and leases up to {@code max} of them, like {@link Puller#pull}. A task that the
   * codec cannot decode is not returned: it becomes a dead letter immediately. A pull that got only
   * such tasks continues for the rest of its wait.
   *
   * <p>Blocks for at most the wait, and in addition for at most the request timeout for each task
   * that becomes a dead letter. If the dead letter cannot be stored, the failure is logged, and the
   * task is delivered again when its lease expires.
   *
   * @param max the largest number of tasks, from 1 to {@link Limits#MAX_PULL}
   * @param wait how long to wait for the first task, from zero to {@link Limits#MAX_WAIT}
   * @return the deliveries, in a list that the caller may modify; empty if the wait ended
   * @throws InterruptedException if the thread was interrupted before or during the wait; no task
   *     is leased then
   * @throws InvalidInputException if {@code max} or {@code wait} is out of its range
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if the puller or its queue is closed, even during the wait
   */
  List<TypedDelivery<T>> pull(int max, Duration wait) throws InterruptedException;

  /**
   * Pulls like {@link #pull}, without a thread that waits, see {@link Puller#pullAsync}. It decodes
   * on the thread that completes the future, and waits for no dead letter.
   *
   * @param max as for {@link #pull}
   * @param wait as for {@link #pull}
   * @return completes as {@link #pull} returns, or with an exception of {@link Puller#pullAsync}
   * @throws InvalidInputException if {@code max} or {@code wait} is out of its range
   * @throws QueueClosedException if the puller or its queue is closed
   */
  @CheckReturnValue
  CompletableFuture<List<TypedDelivery<T>>> pullAsync(int max, Duration wait);

  /** Ends this puller, see {@link Puller#close}. A second call does nothing. */
  @Override
  void close();
}
