package dev.jetlane;

import java.time.Duration;
import java.util.Optional;

/**
 * What an operator does to one partition. No call leases a task, and looking changes nothing.
 *
 * <p>This class is thread-safe. Every call blocks for at most the request timeout where nothing
 * else is said, and throws {@link PermissionDeniedException}, {@link QueueUnavailableException} and
 * {@link QueueClosedException} as {@link Partition#stats} does; one that changes something throws
 * {@link OutcomeUnknownException} where it may have been done. Each of them can be repeated.
 */
public interface PartitionAdmin {

  /** The name of the partition. */
  String name();

  /** Its counts, and whether it is paused. Cost as of {@link Partition#stats}. */
  PartitionSummary summary();

  /**
   * A page of its tasks: the highest priority first, the oldest first in each; the delayed tasks
   * last, in the order of their pushes. A task that does not change its state meanwhile is on
   * exactly one page, whatever else happens to the partition.
   *
   * <p>On a server this is one exchange for each task, which carries its payload also where it is
   * not asked for; the server finds each without a scan, as long as the partition has its stream
   * for itself or most of it. Memory holds one page. Blocks for at most the request timeout for
   * each task.
   *
   * @throws InvalidInputException if the start of the query is not the next one of a page
   */
  Page<TaskInfo> tasks(TaskQuery query);

  /**
   * The task with this id, with its payload; of several a delayed one, or else the oldest.
   *
   * <p>A delayed task costs a server one exchange. For any other, the tasks are read one by one, as
   * in {@link #tasks}, until it is found: no server has an index of the ids. Blocks for as long as
   * that takes; an interrupt ends it with {@link QueueUnavailableException}, the flag kept.
   */
  Optional<TaskInfo> find(String taskId);

  /**
   * Removes a task that is ready or delayed: the one that {@link #find} finds. One that was
   * delivered stays, because a worker may be at it. A worker that is given the task in the moment
   * between may still finish it. The id stays known for the rest of the dedup window, as after an
   * ack.
   *
   * <p>Costs what {@link #find} costs, and two exchanges more.
   */
  Removal remove(String taskId);

  /**
   * Removes all tasks for good: ready, delayed, and outstanding, also those that workers are at.
   * The dead letters stay. Ids stay known for the rest of the dedup window.
   *
   * <p>On a server one exchange for each priority and one for the delayed tasks.
   *
   * @return how many were removed
   */
  long purge();

  /**
   * Deletes a partition that is not in use: one without tasks and dead letters, for which no pull
   * waits. Clients that have it open get {@link QueueUnavailableException} until they open it
   * again. The look and the deletion are two steps: what is pushed between them is deleted too.
   *
   * @throws QueueRejectedException if it is in use; the message says by what
   */
  void delete();

  /** As {@link #delete}, in use or not: with its tasks and its dead letters. */
  void deleteWithTasks();

  /**
   * Hands out nothing to any worker for a time: neither new tasks nor redeliveries. Pushes,
   * settlements and leases go on; what a puller leased ahead before is handed out. A second call
   * replaces the time. The pause outlives clients and servers, and ends by itself.
   *
   * <p>On a server one exchange for each priority.
   *
   * @param time from 1 ms to {@link Limits#MAX_PAUSE}
   * @throws NotSupportedException if the server cannot pause: a nats-server before 2.11
   */
  void pause(Duration time);

  /**
   * Ends a pause immediately. Does nothing if there is none.
   *
   * @throws NotSupportedException as for {@link #pause}
   */
  void resume();

  /** Its dead letters. Asks nothing. */
  DeadLetterAdmin deadLetters();
}
