// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A named sequence of tasks in a {@link TaskQueue}. Each partition has its own tasks, ids and
 * limits.
 *
 * <p>Implementations are thread-safe. A call that throws {@link InvalidInputException} sent nothing
 * and changed nothing.
 */
public interface Partition {

  /**
   * Returns the name of this partition.
   *
   * @return the name that it was opened with
   */
  String name();

  /**
   * Stores a task. When this returns, the queue has confirmed the storing.
   *
   * <p>The task's id is its idempotency key: the same id pushed again within {@link
   * QueueConfig#dedupWindow()} of the first accepted push is not stored again, even if the first
   * task was settled meanwhile, and the receipt reports it. A duplicate does not prolong the
   * window. After the window the same id is a new task, even if the first one is not settled.
   *
   * <p>A task with a {@link Task#delay()} is never delivered before the delay ends; becoming due
   * does not count as an attempt. Due tasks come after the tasks that were ready earlier, in the
   * order in which they become due. On a server, tasks that become due within a few milliseconds of
   * each other may come in another order, such as tasks that a loop pushes with equal delays. The
   * delay outlives clients and restarts. The dedup window counts from the push; while a task is
   * delayed, another delayed push of its id is a duplicate even after the window. {@link #cancel}
   * removes a task that is not due.
   *
   * <p>Blocks for at most the request timeout. A transient failure is retried within it, with the
   * same id, as long as the queue certainly remembers the id. A push of unknown outcome is safe to
   * repeat within the dedup window.
   *
   * <p>A task of a higher {@link Task#priority()} is delivered first. A second push of an id with
   * another priority is a duplicate.
   *
   * @param task the task
   * @return the confirmation
   * @throws InvalidInputException if the payload is larger than {@link
   *     QueueConfig#maxPayloadBytes()}, or the queue has no such priority
   * @throws QueueFullException if the partition holds {@link QueueConfig#maxTasks()} tasks; nothing
   *     was stored
   * @throws OutcomeUnknownException if the task may or may not be stored; pushing it again within
   *     the dedup window is safe
   * @throws PermissionDeniedException if this client may not push here
   * @throws QueueUnavailableException if the queue cannot be reached; nothing was stored
   * @throws QueueClosedException if the queue is closed
   */
  PushReceipt push(Task task);

  /**
   * Stores a task without waiting for the confirmation. Pushes of one thread are stored in the
   * order of their calls.
   *
   * <p>The implementation limits the number of unconfirmed pushes; at the limit this blocks for at
   * most the request timeout. The future completes on a thread of the implementation. Run dependent
   * stages that block on an executor.
   *
   * @param task the task
   * @return a future that completes with the receipt or, within the request timeout, with one of
   *     the exceptions of {@link #push}
   * @throws InvalidInputException as for {@link #push}
   * @throws QueueClosedException if the queue is closed
   */
  @CheckReturnValue
  CompletableFuture<PushReceipt> pushAsync(Task task);

  /**
   * Stores many tasks, pipelined, in the order of the list. Some may be stored and others not. Only
   * transient failures are retried, with the same id.
   *
   * <p>All tasks are checked before the first one is sent. Blocks until the last outcome is known,
   * for each task at most the request timeout after it was sent. In a partition with {@link
   * QueueConfig#maxTasks} delayed tasks also wait for at most one request timeout before the first
   * one is sent, and before each task that seems to find no room. All tasks wait for at most
   * another one if asynchronous pushes of delayed tasks have not been sent.
   *
   * @param tasks the tasks; may be empty
   * @return one outcome per task, in the order of the list
   * @throws InvalidInputException if {@link #push} would refuse one of the tasks; none was sent
   * @throws QueueClosedException if the queue is closed
   */
  @CheckReturnValue
  PushReport pushAll(List<Task> tasks);

  /**
   * Stores many tasks, all or none. They become available together, in the order of the list.
   *
   * <p>A task whose id is known within the dedup window is a duplicate, as for {@link #push}: its
   * receipt says so, and the other tasks are stored, all or none. The call is therefore safe to
   * repeat after an unknown outcome. Of tasks with the same id in one list, the first one counts.
   * The tasks may have delays and priorities.
   *
   * <p>Blocks for at most the request timeout, within which transient failures are retried.
   *
   * @param tasks at most {@link Limits#MAX_ATOMIC_PUSH} tasks, with payloads of at most {@link
   *     Limits#MAX_ATOMIC_PUSH_BYTES} together; may be empty
   * @return one receipt per task, in the order of the list
   * @throws InvalidInputException if there are too many tasks or bytes, or {@link #push} would
   *     refuse one of the tasks; nothing was sent
   * @throws NotSupportedException if this queue cannot store all or nothing: on NATS that needs
   *     nats-server 2.12.1 or later and a stream that allows it; nothing was stored
   * @throws QueueFullException if the partition has no room for all of them; none was stored
   * @throws OutcomeUnknownException if all or none of them are stored; pushing the same list again
   *     within the dedup window is safe
   * @throws PermissionDeniedException as for {@link #push}
   * @throws QueueUnavailableException if the queue cannot be reached; none was stored
   * @throws QueueClosedException if the queue is closed
   */
  List<PushReceipt> pushAtomically(List<Task> tasks);

