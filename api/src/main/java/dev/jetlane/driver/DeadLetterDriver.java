package dev.jetlane.driver;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import java.util.Optional;

/** The dead letters of one partition, as an operator uses them. */
public interface DeadLetterDriver {

  /** As {@link dev.jetlane.DeadLetterAdmin#page}. */
  Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos);

  /** As {@link dev.jetlane.DeadLetterAdmin#find}, whatever the id looks like. */
  Optional<DeadLetter> find(String letterId, long deadlineNanos);

  /** As {@link dev.jetlane.DeadLetterAdmin#remove}, whatever the id looks like. */
  boolean remove(String letterId, long deadlineNanos);

  /** As {@link PartitionDriver#redrive}. */
  boolean redrive(String letterId, long deadlineNanos);

  /**
   * As {@link dev.jetlane.DeadLetterAdmin#move}, whatever the id looks like.
   *
   * @param partition a name of a partition, which need not exist
   */
  boolean move(String letterId, String partition, long deadlineNanos);

  /** As {@link PartitionDriver#purgeDeadLetters}. */
  long purge(long deadlineNanos);
}
