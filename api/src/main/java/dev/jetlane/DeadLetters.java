package dev.jetlane;

import java.util.List;

/**
 * The dead letters of a partition: tasks that a worker refused for good, or that used up their
 * deliveries. They stay until they are redriven or purged, and block nobody.
 *
 * <p>This class is thread-safe. Every call blocks for at most the request timeout per letter that
 * it touches, and throws {@link PermissionDeniedException}, {@link QueueUnavailableException} and
 * {@link QueueClosedException} as {@link Partition#stats} does.
 */
public interface DeadLetters {

  /**
   * The oldest dead letters, oldest first, without removing them.
   *
   * @param max from 1 to {@link Limits#MAX_PULL}
   * @throws InvalidInputException if {@code max} is out of that range
   */
  List<DeadLetter> list(int max);

  /**
   * Puts a dead letter back into the partition, as a new task with the same id, payload, headers
   * and priority, whose attempts start again; the dead letter is removed once the task is stored.
   * The dedup window of the first push does not apply.
   *
   * @param id of a {@link DeadLetter}
   * @return false if there is no dead letter with this id
   * @throws QueueFullException if the partition is full; the dead letter stays
   */
  boolean redrive(String id);

  /**
   * Redrives the oldest dead letters, oldest first.
   *
   * @param max from 1 to {@link Limits#MAX_PULL}
   * @return how many were redriven
   * @throws InvalidInputException if {@code max} is out of that range
   * @throws QueueFullException if the partition became full; those redriven before stay redriven
   */
  default int redriveOldest(int max) {
    int redriven = 0;
    for (DeadLetter letter : list(max)) {
      if (redrive(letter.id())) {
        redriven++;
      }
    }
    return redriven;
  }

  /**
   * Removes all dead letters of the partition for good.
   *
   * @return how many were removed
   */
  long purge();
}
