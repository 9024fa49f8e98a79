// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Lets an operator browse, remove, redrive and move the dead letters of a partition.
 *
 * <p>A redrive and a move store the task first and then remove the letter. If the process ends
 * between the two steps, both exist. A second call within the dedup window stores no second task
 * and removes the letter. A call for the letters of a query holds 100 of them in memory; if it
 * fails or its process ends, a second call with the same query continues it.
 *
 * <p>Without a pause between two letters, such a call may change up to 100 letters together: it
 * stores their tasks, oldest first, and then removes the letters of the stored tasks. If one of
 * them fails, later ones of the 100 may be changed too. On a server this takes a few round trips
 * for 100 letters of small tasks; tasks of more than 1 MiB in total are stored one after the other.
 *
 * <p>Implementations are thread-safe. Errors are those of {@link DeadLetters}. Every call blocks
 * for at most the request timeout, and a call for many letters for at most that time per letter.
 */
public interface DeadLetterAdmin extends DeadLetters {

  /**
   * Returns a page of the letters that a query selects, oldest first. On a server this is one
   * request per letter that is read, including letters that the query excludes, with many requests
   * in a round trip as for {@link PartitionAdmin#tasks}; a page reads at most {@link
   * Limits#MAX_PULL} of them.
   *
   * @param query selects letters
   * @return the page
   * @throws InvalidInputException if the start of the query is not the {@link Page#next} of a page
   */
  Page<DeadLetter> page(DeadLetterQuery query);

  @Override
  default List<DeadLetter> list(int max) {
    return page(DeadLetterQuery.defaults().withMax(max)).items();
  }

  /**
   * Finds a letter by its id. One exchange.
   *
   * @param id the id of the letter
   * @return the letter; empty if there is none
   */
  Optional<DeadLetter> find(String id);

  /**
   * Removes a dead letter permanently. Two exchanges.
   *
   * @param id the id of the letter
   * @return false if there is none with this id
   */
  boolean remove(String id);

  /**
   * Removes the letters that a query selects permanently, oldest first.
   *
   * @param query selects letters, and their maximum
   * @return the number of removed letters
   * @throws InterruptedException if this thread was interrupted between two changes; earlier
   *     removals remain in effect
   */
  int remove(DeadLetterQuery query) throws InterruptedException;

  /**
   * Redrives the letters that a query selects, oldest first, like {@link #redrive(String)}.
   *
   * @param query selects letters, and their maximum
   * @param between the pause between two redrives; zero for none
   * @return the number of redriven letters
   * @throws InvalidInputException if {@code between} is null, negative, or longer than {@link
   *     Limits#MAX_WAIT}
   * @throws QueueFullException if the partition became full; earlier redrives remain in effect
   * @throws InterruptedException if this thread was interrupted between two changes; earlier
   *     redrives remain in effect
   */
  int redrive(DeadLetterQuery query, Duration between) throws InterruptedException;

  /**
   * Moves a letter into another partition of the queue as a new task. If that partition has fewer
   * priorities, the task gets its highest one.
   *
   * @param id the id of a letter
   * @param partition the name of an existing partition
   * @return false if there is no letter with this id
   * @throws QueueFullException if that partition is full; the letter stays
   * @throws QueueRejectedException if there is no such partition; the letter stays
   */
  boolean move(String id, String partition);

  /**
   * Moves the letters that a query selects into another partition of the queue, oldest first, like
   * {@link #move(String, String)}.
   *
   * @param query selects letters, and their maximum
   * @param partition the name of an existing partition
   * @param between the pause between two moves; zero for none
   * @return the number of moved letters
   * @throws InvalidInputException if {@code between} is null, negative, or longer than {@link
   *     Limits#MAX_WAIT}
   * @throws QueueFullException if that partition became full; earlier moves remain in effect
   * @throws QueueRejectedException if there is no such partition, also if no letter matches
   * @throws InterruptedException if this thread was interrupted between two changes; earlier moves
   *     remain in effect
   */
  int move(DeadLetterQuery query, String partition, Duration between) throws InterruptedException;
}
