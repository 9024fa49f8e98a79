package dev.jetlane.driver;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import java.util.Optional;

/** The operator's view of the dead letters of one partition. */
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
   * As {@link dev.jetlane.DeadLetterAdmin#move}, whatever the id looks like.
   *
   * @param letterId the id, possibly malformed
   * @param partition a name of a partition, which need not exist
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return whether this call moved it
   */
  boolean move(String letterId, String partition, long deadlineNanos);

  /**
   * As {@link PartitionDriver#purgeDeadLetters}.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the number of removed letters
   */
  long purge(long deadlineNanos);
}
