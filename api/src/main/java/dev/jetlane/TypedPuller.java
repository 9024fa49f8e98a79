package dev.jetlane;

import java.time.Duration;
import java.util.List;

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
   * codec cannot decode is not returned: it becomes a dead letter immediately, and a pull that got
   * only such tasks goes on for the rest of its wait.
   *
   * <p>Blocks for at most the wait, and in addition for at most the request timeout for each task
   * that becomes a dead letter. If that fails, the failure is logged, and the task is delivered
   * again when its lease runs out.
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

  /** Ends this puller, see {@link Puller#close}. A second call does nothing. */
  @Override
  void close();
}
