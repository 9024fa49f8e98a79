// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.DeadLetter;
import dev.jetlane.Stats;
import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.DeadListed;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Letter;
import dev.jetlane.conformance.oracle.History.Purged;
import dev.jetlane.conformance.oracle.History.Redriven;
import dev.jetlane.conformance.oracle.History.Removed;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.PartitionState;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import dev.jetlane.conformance.plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Judges statistics and dead letters. */
public final class CountJudge {

  private final Model model;
  private final Verdict verdict;
  private static final Range NONE = new Range(0, 0);
  private static final Counts NOTHING = new Counts(0, 0, NONE, NONE, NONE, NONE);

  private final List<Counts> past = new ArrayList<>();

  CountJudge(Model model, Verdict verdict) {
    this.model = model;
    this.verdict = verdict;
  }

  /** The range of values that a count of a partition may have at one moment. */
  private record Range(long min, long max) {
    boolean contains(long value) {
      return min <= value && value <= max;
    }

    Range or(Range other) {
      return new Range(Math.min(min, other.min), Math.max(max, other.max));
    }
  }

  private record Counts(int partition, long time, Range ready, Range out, Range dead, Range later) {
    Counts or(Counts other) {
      return new Counts(
          partition,
          time,
          ready.or(other.ready),
          out.or(other.out),
          dead.or(other.dead),
          later.or(other.later));
    }
  }

  /**
   * Judges the statistics after an event. They may lag by the tolerance (a server was seen to count
   * a confirmed push some milliseconds later), so a count is correct if it was correct at some
   * moment within the tolerance. In virtual time it must be correct now.
   */
  void judgeCounts(Event event) {
    for (Count count : event.counts()) {
      Counts now = counts(count.partition(), count.time());
      Counts allowed = model.tolerance == 0 ? now : now.or(recent(count, event.time()));
      Stats stats = count.stats();
      check("STATS-1", count, allowed.ready(), stats.ready());
      check("STATS-2", count, allowed.out(), stats.outstanding());
      check("STATS-3", count, allowed.dead(), stats.dead());
      check("STATS-5", count, allowed.later(), stats.delayed());
      past.add(now);
    }
  }

  /**
   * Returns the ranges of the counts within the tolerance. The counts after a step are valid until
   * the next step.
   */
  private Counts recent(Count count, Span step) {
    Counts last = NOTHING;
    for (Counts earlier : past) {
      if (earlier.partition() == count.partition()) {
        last = earlier;
      }
    }
    Counts recent = step.after() >= count.time().before() - model.tolerance ? last : NOTHING;
    for (Counts earlier : past) {
      if (earlier.partition() == count.partition()
          && earlier.time() >= count.time().before() - model.tolerance) {
        recent = recent.or(earlier);
      }
    }
    return recent;
  }

  private void check(String rule, Count count, Range allowed, long value) {
    verdict.check(
        rule,
        allowed.contains(value),
        () ->
            "p"
                + count.partition()
                + " counts "
                + count.stats()
                + ", not "
                + allowed.min()
                + " to "
                + allowed.max());
  }

  private Counts counts(int partition, Span time) {
    PartitionState state = model.partitions.get(partition);
    Tally tally = model.tally(partition, time);
    long dead = state.tasks.stream().filter(t -> t.state == State.DEAD || t.lettered).count();
    long later = state.count(State.LATER);
    long unsure = tally.maybeReady();
    return new Counts(
        partition,
        time.after(),
        new Range(
            state.count(State.READY, t -> !t.hidden && !model.mayBeDead(t, time)),
            state.count(State.READY, t -> !model.mustBeDead(t, time))
                + unsure
                + tally.maybePutBack()
                + tally.lingering()),
        new Range(tally.outMin(), tally.outMax()),
        new Range(
            dead + countUsedUp(state, time, true),
            dead + countUsedUp(state, time, false) + state.count(State.GONE_OR_DEAD)),
        new Range(later - unsure, later));
  }