  /**
   * Removes a task that was pushed with a {@link Task#delay()} and is not due. Its id stays known
   * for the rest of the dedup window: a push of it is a duplicate of the removed task and stores
   * nothing. To reschedule a task or to run it now, cancel it and push it under another id.
   *
   * <p>Blocks for at most the request timeout. A second call returns false.
   *
   * @param taskId the id of the task
   * @return true if this call removed the task, which is then never delivered; false if no task
   *     with this id is delayed: it was never pushed, is already due, or was cancelled earlier
   * @throws InvalidInputException if no task can have this id
   * @throws OutcomeUnknownException if the task may or may not be removed; cancelling again is safe
   * @throws PermissionDeniedException if this client may not cancel here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  boolean cancel(String taskId);

  /**
   * Opens a puller with {@link PullOptions#defaults()}.
   *
   * @return the puller, to be closed by the caller
   */
  @CheckReturnValue
  default Puller puller() {
    return puller(PullOptions.defaults());
  }

  /**
   * Opens a puller. Pullers of one partition, in any number of processes, share its tasks: each
   * task is leased to one of them at a time. Blocks for at most the request timeout.
   *
   * @param options the options of the puller
   * @return the puller, to be closed by the caller
   * @throws InvalidInputException if {@link PullOptions#keepEvery} is longer than half of the
   *     lease; nothing was sent
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  @CheckReturnValue
  Puller puller(PullOptions options);

  /**
   * Acks many deliveries, pipelined. A failed ack does not affect the others. Blocks until all
   * outcomes are known, for at most the request timeout.
   *
   * @param deliveries deliveries of this queue; may be empty
   * @return one outcome per delivery, in the order of the list; immutable. If this thread is
   *     interrupted, the outcomes that are not known yet have an {@link OutcomeUnknownException},
   *     and the acks continue
   */
  @CheckReturnValue
  List<AckOutcome> ackAll(List<? extends Delivery> deliveries);

  /**
   * Starts a worker. It pulls and handles tasks until it or its queue is closed.
   *
   * <pre>{@code
   * Worker worker = gpu.work(delivery -> work(delivery.payload()), WorkerOptions.concurrency(8));
   * ...
   * worker.drain(Duration.ofSeconds(30));
   * }</pre>
   *
   * <p>Opens a puller before it returns, and therefore blocks and fails like {@link
   * #puller(PullOptions)}.
   *
   * @param handler does the work of one task
   * @param options the options of the worker
   * @return the running worker
   * @throws InvalidInputException if {@link WorkerOptions#keepEvery} is longer than half of the
   *     lease
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Worker work(TaskHandler handler, WorkerOptions options);

  /**
   * Starts a worker like {@link #work}, with a handler that returns before its work is done.
   *
   * @param handler starts the work of one task
   * @param options the options of the worker
   * @return the running worker
   * @throws InvalidInputException as for {@link #work}
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Worker workAsync(AsyncTaskHandler handler, WorkerOptions options);

  /**
   * Starts a worker like {@link #work}, with a handler that receives several tasks in one call. A
   * batch starts when it is full, when its first task has waited for {@code maxWait}, or when the
   * worker is paused or drained. A pause gives back the tasks for which no handler is free. A
   * failed task does not affect the others of its batch.
   *
   * <p>{@link WorkerOptions#concurrency} is the number of batches that run at the same time. A task
   * that waits for the rest of its batch counts as running, but its {@link WorkerOptions#timeLimit
   * time limit} begins with its batch. {@link QueueListener#handling} is called when the task joins
   * its batch, on another thread than that of the handler.
   *
   * @param handler does the work of a batch
   * @param maxSize the largest number of tasks in a batch; times the concurrency at most {@link
   *     Limits#MAX_PULL}
   * @param maxWait how long the first task of a batch waits for others, on the clock of the queue:
   *     from 1 ms to {@link Limits#MAX_WAIT}
   * @param options the options of the worker
   * @return the running worker
   * @throws InvalidInputException as for {@link #work}, or if the size or the wait is out of range
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Worker workBatches(BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options);

  /**
   * Returns this partition for values instead of bytes. Sends nothing.
   *
   * <pre>{@code
   * TypedPartition<Order> orders = partition.typed(JacksonCodec.of(mapper, Order.class));
   * orders.push("order-7", new Order("lamp", 2));
   * ...
   * Worker worker = orders.work((order, delivery) -> ship(order), WorkerOptions.defaults());
   * }</pre>
   *
   * @param codec turns values into payloads and back; thread-safe
   * @param <T> the type of the values
   * @return the typed partition; a partition may have several
   * @throws InvalidInputException if the codec is null
   */
  <T> TypedPartition<T> typed(Codec<T> codec);

  /**
   * Returns the dead letters of this partition. Sends nothing.
   *
   * @return the dead letters
   */
  DeadLetters deadLetters();

  /**
   * Counts the tasks. Blocks for at most the request timeout.
   *
   * @return the counts at one moment
   * @throws PermissionDeniedException if this client may not read the counts
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if the queue is closed
   */
  Stats stats();

  /**
   * Returns the age of the oldest ready or outstanding task, counted from its push, from when it
   * became due if it was delayed, or from its redrive. Blocks for at most the request timeout.
   *
   * <p>This is not part of {@link #stats} because it costs more: it requests the task itself from
   * the server. The server's clock gives the start of the age and the client's clock the end, so
   * the age is only as accurate as these clocks.
   *
   * @return the age, never negative; empty if there is no such task, or if the partition was
   *     deleted
   * @throws PermissionDeniedException if this client may not read the counts
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Optional<Duration> oldestAge();
}
