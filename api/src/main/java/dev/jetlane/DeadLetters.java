// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.List;

/**
 * The dead letters of a partition: tasks that a worker rejected permanently, or that used up their
 * deliveries. They stay until they are redriven or purged, and do not block other tasks.
 *
 * <p>Implementations are thread-safe. {@link #redrive} and {@link #purge} block for at most the
 * request timeout, {@link #list} and {@link #redriveOldest} for at most that time per dead letter.
 * Every call throws {@link PermissionDeniedException}, {@link QueueUnavailableException} and {@link
 * QueueClosedException} like {@link Partition#stats}.
 */
public interface DeadLetters {

  /**
   * Lists the oldest dead letters, oldest first, without removing them.
   *
   * @param max the largest number of dead letters, from 1 to {@link Limits#MAX_PULL}
   * @return the dead letters
   * @throws InvalidInputException if {@code max} is out of that range
   */
  List<DeadLetter> list(int max);

  /**
   * Puts a dead letter back into the partition, as a new task with the same id, payload, headers
   * and priority. Its attempts restart at 1. The dead letter is removed after the task was stored.
   * The dedup window of the first push does not apply.
   *
   * @param id the {@link DeadLetter#id()}
   * @return false if there is no dead letter with this id, as after a redrive
   * @throws QueueFullException if the partition is full; the dead letter stays
   * @throws OutcomeUnknownException if the task may or may not be stored; redriving again is safe
   */
  boolean redrive(String id);

  /**
   * Redrives the oldest dead letters, oldest first.
   *
   * @param max from 1 to {@link Limits#MAX_PULL}
   * @return the number of redriven dead letters
   * @throws InvalidInputException if {@code max} is out of that range
   * @throws QueueFullException if the partition became full; earlier redrives remain in effect
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
   * Removes all dead letters of the partition permanently.
   *
   * @return the number of removed dead letters
   * @throws OutcomeUnknownException if the dead letters may or may not be removed; purging again is
   *     safe
   */
  long purge();
}
