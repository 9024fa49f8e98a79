// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import java.util.Optional;

/**
 * The operator's view of the dead letters of one partition. The methods for the letters of a page
 * have the effects of their singular forms on these letters, oldest first, but may send the
 * requests of several letters together. They change as many letters as they can of those that they
 * sent together, and then throw the first failure. By default they say that this driver has only
 * the singular forms, which the client then calls for each letter.
 */
public interface DeadLetterDriver {

  /**
   * As {@link dev.jetlane.DeadLetterAdmin#page}.
   *
   * @param query the selection
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the page
   */
  Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos);

  /**
   * As {@link dev.jetlane.DeadLetterAdmin#find}, whatever the id looks like.
   *
   * @param letterId the id, possibly malformed
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the letter; empty if there is none
   */
  Optional<DeadLetter> find(String letterId, long deadlineNanos);

  /**
   * As {@link dev.jetlane.DeadLetterAdmin#remove}, whatever the id looks like.
   *
   * @param letterId the id, possibly malformed
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return whether this call removed it
   */
  boolean remove(String letterId, long deadlineNanos);

  /**
   * As {@link PartitionDriver#redrive}.
   *
   * @param letterId the id, possibly malformed
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return whether this call redrove it
   */
  boolean redrive(String letterId, long deadlineNanos);

  /**
   * Checks the target of a move before the first letter is read.
   *
   * @param partition a name of a partition
   * @param deadlineNanos the deadline, on the clock of the driver
   * @throws dev.jetlane.QueueRejectedException if there is no such partition
   */
  void requireTarget(String partition, long deadlineNanos);

  /**
   * As {@link dev.jetlane.DeadLetterAdmin#move}, whatever the id looks like.
   *
   * @param letterId the id, possibly malformed
   * @param partition a name of a partition, which need not exist
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return whether this call moved it
   */
  boolean move(String letterId, String partition, long deadlineNanos);

  /**
   * Removes the letters of a page.
   *
   * @param query selects the page
   * @param stepNanos the time for each letter
   * @return the ids of the letters that this call removed, and the start of the next page; empty if
   *     this driver removes letters one by one
   */
  default Optional<Page<String>> removePage(DeadLetterQuery query, long stepNanos) {
    return Optional.empty();
  }

  /**
   * Redrives the letters of a page.
   *
   * @param query selects the page
   * @param stepNanos the time for each letter
   * @return the ids of the letters that this call redrove, and the start of the next page; empty if
   *     this driver redrives letters one by one
   */
  default Optional<Page<String>> redrivePage(DeadLetterQuery query, long stepNanos) {
    return Optional.empty();
  }

  /**
   * Moves the letters of a page.
   *
   * @param query selects the page
   * @param partition a name of a partition, which need not exist
   * @param stepNanos the time for each letter
   * @return the ids of the letters that this call moved, and the start of the next page; empty if
   *     this driver moves letters one by one
   */
  default Optional<Page<String>> movePage(DeadLetterQuery query, String partition, long stepNanos) {
    return Optional.empty();
  }

  /**
   * As {@link PartitionDriver#purgeDeadLetters}.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the number of removed letters
   */
  long purge(long deadlineNanos);
}