  private long countUsedUp(PartitionState partition, Span time, boolean forSure) {
    return partition.tasks.stream()
        .filter(t -> forSure ? model.mustBeDead(t, time) && !t.purged : model.mayBeDead(t, time))
        .count();
  }

  private static boolean between(long value, long min, long max) {
    return min <= value && value <= max;
  }

  void judgeLetters(Step.ListDead step, Event event) {
    List<Letter> letters = ((DeadListed) event.outcome()).letters();
    PartitionState partition = model.partition(step.partition());
    for (TaskState task : partition.tasks) {
      List<Letter> mine = letters.stream().filter(l -> l.payload().equals(task.payload)).toList();
      judgeLettersOf(task, mine, event.time());
    }
    for (Letter letter : letters) {
      verdict.check(
          "DEAD-11",
          partition.tasks.stream().anyMatch(t -> t.payload.equals(letter.payload())),
          () -> letter + " is not a task of p" + step.partition());
    }
    judgeLetterOrder(partition, letters);
  }

  private void judgeLettersOf(TaskState task, List<Letter> letters, Span time) {
    boolean unseen = model.usedUpUnseen(task);
    boolean usedUp = unseen || (task.state == State.OUT && model.usedUp(task));
    boolean mustHave = model.mustBeDead(task, time) && !task.purged;
    int least = task.state == State.DEAD || task.lettered || mustHave ? 1 : 0;
    boolean mayHave =
        task.state == State.DEAD
            || task.lettered
            || task.state == State.GONE_OR_DEAD
            || model.mayBeDead(task, time);
    int most = mayHave ? 1 : 0;
    if (least == 1 || !letters.isEmpty()) {
      verdict.check(
          letterRule(task, usedUp),
          between(letters.size(), least, most),
          () -> task + " has " + letters.size() + " dead letters, not " + least + " to " + most);
    }
    for (Letter letter : letters) {
      if (DeadLetter.EXPIRED.equals(letter.reason())) {
        judgeExpired(task, letter, time);
        continue;
      }
      // A hidden task may have used up its deliveries in a buffer. The reason of the letter shows
      // it.
      boolean max = unseen ? DeadLetter.MAX_DELIVERIES.equals(letter.reason()) : usedUp;
      int attempts = attempts(task, unseen && max);
      String reason = max ? DeadLetter.MAX_DELIVERIES : task.deadReason;
      verdict.check(
          usedUp || givenBack(task) ? "DEAD-2" : "DEAD-3",
          letter.taskId().equals(task.id)
              && letter.headers().equals(task.headers)
              && letter.attempts() <= model.settings.maxDeliveries()
              && (letter.attempts() == attempts
                  || (unseen && letter.attempts() > attempts)
                  || task.mayBeAnew)
              && (reason == null || Objects.equals(letter.reason(), reason)),
          () ->
              letter
                  + " should be "
                  + task
                  + " "
                  + task.headers
                  + " after "
                  + attempts
                  + " attempts, because of "
                  + reason);
    }
  }

  /**
   * Judges the letter of an expired task. The delivery that found it expired counts as an attempt.
   */
  private void judgeExpired(TaskState task, Letter letter, Span time) {
    int attempts = task.attempts + 1;
    verdict.check(
        "EXP-2",
        task.mayHaveExpired(time)
            && letter.taskId().equals(task.id)
            && letter.headers().equals(task.headers)
            && (letter.attempts() == attempts
                || (task.hidden && letter.attempts() > attempts)
                || model.usedUpUnseen(task)),
        () -> letter + " should be " + task + " " + task.headers + " after " + attempts);
  }

  private static String letterRule(TaskState task, boolean usedUp) {
    if (usedUp) {
      return "DEAD-2";
    }
    if (task.refusedByClose) {
      return "LIFE-12";
    }
    return givenBack(task) ? "DEAD-21" : task.putBack ? "SETTLE-12" : "DEAD-4";
  }

  private static boolean givenBack(TaskState task) {
    return task.state == State.DEAD && DeadLetter.MAX_DELIVERIES.equals(task.deadReason);
  }

