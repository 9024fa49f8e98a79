// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Pulls tasks from a partition, each under a lease.
 *
 * <p>With {@link PullOptions#prefetch} an active puller also leases tasks before they are
 * requested.
 *
 * <p>Implementations are thread-safe. Pulls of one puller are served one after the other, so a
 * waiting pull delays those behind it.
 */
public interface Puller extends AutoCloseable {

  /**
   * Waits for tasks and leases up to {@code max} of them. Returns as soon as at least one is
   * available, with all tasks that are available at that moment, up to {@code max}.
   *
   * <p><b>Order.</b> First deliveries come in the order of the pushes. Redeliveries come before new
   * tasks: after naks in the order of the naks, after expired leases in the order of their ends.
   * With {@link QueueConfig#withPriorities priorities} this is the order within each priority, and
   * the highest priority comes first.
   *
   * <p>On a server a task becomes visible a few milliseconds after its push was confirmed
   * (nats-server 2.10 and 2.15). A pull that does not wait therefore looks for another 20 ms before
   * it returns an empty list.
   *
   * <p>A task that used up {@link QueueConfig#maxDeliveries()} becomes a {@link DeadLetter}
   * instead. While {@link QueueConfig#maxOutstanding()} tasks are outstanding, only redeliveries
   * are handed out.
   *
   * <p>A missing partition, a missing permission and a dead connection are exceptions, never an
   * empty list.
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
  List<Delivery> pull(int max, Duration wait) throws InterruptedException;

  /**
   * Pulls like {@link #pull}, without a thread that waits: many partitions can be pulled from one
   * thread.
   *
   * <p>{@link CompletableFuture#cancel} ends the wait and returns false. The future completes soon
   * afterwards with the tasks that were leased for it, often none, so no task is lost. Only the
   * queue completes the future. It does so on a thread of the implementation (in memory: on the
   * thread that pushed the task or moved the clock). Run dependent stages that block on an
   * executor.
   *
   * @param max as for {@link #pull}
   * @param wait as for {@link #pull}
   * @return completes as {@link #pull} returns, or with its {@link PermissionDeniedException},
   *     {@link QueueUnavailableException} or {@link QueueClosedException}
   * @throws InvalidInputException if {@code max} or {@code wait} is out of its range
   * @throws QueueClosedException if the puller or its queue is closed
   */
  @CheckReturnValue
  CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait);

  /**
   * Stops pulling, and immediately gives back fetched tasks that were not handed out. Deliveries
   * that were handed out stay valid and can be settled, but their leases are no longer kept. Ends
   * waiting pulls. Blocks for at most the request timeout. Never throws. A second call does
   * nothing.
   */
  @Override
  void close();
}
