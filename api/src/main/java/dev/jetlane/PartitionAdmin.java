package dev.jetlane;

import java.time.Duration;
import java.util.Optional;

/**
 * The calls of an operator on one partition. No call leases a task, and browsing changes nothing.
 *
 * <p>Implementations are thread-safe. Every call blocks for at most the request timeout unless
 * stated otherwise, and throws {@link PermissionDeniedException}, {@link QueueUnavailableException}
 * and {@link QueueClosedException} like {@link Partition#stats}. A call that changes something
 * throws {@link OutcomeUnknownException} if the change may have been made, and can be repeated.
 */
public interface PartitionAdmin {

  /**
   * Returns the name of the partition.
   *
   * @return the name
   */
  String name();

  /**
   * Returns the counts, and whether the partition is paused. Costs as much as {@link
   * Partition#stats}.
   *
   * @return the summary
   */
  PartitionSummary summary();

  /**
   * Returns a page of its tasks: the highest priority first, the oldest first in each; the delayed
   * tasks last, in the order of their pushes. A task that does not change its state meanwhile is on
   * exactly one page, whatever else happens to the partition.
   *
   * <p>On a server this is one exchange per task, which transfers its payload even if it is not
   * requested. The server finds each task without a scan if the partition has its stream mostly for
   * itself. Memory holds one page: with pages of 100, a heap of 24 MB suffices to read 100,000 of
   * 1,000,000 tasks of 1 KiB with their payloads. Blocks for at most the request timeout per task.
   *
   * @param query selects tasks
   * @return the page
   * @throws InvalidInputException if the start of the query is not the {@link Page#next} of a page
   */
  Page<TaskInfo> tasks(TaskQuery query);

  /**
   * Finds a task by its id; of several a delayed one, else the oldest.
   *
   * <p>A delayed task costs a server one exchange. For any other, the tasks are read one by one, as
   * in {@link #tasks}, until it is found, because servers have no index of ids. Blocks for as long
   * as that takes; an interrupt ends it with {@link QueueUnavailableException} and keeps the flag.
   *
   * @param taskId the id of the task
   * @return the task with its payload; empty if there is none
   */
  Optional<TaskInfo> find(String taskId);

  /**
   * Removes a ready or delayed task: the one that {@link #find} returns. An outstanding task stays,
   * because a worker may hold it. A worker that receives the task between the check and the removal
   * may still finish it. The id stays known for the rest of the dedup window.
   *
   * <p>Costs two exchanges more than {@link #find}.
   *
   * @param taskId the id of the task
   * @return whether it was removed, and if not, why
   */
  @CheckReturnValue
  Removal remove(String taskId);

  /**
   * Removes all tasks permanently: ready, delayed and outstanding ones, also those that workers
   * hold. The dead letters stay. Ids stay known for the rest of the dedup window. A task that is
   * pushed or becomes due during the call may stay.
   *
   * <p>On a server this is one exchange per priority and one for the delayed tasks.
   *
   * @return the number of removed tasks
   */
  long purge();

  /**
   * Deletes a partition that is not in use: it has no tasks, no dead letters and no waiting pulls.
   * A client that has it open creates it again, empty, when it uses it next: see {@link
   * TaskQueue#partition}. The check and the deletion are two steps: a task that is pushed between
   * them is deleted too.
   *
   * @throws QueueRejectedException if it is in use; the message names the reason
   */
  void delete();

  /**
   * Deletes the partition with its tasks and dead letters, even if it is in use. Stop its workers
   * first: they create it again, see {@link #delete}.
   */
  void deleteWithTasks();

  /**
   * Pauses the partition for all workers: it hands out neither new tasks nor redeliveries. Pushes,
   * settlements and leases continue, and tasks that were leased ahead before are handed out. A
   * second call replaces the time. The pause outlives clients and servers, and ends automatically.
   *
   * <p>On a server this is one exchange per priority.
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

  /**
   * Returns the calls on its dead letters. Sends nothing.
   *
   * @return the dead letters
   */
  DeadLetterAdmin deadLetters();
}
