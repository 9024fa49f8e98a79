// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Jepsen's total-queue checker: all pushed tasks must be done, and no others.
 *
 * <p>A task is done when a worker requested its removal after the work. A delivery without an ack
 * does not count, so a task that vanished with its worker is lost.
 *
 * @param attempts the number of tasks with a push, whatever its outcome
 * @param confirmed the number of confirmed pushes
 * @param lost the confirmed tasks that were never done
 * @param unexpected the done tasks that were never pushed, or had another payload
 * @param recovered the number of done tasks whose push was never confirmed
 * @param duplicated the number of times that tasks were done again
 * @param deliveries the number of deliveries
 */
record TotalQueue(
    int attempts,
    int confirmed,
    List<String> lost,
    List<String> unexpected,
    int recovered,
    int duplicated,
    int deliveries) {

  static TotalQueue check(Run run) {
    int attempts = 0;
    int confirmed = 0;
    int recovered = 0;
    int duplicated = 0;
    int deliveries = 0;
    List<String> lost = new ArrayList<>();
    List<String> unexpected = new ArrayList<>();
    for (Map.Entry<String, List<Event>> task : run.tasks().entrySet()) {
      Life life = new Life(task.getValue());
      deliveries += life.deliveries;
      if (!life.pushed || life.spoiled) {
        unexpected.add(task.getKey());
        continue;
      }
      attempts++;
      if (life.confirmed) {
        confirmed++;
        if (!life.cameOut) {
          lost.add(task.getKey());
        }
      } else if (life.cameOut) {
        recovered++;
      }
      duplicated += Math.max(0, life.removals - 1);
    }
    return new TotalQueue(attempts, confirmed, lost, unexpected, recovered, duplicated, deliveries);
  }

  /** Whether a worker has done this task. */
  static boolean isDone(Run run, String id) {
    return new Life(run.tasks().getOrDefault(id, List.of())).cameOut;
  }

  boolean valid() {
    return lost.isEmpty() && unexpected.isEmpty();
  }

  /** The facts about one task. */
  private static final class Life {
    boolean pushed;
    boolean confirmed;
    boolean cameOut;
    boolean spoiled;
    int removals;
    int openAcks;
    int deliveries;

    Life(List<Event> events) {
      for (Event event : events) {
        switch (event.kind()) {
          case PUSH -> pushed = true;
          case PUSHED -> confirmed |= event.confirmed();
          case GOT -> {
            deliveries++;
            spoiled |= event.outcome() == Event.Outcome.FAILED;
          }
          case ACK -> openAcks++;
          case ACKED -> {
            openAcks--;
            cameOut |= event.confirmed() || event.outcome() == Event.Outcome.UNKNOWN;
            removals += event.confirmed() ? 1 : 0;
          }
          case KEPT, NAK, FAULT -> {
            // Neither adds or removes a task.
          }
        }
      }
      // A worker that died after it sent an ack: unknown.
      cameOut |= openAcks > 0;
    }
  }
}
