package dev.jetlane;

/**
 * A work queue: tasks are pushed into named partitions, pulled under a lease, and settled.
 *
 * <p>Delivery is <b>at least once</b>. A confirmed push comes out until it is settled, and it may
 * come out more than once: after a nak, when a lease runs out, and when a confirmation is lost.
 * Handlers must be idempotent.
 *
 * <p>A queue object is a client. Everything it stores outlives it: closing the queue and opening it
 * again, in this process or in another one, finds every task, lease, attempt count and delay as it
 * was.
 *
 * <p>This class is thread-safe, and so is everything that is reached through it.
 *
 * <p><b>Blocking.</b> Only {@link Puller#pull} and {@link Worker#drain} wait for something to
 * happen, and only they declare {@link InterruptedException}. Every other call is one bounded
 * exchange with the queue: it returns within the implementation's request timeout, and an interrupt
 * ends it early with {@link OutcomeUnknownException}, the interrupt flag kept.
 */
public interface TaskQueue extends AutoCloseable {

  /**
   * Opens a partition, creating it when it is not there. Creating is idempotent and safe when many
   * clients do it at once. Opening the same name again returns a partition over the same tasks.
   *
   * <p>Blocks for at most the request timeout.
   *
   * @param name {@code [A-Za-z0-9_-]{1,64}}, case-sensitive
   * @throws InvalidInputException if the name breaks that rule; nothing has been sent
   * @throws ConfigDriftException if the partition is there with settings other than this queue's
   * @throws PermissionDeniedException if this client may not use or create it
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if this queue is closed
   */
  Partition partition(String name);

  /**
   * Asks the queue how it is; never throws, also not after {@link #close}. Blocks for at most the
   * request timeout.
   */
  Health health();

  /**
   * What an operator sees of this queue. Asks nothing.
   *
   * @throws NotSupportedException if this implementation has no such calls
   * @throws QueueClosedException if this queue is closed
   */
  default QueueAdmin admin() {
    throw new NotSupportedException("this queue has no calls for operators");
  }

  /**
   * Closes every puller of this queue, waits for the pushes and settlements in flight up to the
   * request timeout, and releases connections and threads.
   *
   * <p>What a puller had fetched and not handed out is given back at once. A delivery that was
   * handed out keeps its lease: its worker may still be at work, so the task comes back when the
   * lease runs out and not before. Settling it after the close throws {@link QueueClosedException}.
   * A second call does nothing.
   */
  @Override
  void close();
}
