package dev.jetlane;

import java.time.Duration;
import java.util.List;

/**
 * Takes tasks out of a partition, each under a lease.
 *
 * <p>With {@link PullOptions#prefetch} it also leases tasks ahead of the pulls, while it is used:
 * from its first pull at the latest, until nobody has pulled for half a lease. Then it gives back
 * what it did not hand out, unless {@link PullOptions#keepFor} says to keep it.
 *
 * <p>This class is thread-safe; threads that share a puller are served one after the other, so a
 * thread each with a puller of its own is faster.
 */
public interface Puller extends AutoCloseable {

  /**
   * Waits for tasks and leases up to {@code max} of them. Returns as soon as there is at least one,
   * with as many as are there at that moment, and with an empty list once the wait is over. Never
   * returns more than {@code max}.
   *
   * <p><b>Order.</b> First deliveries come in the order of the pushes. What is to be delivered
   * again comes before anything new: after naks in the order of the naks, after expired leases in
   * the order of their deadlines. With {@link QueueConfig#withPriorities(int, int) priorities} that
   * is the order within each of them, and the highest comes first.
   *
   * <p>On a server a task becomes visible to pulls a moment after its push was confirmed (some
   * milliseconds, nats-server 2.10 and 2.15). A pull that does not wait therefore asks the server a
   * second time, for 20 ms, before it returns nothing.
   *
   * <p>A task that has used up {@link QueueConfig#maxDeliveries()} is not handed out: it goes to
   * the {@link DeadLetters}. While {@link QueueConfig#maxOutstanding()} tasks are outstanding
   * nothing new is handed out, only redeliveries.
   *
   * <p>A partition that is gone, a missing permission and a dead connection are exceptions, never
   * an empty list. The list is the caller's own.
   *
   * @param max from 1 to {@link Limits#MAX_PULL}
   * @param wait from zero, which does not wait, to {@link Limits#MAX_WAIT}
   * @throws InterruptedException if the thread was interrupted before or during the wait; nothing
   *     is leased then
   * @throws InvalidInputException if {@code max} or {@code wait} is out of its range
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if the puller or its queue is closed, also while this waits
   */
  List<Delivery> pull(int max, Duration wait) throws InterruptedException;

  /**
   * Stops pulling and gives back at once what was fetched and not handed out. Deliveries that were
   * handed out stay valid and can be settled, but their leases are not kept any longer. Ends a
   * {@link #pull} that waits. A second call does nothing.
   */
  @Override
  void close();
}
