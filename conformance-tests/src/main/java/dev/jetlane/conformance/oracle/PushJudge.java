// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Cancelled;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Pushing;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.oracle.Model.Accepted;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import org.jspecify.annotations.Nullable;

/** Judges pushes: stored, duplicate, or refused. */
public final class PushJudge {

  private final Model model;
  private final Verdict verdict;

  PushJudge(Model model, Verdict verdict) {
    this.model = model;
    this.verdict = verdict;
  }

  void judge(int partitionNumber, Event event) {
    if (!(event.outcome() instanceof Stored stored)) {
      return;
    }
    int partition = model.partitionIndex(partitionNumber);
    boolean batch = event.step() instanceof Step.PushAll;
    if (batch) {
      verdict.check(
          "PUSH-4",
          stored.reportedIds().equals(stored.tasks().stream().map(Pushing::id).toList()),
          () -> "the report names " + stored.reportedIds() + ", pushed were " + stored.tasks());
    }
    for (Pushing pushing : stored.tasks()) {
      if (pushing.result() == Pushed.FAILED || pushing.result() == Pushed.UNKNOWN) {
        verdict.check(
            batch ? "PUSH-4" : "PUSH-1",
            false,
            () -> "push of " + pushing.id() + " failed: " + pushing.detail());
      } else {
        judgeOne(partition, pushing, event, batch);
      }
    }
  }

  /** Judges an atomic push. The ids are new, but the list may contain one of them twice. */
  void judgeAtomic(Step.PushAtomically push, Event event) {
    if (!(event.outcome() instanceof Stored stored)) {
      return;
    }
    int partition = model.partitionIndex(push.partition());
    int limit = model.settings.maxTasks();
    long most = 0;
    long least = 0;
    for (int priority = 0; priority < model.settings.priorities(); priority++) {
      Tally tally = model.tally(partition, priority, event.time());
      long more = pushedTo(priority, push.count(), stored);
      most = Math.max(most, more == 0 ? 0 : tally.storedMax() + more);
      least = Math.max(least, more == 0 ? 0 : tally.storedMin() + more);
    }
    long fullest = most;
    long emptiest = least;
    boolean full = stored.tasks().stream().anyMatch(each -> each.result() == Pushed.FULL);
    if (full) {
      verdict.check(
          "ATOMIC-2", fullest > limit, () -> "refused although there is room for all: " + stored);
      return;
    }
    verdict.check(
        "ATOMIC-1",
        stored.reportedIds().equals(stored.tasks().stream().map(Pushing::id).toList())
            && stored.tasks().size() == push.count() + (push.repeats() ? 1 : 0),
        () -> push + " was answered by " + stored);
    if (limit < Settings.MANY) {
      verdict.check(
          "ATOMIC-2",
          emptiest <= limit,
          () -> "stored although there is no room for all: " + stored);
    }
    for (int i = 0; i < stored.tasks().size(); i++) {
      Pushing pushing = stored.tasks().get(i);
      boolean again = i == push.count();
      verdict.check(
          again ? "ATOMIC-3" : "ATOMIC-1",
          pushing.result() == (again ? Pushed.DUPLICATE : Pushed.STORED),
          () -> pushing + " in " + push);
      if (!again) {
        remember(partition, pushing, event.time());
      }
    }
  }

  /** Returns how many of the new tasks have this priority. */
  private static long pushedTo(int priority, int count, Stored stored) {
    return stored.tasks().stream().limit(count).filter(t -> t.priority() == priority).count();
  }

  private TaskState remember(int partition, Pushing pushing, Span time) {
    TaskState task = model.add(pushing, partition, time);
    model.partition(partition).ids.put(pushing.id(), new Accepted(time, task, 0));
    return task;
  }

  void judgeCancel(Event event) {
    if (!(event.outcome() instanceof Cancelled cancelled)) {
      return;
    }
    TaskState task = model.byPayload(cancelled.payload());
    if (task == null) {
      verdict.check("DELAY-5", !cancelled.removed(), () -> "it was not stored: " + cancelled);
      return;
    }
    boolean delayed = task.state == State.LATER;
    verdict.check(
        "DELAY-5",
        task.mayBeReady(event.time()) || cancelled.removed() == delayed,
        () -> task + " is " + task.state + ": " + cancelled);
    if (delayed && cancelled.removed()) {
      task.state = State.GONE;
    }
  }

