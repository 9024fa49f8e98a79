// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * A work queue: tasks are pushed into named partitions, pulled under a lease, and settled.
 *
 * <p>Delivery is <b>at least once</b>. A task whose push was confirmed is delivered, if necessary
 * repeatedly, until it is settled or becomes a dead letter. It is delivered again after a nak, an
 * expired lease, or a lost ack. Handlers must be idempotent.
 *
 * <p>A queue object is a client. Tasks, leases, attempt counts and delays outlive it: a queue that
 * is opened again, in this process or in another one, finds them unchanged.
 *
 * <p>Implementations are thread-safe, and so are all objects that they return.
 *
 * <p><b>Blocking.</b> Only a pull ({@link Puller#pull}, {@link TypedPuller#pull}) and {@link
 * Worker#drain} wait for an event. Every other call ends by one deadline, the request timeout of
 * the implementation, however many exchanges it makes, unless its Javadoc says otherwise. An
 * interrupt ends a waiting call like a lost answer: with {@link OutcomeUnknownException} if the
 * call changes something, otherwise with {@link QueueUnavailableException}. A call that does not
 * wait continues. The interrupt flag stays set.
 *
 * <p><b>Errors.</b> Each method lists the exceptions that its callers distinguish. Every call that
 * sends a request can in addition throw {@link QueueRejectedException}, with the server's code, if
 * the server refuses the request permanently.
 */
public interface TaskQueue extends AutoCloseable {

  /**
   * Opens a partition, and creates it if it does not exist. Many clients may create it at the same
   * time. A second call with the same name returns the same object and sends nothing.
   *
   * <p>A partition that another client deletes while it is open is created again: a call that finds
   * it missing throws {@link QueueUnavailableException}, and a later call succeeds. A client that
   * may not create partitions depends on a client that may.
   *
   * <p>Blocks for at most the request timeout.
   *
   * @param name {@code [A-Za-z0-9_-]{1,64}}, case-sensitive
   * @return the partition, valid until this queue is closed
   * @throws InvalidInputException if the name breaks that rule; nothing was sent
   * @throws ConfigDriftException if the queue or the partition exists with settings other than
   *     those of this client
   * @throws PermissionDeniedException if this client may not use or create it
   * @throws QueueRejectedException if the server refuses the settings permanently
   * @throws OutcomeUnknownException if the partition may or may not be created; opening it again is
   *     safe
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if this queue is closed
   */
  Partition partition(String name);

  /**
   * Checks the connection, the storage and the opened partitions. Blocks for at most the request
   * timeout, whether or not the thread is interrupted. Never throws, even after {@link #close}.
   *
   * @return the health at this moment; neither live nor ready after the close
   */
  Health health();

  /**
   * Returns the calls for operators of this queue. Sends nothing.
   *
   * @return the calls for operators
   * @throws NotSupportedException if this implementation has no such calls
   * @throws QueueClosedException if this queue is closed
   */
  default QueueAdmin admin() {
    throw new NotSupportedException("this queue does not support admin()");
  }

  /**
   * Closes every puller and worker of this queue, waits up to the request timeout for pushes and
   * settlements in flight, and releases connections and threads.
   *
   * <p>Tasks that a puller fetched and did not hand out are given back immediately. A delivery that
   * was handed out keeps its lease, because its holder may still work: the task is redelivered when
   * the lease expires, not earlier. Settling it after the close throws {@link
   * QueueClosedException}. A second call does nothing.
   */
  @Override
  void close();
}
