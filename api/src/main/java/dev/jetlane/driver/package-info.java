/**
 * The interfaces that an implementation of a queue provides. Not for users of a queue.
 *
 * <p>One client serves every implementation: it validates arguments, decides which settlement wins
 * and which is late, keeps leases, calls listeners, runs workers, and gives every call its
 * deadline. An implementation is a driver with five interfaces:
 *
 * <pre>
 *   user --&gt; TaskQueue, Partition, Puller, Delivery, Worker     (the client: the same for all)
 *                 |
 *            QueueDriver --&gt; PartitionDriver --&gt; PullDriver --&gt; Lease     on a DriverClock
 * </pre>
 *
 * <p>The pull path belongs to the driver: it decides which task is leased to which pull, in which
 * order, and which tasks are leased ahead. Implementations share no code there, so that a
 * comparison of two of them is meaningful.
 *
 * <p><b>Rules for every driver.</b>
 *
 * <ul>
 *   <li><b>Arguments</b> have been checked against {@link dev.jetlane.Limits} and are never null.
 *   <li><b>Threads.</b> Every object of a driver is thread-safe.
 *   <li><b>Deadlines.</b> {@code deadlineNanos} is a moment on {@link DriverClock#nanoTime}. A call
 *       that takes one ends by then, however many exchanges with a server it makes. A call that
 *       does not return a future may block until then; an interrupt ends it early with {@link
 *       dev.jetlane.OutcomeUnknownException}, and the interrupt flag stays set.
 *   <li><b>Futures.</b> A method that returns a future does not wait for a server, except for room
 *       where it says so. The future is a {@link DriverFuture}, is completed once, by its deadline,
 *       and completes on a thread that a callback of a user may block.
 *   <li><b>Errors</b> are {@link dev.jetlane.TaskQueueException}s, thrown or in the future, with
 *       the partition, the task and the reason in the text: {@link
 *       dev.jetlane.OutcomeUnknownException} if a change may have been made, any other one only if
 *       it was not.
 *   <li><b>Close.</b> The client calls nothing of a driver after it was closed. A call that runs at
 *       that moment completes or fails: with {@link dev.jetlane.QueueClosedException} if nothing
 *       was sent, otherwise with {@link dev.jetlane.OutcomeUnknownException}.
 * </ul>
 */
@NullMarked
package dev.jetlane.driver;

import org.jspecify.annotations.NullMarked;