  private void judgeOne(int partition, Pushing pushing, Event event, boolean batch) {
    Span time = event.time();
    Accepted earlier = model.partition(partition).ids.get(pushing.id());
    long window = model.config.dedupNanos();
    boolean inside = earlier != null && time.after() < earlier.time().before() + window;
    boolean outside =
        earlier == null || time.before() > earlier.time().after() + window + model.tolerance;
    if (inside && earlier != null) {
      judgeDuplicate(partition, pushing, earlier, time, batch);
    } else if (outside && event.step() instanceof Step.PushLater) {
      judgeLater(partition, pushing, time);
    } else if (outside) {
      judgeNew(partition, pushing, earlier, time, batch);
    }
    if (pushing.result() == Pushed.STORED) {
      TaskState task = remember(partition, pushing, time);
      if (event.step() instanceof Step.PushLater later) {
        model.delay(task, later.ticks() * model.config.tickNanos(), time);
      } else if (event.step() instanceof Step.PushExpiring expiring) {
        task.expires(expiring.ticks() * model.config.tickNanos(), time);
      }
    } else if (pushing.result() == Pushed.DUPLICATE && earlier != null) {
      model
          .partition(partition)
          .ids
          .put(
              pushing.id(), new Accepted(earlier.time(), earlier.task(), earlier.duplicates() + 1));
    }
  }

  private void judgeDuplicate(
      int partition, Pushing pushing, Accepted earlier, Span time, boolean batch) {
    String rule = earlier.task().stored() ? "DEDUP-1" : "DEDUP-2";
    if (earlier.task().state == State.LATER) {
      rule = "DELAY-6";
    }
    boolean full =
        model.tally(partition, pushing.priority(), time).storedMin() >= model.settings.maxTasks();
    if (full) {
      rule = "LIMIT-8";
    } else if (batch) {
      rule = "DEDUP-6";
    }
    verdict.check(
        rule,
        pushing.result() == Pushed.DUPLICATE,
        () ->
            pushing.id()
                + " was accepted before, within the dedup window, and is now "
                + pushing.result());
  }

  /**
   * Judges a delayed push. Delayed tasks count against the limit. In real time the counts may lag,
   * and DELAY-7 judges the limit.
   */
  private void judgeLater(int partition, Pushing pushing, Span time) {
    int limit = model.settings.maxTasks();
    // The delayed tasks of all priorities count.
    Tally all = model.tally(partition, time);
    Tally same = model.tally(partition, pushing.priority(), time);
    long most = same.storedMax() - same.maybeReady() + all.in(State.LATER);
    if (most < limit) {
      verdict.check(
          "PUSH-5",
          pushing.result() == Pushed.STORED || (model.tolerance > 0 && limit < Settings.MANY),
          () -> pushing.id() + " is new and delayed, and the queue says " + pushing.result());
    } else if (model.tolerance == 0 && leastWithDelayed(all, same) >= limit) {
      verdict.check(
          "DELAY-7",
          pushing.result() == Pushed.FULL,
          () -> pushing.id() + " was delayed in a full partition: " + pushing.result());
    }
  }

  /** A due task of another priority no longer counts once it was moved. */
  private static long leastWithDelayed(Tally all, Tally same) {
    return same.storedOrLaterForSure() + all.laterForSure() - same.laterForSure();
  }

  private void judgeNew(
      int partition, Pushing pushing, @Nullable Accepted earlier, Span time, boolean batch) {
    int limit = model.settings.maxTasks();
    Tally tally = model.tally(partition, pushing.priority(), time);
    boolean mustRefuse = tally.storedMin() >= limit;
    boolean mustStore = tally.storedMax() < limit;
    if (mustRefuse) {
      verdict.check(
          batch ? "LIMIT-7" : "LIMIT-5",
          pushing.result() == Pushed.FULL,
          () -> pushing.id() + " was pushed to a full partition: " + pushing.result());
    } else if (mustStore) {
      if (limit < Settings.MANY) {
        verdict.check(
            batch ? "LIMIT-7" : "LIMIT-6",
            pushing.result() != Pushed.FULL,
            () -> pushing.id() + " was refused although the partition has room");
      }
      verdict.check(
          newRule(pushing, earlier),
          pushing.result() == Pushed.STORED,
          () -> pushing.id() + " is new here, and the queue says " + pushing.result());
    }
  }

  private String newRule(Pushing pushing, @Nullable Accepted earlier) {
    if (earlier != null) {
      return earlier.duplicates() > 0 ? "DEDUP-4" : "DEDUP-3";
    }
    boolean elsewhere =
        model.partitions.stream().anyMatch(other -> other.ids.containsKey(pushing.id()));
    return elsewhere ? "DEDUP-5" : "PUSH-5";
  }
}
