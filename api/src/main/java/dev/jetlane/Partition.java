package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A named lane of a {@link TaskQueue}. Partitions share nothing: neither tasks nor ids nor limits.
 *
 * <p>This class is thread-safe. A call that throws {@link InvalidInputException} has sent nothing
 * and changed nothing.
 */
public interface Partition {

  /** The name that it was opened with. */
  String name();

  /**
   * Stores a task; when this returns, the queue has confirmed it.
   *
   * <p>The task's id is its idempotency key: the same id pushed again within {@link
   * QueueConfig#dedupWindow()} of the first accepted push is not stored, also when the first one
   * was settled since, and the receipt says so. A duplicate does not prolong the window. It is
   * therefore safe to repeat a push whose outcome is not known.
   *
   * <p>A task with a {@link Task#delay()} is delivered for the first time once the delay is over,
   * never earlier; becoming due is no attempt. Due tasks are new tasks: they come after what was
   * ready by then, in the order in which they are due. The delay is kept by the queue: it outlives
   * clients and restarts. The dedup window counts from the push, as ever; a second push with a
   * delay is a duplicate for as long as the first one is delayed. Until it is due a task can be
   * taken back with {@link #cancel}.
   *
   * <p>Blocks for at most the request timeout; a transient failure is retried within it, with the
   * same id.
   *
   * <p>The {@link Task#priority()} says before which others it is delivered. An id stands for one
   * task whatever its priority: pushed again with another one it is a duplicate.
   *
   * @throws InvalidInputException if the payload is larger than {@link
   *     QueueConfig#maxPayloadBytes()}, or the queue has no such priority
   * @throws QueueFullException if the partition holds {@link QueueConfig#maxTasks()} tasks; nothing
   *     was stored
   * @throws OutcomeUnknownException if the task may or may not be stored; pushing it again is safe
   * @throws PermissionDeniedException if this client may not push here
   * @throws QueueUnavailableException if the queue cannot be reached; nothing was stored
   * @throws QueueClosedException if the queue is closed
   */
  PushReceipt push(Task task);

  /**
   * Stores a task without waiting for the confirmation. Pushes of one thread are stored in the
   * order of the calls.
   *
   * <p>The number of unconfirmed pushes is bounded by the implementation; at the bound this blocks
   * for at most the request timeout. The future completes with the receipt or, within the request
   * timeout, with one of the exceptions of {@link #push}. It is completed on a thread of the
   * implementation: a stage that blocks must be given an executor.
   *
   * @throws InvalidInputException as for {@link #push}
   * @throws QueueClosedException if the queue is closed
   */
  CompletableFuture<PushReceipt> pushAsync(Task task);

  /**
   * Stores many tasks, pipelined, in the order of the list. One outcome per task, in the same
   * order: some may be stored and others not. Only what failed transiently is retried, with the
   * same id.
   *
   * <p>All tasks are checked before the first one is sent. An empty list gives an empty report.
   * Blocks until the last outcome is known, which for each task is at most the request timeout
   * after it was sent.
   *
   * @throws InvalidInputException if one of the tasks is refused as in {@link #push}; none has been
   *     sent
   * @throws QueueClosedException if the queue is closed
   */
  PushReport pushAll(List<Task> tasks);

  /**
   * Removes a task that was pushed with a {@link Task#delay()} and is not due. Its id stays known
   * for the rest of the dedup window, as after an ack.
   *
   * <p>Blocks for at most the request timeout per exchange, of which there may be three.
   *
   * @return true if this call removed it: it is never delivered; false if no task with this id is
   *     delayed, because it was never pushed, is due already, or was cancelled before
   * @throws InvalidInputException if the id is not one of a task
   * @throws OutcomeUnknownException if the task may or may not be removed; cancelling again is safe
   * @throws PermissionDeniedException if this client may not cancel here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  boolean cancel(String taskId);

  /** Opens a puller with {@link PullOptions#defaults()}. */
  default Puller puller() {
    return puller(PullOptions.defaults());
  }

  /**
   * Opens a puller. Pullers of one partition, in any number of processes, share its tasks: each
   * task is leased to one of them at a time.
   *
   * @throws InvalidInputException if the step of {@link PullOptions#keepEvery} is longer than half
   *     of the lease; nothing was sent
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Puller puller(PullOptions options);

  /**
   * Starts a worker: tasks are pulled and handled until it is closed, or its queue is.
   *
   * <pre>{@code
   * Worker worker = gpu.work(delivery -> work(delivery.payload()), WorkerOptions.concurrency(8));
   * ...
   * worker.drain(Duration.ofSeconds(30));
   * }</pre>
   *
   * <p>Opens its puller before it returns, and therefore fails as {@link #puller(PullOptions)}
   * does.
   *
   * @throws InvalidInputException if the step of {@link WorkerOptions#keepEvery} is longer than
   *     half of the lease
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Worker work(TaskHandler handler, WorkerOptions options);

  /**
   * As {@link #work}, with a handler that returns before its work is done.
   *
   * @throws InvalidInputException as for {@link #work}
   * @throws PermissionDeniedException if this client may not pull here
   * @throws QueueUnavailableException if the queue cannot be reached
   * @throws QueueClosedException if the queue is closed
   */
  Worker workAsync(AsyncTaskHandler handler, WorkerOptions options);

  /** The tasks of this partition that were taken out of circulation. */
  DeadLetters deadLetters();

  /**
   * Counts the tasks. Blocks for at most the request timeout.
   *
   * @throws PermissionDeniedException if this client may not look
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if the queue is closed
   */
  Stats stats();

  /**
   * How long ago the oldest task that is ready or outstanding was pushed, or became due if it was
   * delayed, or was redriven. Empty if there is none. Blocks for at most the request timeout.
   *
   * <p>Not part of {@link #stats}, because it costs more: a server is asked for the task itself. On
   * a server it is measured between two clocks, the server's and this client's, and is as exact as
   * they agree; it is never negative.
   *
   * @throws PermissionDeniedException if this client may not look
   * @throws QueueUnavailableException if the queue cannot be reached, or the partition is gone
   * @throws QueueClosedException if the queue is closed
   */
  Optional<Duration> oldestAge();
}
