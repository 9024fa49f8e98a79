package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an operator does to the dead letters of a partition.
 *
 * <p>A redrive and a move store the task first and remove the letter then. Where the process ends
 * between the two, both are there; repeated within the dedup window, the call stores nothing twice
 * and removes the letter.
 *
 * <p>This class is thread-safe. Errors and deadlines are as of {@link DeadLetters}.
 */
public interface DeadLetterAdmin extends DeadLetters {

  /**
   * A page of the letters that a query finds, oldest first. On a server this is one exchange for
   * each letter that is looked at, also of those that the query leaves out; a page looks at {@link
   * Limits#MAX_PULL} of them at most.
   *
   * @throws InvalidInputException if the start of the query is not the next one of a page
   */
  Page<DeadLetter> page(DeadLetterQuery query);

  @Override
  default List<DeadLetter> list(int max) {
    return page(DeadLetterQuery.defaults().withMax(max)).items();
  }

  /** The letter with this id. One exchange. */
  Optional<DeadLetter> find(String id);

  /**
   * Removes a letter for good. Two exchanges.
   *
   * @return false if there is none with this id
   */
  boolean remove(String id);

  /**
   * Redrives the letters that a query finds, oldest first, as {@link #redrive(String)} does.
   *
   * @param query which letters, and how many at most
   * @param between how long to wait between two of them; zero for not at all
   * @return how many were redriven
   * @throws InvalidInputException if {@code between} is null, negative, or longer than {@link
   *     Limits#MAX_WAIT}
   * @throws QueueFullException if the partition became full; those redriven before stay redriven
   * @throws InterruptedException if this thread was interrupted between two of them
   */
  int redrive(DeadLetterQuery query, Duration between) throws InterruptedException;

  /**
   * Moves a letter into another partition of the queue as a new task, as {@link #redrive(String)}
   * does into its own.
   *
   * @param id of a letter
   * @param partition the name of a partition that exists
   * @return false if there is no letter with this id
   * @throws QueueFullException if that partition is full; the letter stays
   * @throws QueueRejectedException if there is no such partition; the letter stays
   */
  boolean move(String id, String partition);
}
