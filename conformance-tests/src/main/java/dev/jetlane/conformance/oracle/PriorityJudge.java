// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import java.util.List;

/**
 * Judges from which priority each task of a pull comes. A task is missed only if it was certainly
 * available when the pull began.
 */
final class PriorityJudge {

  private final Model model;
  private final Verdict verdict;

  PriorityJudge(Model model, Verdict verdict) {
    this.model = model;
    this.verdict = verdict;
  }

  /**
   * Judges the next task of a pull.
   *
   * @param due the tasks that must be redelivered and did not come yet
   */
  void judge(TaskState task, int puller, List<TaskState> due, Span time) {
    if (model.settings.priorities() == 1) {
      return;
    }
    Turns turns = model.buffers.turns(task.partition, puller);
    if (!turns.areKnown()) {
      return;
    }
    int turn = turns.next();
    if (turn != Turns.HIGHEST) {
      verdict.check(
          "PRIO-7",
          task.priority == turn || !isThere(task.partition, turn, puller, due, time),
          () -> task + " came in the turn of priority " + turn + ", which has a task");
    }
    if (task.priority != turn) {
      for (int higher = task.priority + 1; higher < model.settings.priorities(); higher++) {
        int priority = higher;
        verdict.check(
            "PRIO-1",
            !isThere(task.partition, priority, puller, due, time),
            () -> task + " came before a task of priority " + priority);
      }
    }
  }

  /** Whether any priority certainly had a task at the beginning of a pull. */
  boolean isAnyThere(int partition, int puller, List<TaskState> due, Span time) {
    for (int priority = 0; priority < model.settings.priorities(); priority++) {
      if (isThere(partition, priority, puller, due, time)) {
        return true;
      }
    }
    return false;
  }

  private boolean isThere(int partition, int priority, int puller, List<TaskState> due, Span time) {
    return due.stream().anyMatch(t -> t.priority == priority)
        || (model.tally(partition, priority, time).outMax() < model.settings.maxOutstanding()
            && model.partition(partition).tasks.stream()
                .anyMatch(t -> t.priority == priority && isReady(t, puller, time)));
  }

  private boolean isReady(TaskState task, int puller, Span time) {
    return task.state == State.READY
        && time.before() >= task.mustBeReady
        && model.foreseeable(task, puller, time)
        && !model.usedUpUnseen(task)
        && !task.mayHaveExpired(time);
  }

  /**
   * Hides the tasks that a pull may have given back. If a pull has to wait in real time, it asks
   * each priority for a task. If it has no room for all of them, it returns the highest ones and
   * gives back the others, which costs an attempt that the history does not show.
   */
  void hideGivenBack(int partition, List<Seen> result, int max, Span time) {
    boolean full = result.size() == max && max < model.settings.priorities();
    if (model.tolerance == 0 || !full) {
      return;
    }
    int lowest = result.stream().mapToInt(Seen::priority).min().orElse(0);
    for (TaskState task : model.partition(partition).tasks) {
      boolean arrived = task.state == State.READY || task.mayBeReady(time);
      if (arrived && task.priority < lowest) {
        task.hide(TaskState.ANY_PULLER, time.before());
        task.mustBeReady = Math.max(task.mustBeReady, time.after() + model.tolerance);
      }
    }
  }

  /** Judges the priority that a delivery carries. */
  void judgeCarried(TaskState task, Seen seen) {
    verdict.check(
        "PRIO-16",
        seen.priority() == task.priority,
        () -> task + " of priority " + task.priority + " was delivered as " + seen);
  }
}
