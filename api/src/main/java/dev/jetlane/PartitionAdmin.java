// SPDX-License-Identifier: Apache-2.0
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
   * Returns a page of its tasks: the highest priority first, and within a priority the oldest task
   * first; the delayed tasks come last, in the order of their pushes. A task whose state does not
   * change meanwhile is on exactly one page, whatever happens to other tasks.
   *
   * <p>On a server this is one request per task, and about two if tasks of other partitions lie
   * between them. A server with the default limit of 1 MiB per message answers up to 32 requests in
   * a round trip. An answer contains the payload even if the query does not request it. The server
   * has to scan for a task if its stream mostly holds tasks of other partitions. Memory holds one
   * page and the answers of a round trip, usually at most 4 MiB, or one task. Blocks for at most
   * the request timeout per task.
   *
   * @param query selects tasks
   * @return the page
   * @throws InvalidInputException if the start of the query is not the {@link Page#next} of a page
   */
  Page<TaskInfo> tasks(TaskQuery query);

  /**
   * Finds a task by its id. If several tasks have the id, returns a delayed one, otherwise the
   * oldest.
   *
   * <p>On a server a delayed task costs one exchange. For other tasks the call reads the tasks in
   * order, as {@link #tasks} does, because servers have no index of ids. It blocks until it has
   * found the task or read all; an interrupt ends it with {@link QueueUnavailableException}, and
   * the interrupt flag stays set.
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
   * Removes all tasks permanently: ready, delayed and outstanding ones, including those that
   * workers hold. The dead letters stay. Ids stay known for the rest of the dedup window. A task
   * that is pushed or becomes due during the call may stay.
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
   * second call replaces the time. The pause survives restarts of clients and servers, and ends
   * automatically.
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