  private int attempts(TaskState task, boolean usedUpUnseen) {
    if (task.lettered) {
      return task.letterAttempts;
    }
    return usedUpUnseen ? model.settings.maxDeliveries() : task.attempts;
  }

  /** Judges the order of the letters that calls made. The order of other letters is unknown. */
  private void judgeLetterOrder(PartitionState partition, List<Letter> letters) {
    int last = -1;
    for (Letter letter : letters) {
      for (TaskState task : partition.tasks) {
        if (task.payload.equals(letter.payload()) && task.state == State.DEAD) {
          int before = last;
          if (before >= 0) {
            verdict.check(
                "DEAD-9",
                task.deadOrder > before,
                () -> task + " is listed after a younger letter");
          }
          last = task.deadOrder;
        }
      }
    }
  }

  void judgeRedrive(Step.Redrive step, Event event) {
    if (!(event.outcome() instanceof Redriven redriven)) {
      return;
    }
    PartitionState partition = model.partition(step.partition());
    verdict.check(
        "DEAD-7", redriven.found(), () -> "a listed letter was not found: " + redriven.letter());
    TaskState redrivenTask = model.byPayload(redriven.letter().payload());
    boolean full =
        redrivenTask != null
            && model.tally(redrivenTask, event.time()).storedMin() >= model.settings.maxTasks();
    if (redriven.found() && full) {
      verdict.check(
          "DEAD-8", false, () -> redriven.letter() + " was redriven into a full partition");
    }
    for (TaskState task : List.copyOf(partition.tasks)) {
      if (task.payload.equals(redriven.letter().payload())) {
        verdict.check(
            "DEAD-4",
            (task.state != State.READY && task.state != State.GONE)
                || model.mayBeDead(task, event.time()),
            () -> task + " is " + task.state + " and has a dead letter");
        model.lostSight |= task.mayBeTwice;
        model.redriven(task, event.time());
        task.expiresMin = Long.MAX_VALUE;
        task.expiresMax = Long.MAX_VALUE;
        // A redrive may or may not count as an accepted push until its dedup window ends.
        partition.ids.put(task.id, new Model.Accepted(unclear(event.time()), task, 0));
      }
    }
  }

  /** Whether any priority of the partition may be full. */
  boolean mayBeFull(int partition, Span time) {
    int index = model.partitionIndex(partition);
    return IntStream.range(0, model.settings.priorities())
        .anyMatch(p -> model.tally(index, p, time).storedMax() >= model.settings.maxTasks());
  }

  private Span unclear(Span time) {
    return new Span(time.before() - model.config.dedupNanos(), time.after());
  }

  void judgeRemoval(Step.RemoveDead step, Event event) {
    if (!(event.outcome() instanceof Removed removed)) {
      return;
    }
    verdict.check(
        "DEAD-15", removed.found(), () -> "a listed letter was not found: " + removed.letter());
    for (TaskState task : model.partition(step.partition()).tasks) {
      if (task.payload.equals(removed.letter().payload())) {
        model.lostSight |= task.mayBeTwice;
        task.state = task.mayBeAnew ? State.GONE_OR_DEAD : State.GONE;
      }
    }
  }

  void judgePurge(Step.Purge step, Event event) {
    if (!(event.outcome() instanceof Purged purged)) {
      return;
    }
    PartitionState partition = model.partition(step.partition());
    long dead = partition.count(State.DEAD);
    long most =
        dead + partition.count(State.GONE_OR_DEAD) + countUsedUp(partition, event.time(), false);
    long least = dead + countUsedUp(partition, event.time(), true);
    verdict.check(
        "DEAD-10",
        between(purged.count(), least, most),
        () -> "purged " + purged.count() + " letters, not " + least + " to " + most);
    for (TaskState task : partition.tasks) {
      if (task.state == State.DEAD
          || task.state == State.GONE_OR_DEAD
          || model.mustBeDead(task, event.time())) {
        task.state = task.mayBeAnew ? State.GONE_OR_DEAD : State.GONE;
      } else if (model.mayBeDead(task, event.time())) {
        task.purged = true;
      }
    }
  }
}
