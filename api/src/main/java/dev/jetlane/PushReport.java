// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.List;

/**
 * The outcomes of {@link Partition#pushAll}.
 *
 * @param outcomes one per task, in the order of the tasks; immutable
 */
public record PushReport(List<PushOutcome> outcomes) {

  /**
   * Copies the outcomes.
   *
   * @param outcomes see {@link #outcomes}
   */
  public PushReport {
    outcomes = List.copyOf(outcomes);
  }

  /**
   * Returns whether every task is in the queue.
   *
   * @return whether all outcomes are {@link PushOutcome.Stored}
   */
  public boolean allStored() {
    return outcomes.stream().allMatch(PushOutcome::isStored);
  }

  /**
   * Returns the outcomes of the tasks that are not known to be in the queue.
   *
   * @return the outcomes, in the order of the tasks
   */
  public List<PushOutcome> failures() {
    return outcomes.stream().filter(outcome -> !outcome.isStored()).toList();
  }

  /**
   * Returns this report if every task is in the queue, and throws otherwise.
   *
   * @return this report
   * @throws TaskQueueException the error of the first failed task, with those of the others as
   *     suppressed exceptions
   */
  public PushReport requireAllStored() {
    TaskQueueException first = null;
    for (PushOutcome outcome : outcomes) {
      TaskQueueException error = outcome.failure().orElse(null);
      if (first == null) {
        first = error;
      } else if (error != null && error != first) {
        first.addSuppressed(error);
      }
    }
    if (first != null) {
      throw first;
    }
    return this;
  }
}
