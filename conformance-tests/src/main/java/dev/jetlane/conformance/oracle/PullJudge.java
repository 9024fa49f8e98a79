// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.Cause;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Judges pulls: the tasks that a pull may hand out and must hand out, their order, and their
 * attempts.
 */
public final class PullJudge {

  private final Model model;
  private final Verdict verdict;
  private final PriorityJudge priorities;

  PullJudge(Model model, Verdict verdict) {
    this.model = model;
    this.verdict = verdict;
    priorities = new PriorityJudge(model, verdict);
  }

  void judge(Step.Pull pull, Event event) {
    List<Seen> result = ((Pulled) event.outcome()).deliveries();
    int partition = model.partitionIndex(pull.partition());
    Span time = event.time();
    verdict.check(
        "PULL-1",
        result.size() <= pull.max(),
        () -> "asked for " + pull.max() + ", got " + result.size());
    if (model.partition(partition).tasks.stream().noneMatch(t -> comesOut(t, time))) {
      verdict.check(
          "PULL-3", result.isEmpty(), () -> "nothing is stored, but the pull returned " + result);
    }
    int puller = Math.floorMod(pull.puller(), model.settings.pullers());
    judgeLiveness(partition, puller, result, pull.max(), time);
    List<TaskState> expected = backForSure(partition, time);
    expected.removeIf(t -> !model.foreseeable(t, puller, time));
    boolean waited = !priorities.isAnyThere(partition, puller, expected, time);
    Turns turns = model.buffers.turns(partition, puller);
    if (expired(partition, time) > 0) {
      turns.tookUnseen();
    }
    for (Seen seen : result) {
      TaskState task = judgeIdentity(seen, partition, time);
      if (task == null) {
        return;
      }
      if (task.state == State.LATER) {
        model.becameDue(task, time.after());
      }
      if (cameAnew(task, seen, time)) {
        model.storedAnew(task);
      }
      if (task.expiresMin < Long.MAX_VALUE) {
        // In real time the client and the harness have different clocks.
        verdict.check(
            "EXP-1",
            time.before() < task.expiresMax + model.tolerance,
            () -> task + " was handed out after its deadline");
      }
      if (task.stored()) {
        priorities.judge(task, puller, expected, time);
        judgeTurn(task, seen, puller, expected, time);
      }
      expected.remove(task);
      judgeLease(task, seen, puller, time);
      model.delivered(task, seen, puller, time);
      turns.took();
    }
    if (waited) {
      priorities.hideGivenBack(partition, result, pull.max(), time);
    }
    long expired = expired(partition, time);
    boolean all =
        result.size() + expired < pull.max()
            && !model.buffers.leasesAhead(partition, puller)
            && !model.buffers.othersLeaseAhead(partition, puller);
    judgeUsedUp(partition, all, time);
    hideMissed(partition, time);
  }

  /**
   * Hides the tasks that became deliverable during the pull. In real time the answer may arrive
   * after the wait of the pull. The client then gives the task back, which costs an attempt that
   * the history does not show.
   */
  private void hideMissed(int partition, Span time) {
    for (TaskState task : model.partition(partition).tasks) {
      if (model.tolerance > 0 && task.mayBeBack(time)) {
        task.hide(TaskState.ANY_PULLER, time.before());
      }
    }
  }

  private static boolean comesOut(TaskState task, Span time) {
    return task.stored() || task.mayBeAnew || task.mayBeReady(time) || echoes(task, time);
  }

  private static boolean echoes(TaskState task, Span time) {
    return !task.stored() && time.before() < task.echoesUntil;
  }

  /**
   * Whether a buffer had stored the task again, and this delivery is not a copy of the settled
   * task. A copy was leased later than the observed deliveries, so it has a higher attempt.
   */
  private boolean cameAnew(TaskState task, Seen seen, Span time) {
    boolean repeatsAttempt = seen.attempt() <= task.attempts;
    return task.mayBeAnew
        ? repeatsAttempt || !echoes(task, time)
        : repeatsAttempt && model.usedUpUnseen(task);
  }

  private void judgeTurn(
      TaskState task, Seen seen, int puller, List<TaskState> expected, Span time) {
    if (!model.foreseeable(task, puller, time)) {
      int least = task.attempts + 1;
      verdict.check(
          task.state == State.READY ? "ATTEMPT-1" : attemptRule(task, time),
          // If its last attempt was given back, it was stored again, with attempts from 1.
          (seen.attempt() >= least || model.usedUpUnseen(task))
              && seen.attempt() <= model.settings.maxDeliveries(),
          () -> task + " reports attempt " + seen.attempt() + ", not " + least + " or more");
    } else if (task.state == State.READY) {
      judgeNew(task, seen, puller, expected, time);
    } else {
      judgeAgain(task, seen, expected, time);
    }
  }

  /** Returns the tasks that must be deliverable again when the pull begins. */
  private List<TaskState> backForSure(int partition, Span time) {
    return model.partition(partition).tasks.stream()
        .filter(t -> t.mustBeBack(time) && !model.usedUp(t) && !model.usedUpUnseen(t))
        .filter(t -> !t.mayHaveExpired(time))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /**
   * Judges which tasks a pull must return. A puller with prefetch returns its buffered tasks, so at
   * least one of the available tasks must come. A task that another puller may have leased ahead
   * may be missing.
   */
  private void judgeLiveness(int partition, int puller, List<Seen> result, int max, Span time) {
    boolean ahead = model.buffers.leasesAhead(partition, puller);
    boolean others = model.buffers.othersLeaseAhead(partition, puller);
    // An expired task counts against the size of the pull and against maxOutstanding, but does not
    // end the pull.
    long expired = expired(partition, time);
    long there = backForSure(partition, time).size();
    for (int priority = 0; priority < model.settings.priorities(); priority++) {
      there += newForSure(partition, priority, ahead, time);
    }
    long most = ahead ? 1 : Math.max(1, max - expired);
    long least = others ? 0 : Math.min(most, there);
    if (least > 0 || !others) {
      verdict.check(
          "PULL-2",
          result.size() >= least,
          () -> "at least " + least + " tasks are available, got " + result.size());
    }
    Set<String> got = result.stream().map(Seen::payload).collect(Collectors.toSet());
    boolean room = result.size() + expired < max && !ahead && !others;
    long[] free = freeInOrder(partition, time);
    for (TaskState task : model.partition(partition).tasks) {
      boolean here = got.contains(task.payload);
      if (task.state == State.READY) {
        boolean mustCome =
            free[task.priority]-- > 0
                && time.before() >= task.mustBeReady
                && !model.mayBeDead(task, time);
        if (mustCome && (room || here)) {
          verdict.check(
              missingNew(task),
              here,
              () -> task + " is stored and was not pulled, although there was room for it");
        }
      } else if (task.state == State.OUT) {
        judgeReturn(task, here, room, time);
      } else if (task.state == State.LATER) {
        verdict.check(
            "DELAY-1",
            !here || task.mayBeReady(time),
            () -> task + " was delivered before it was due");
      } else {
        verdict.check(
            task.state == State.DEAD ? "DEAD-5" : "SETTLE-1",
            !here || task.mayBeAnew || echoes(task, time),
            () -> task + " was delivered again although it is " + task.state);
      }
    }
  }

  /** Returns how many new tasks of a priority the pull must find. */
  private long newForSure(int partition, int priority, boolean ahead, Span time) {
    Tally tally = model.tally(partition, priority, time);
    long ready =
        model.partition(partition).tasks.stream()
            .filter(t -> t.priority == priority)
            .filter(t -> t.state == State.READY && time.before() >= t.mustBeReady)
            .filter(t -> !model.usedUpUnseen(t) && !t.mayHaveExpired(time))
            .count();
    long freeSlots = model.settings.maxOutstanding() - tally.outMax();
    // A hidden task may take an outstanding slot. If it is in this puller's own buffer, this pull
    // returns it.
    long mine = ahead ? tally.hidden() : 0;
    return Math.max(0, Math.min(ready, freeSlots + mine));
  }

  /** Returns how many new tasks of each priority are certainly deliverable, in their order. */
  private long[] freeInOrder(int partition, Span time) {
    long[] free = new long[model.settings.priorities()];
    for (int i = 0; i < free.length; i++) {
      int priority = i;
      Tally tally = model.tally(partition, priority, time);
      free[priority] = model.settings.maxOutstanding() - tally.outMax();
      // If a delayed task became due unobserved, it is unknown which tasks are outstanding.
      boolean inOrder =
          model.partition(partition).tasks.stream()
              .filter(t -> t.priority == priority)
              .noneMatch(t -> t.delayed && (t.state == State.READY || t.mayBeReady(time)));
      if (!inOrder && free[priority] < tally.in(State.READY) + tally.maybeReady()) {
        free[priority] = 0;
      }
    }
    return free;
  }

  /** Returns how many expired tasks the pull may have found. */
  private long expired(int partition, Span time) {
    return model.partition(partition).tasks.stream().filter(t -> t.mayBeDeadOfAge(time)).count();
  }

  private String missingNew(TaskState task) {
    if (task.delayed) {
      return "DELAY-2";
    }
    if (task.incarnation > 0) {
      return task.putBack ? "SETTLE-12" : "DEAD-7";
    }
    boolean limited = model.settings.maxOutstanding() < Settings.MANY;
    boolean someGone = inItsOrder(task).anyMatch(t -> !t.stored());
    return limited && someGone ? "LIMIT-3" : "PUSH-1";
  }

  private void judgeReturn(TaskState task, boolean here, boolean room, Span time) {
    if (!task.mayBeBack(time)) {
      verdict.check(tooEarly(task), !here, () -> task + " was delivered again before it was due");
    } else if (model.usedUp(task)) {
      verdict.check(
          "DEAD-1",
          !here,
          () -> task + " was delivered again after " + task.attempts + " attempts");
    } else if (task.mustBeBack(time) && !model.mayBeDead(task, time) && (room || here)) {
      verdict.check(missing(task, time), here, () -> task + " was due and was not pulled");
    }
  }

  private String tooEarly(TaskState task) {
    if (task.refusedByClose) {
      return "LIFE-12";
    }
    Handle holder = model.handles.get(task.holder);
    if (holder.clientClosed) {
      return "LIFE-1";
    }
    if (holder.pullerClosed) {
      return "LIFE-3";
    }
    if (task.lateClosed) {
      return "LATE-7";
    }
    return switch (task.cause) {
      case EXTEND -> "EXTEND-1";
      case DELAY -> "SETTLE-3";
      case CLOSE -> "SETTLE-11";
      case KEPT -> "KEEP-1";
      default -> task.attempts > 1 ? "LEASE-3" : "LEASE-1";
    };
  }

  private String missing(TaskState task, Span time) {
    if (task.refusedByClose) {
      return "LIFE-12";
    }
    if (model.handles.get(task.holder).clientClosed) {
      return "LIFE-1";
    }
    if (task.lateClosed) {
      return "LATE-7";
    }
    if (model.tally(task, time).outMin() >= model.settings.maxOutstanding()) {
      return "LIMIT-2";
    }
    return switch (task.cause) {
      case LEASE -> "LEASE-2";
      case EXTEND -> "EXTEND-2";
      case NAK -> "SETTLE-2";
      case DELAY -> "SETTLE-4";
      case CLOSE -> "SETTLE-8";
      case KEPT -> model.handles.get(task.holder).pullerClosed ? "KEEP-5" : "KEEP-3";
    };
  }

  private @Nullable TaskState judgeIdentity(Seen seen, int partition, Span time) {
    TaskState task = model.byPayload(seen.payload());
    boolean known = model.partition(partition).ids.containsKey(seen.taskId());
    if (!verdict.check(
        model.refused.contains(seen.payload()) ? "LIFE-12" : known ? "PUSH-2" : "PUSH-3",
        task != null,
        () -> "a task was delivered that was never pushed: " + seen)) {
      return null;
    }
    if (task == null
        || !verdict.check(
            "PART-1",
            task.partition == partition
                && seen.partition().equals(Settings.partitionName(partition)),
            () -> task + " of p" + task.partition + " was delivered from p" + partition)) {
      return null;
    }
    verdict.check("PUSH-3", true, () -> "");
    priorities.judgeCarried(task, seen);
    boolean same =
        verdict.check(
            "PUSH-2",
            seen.taskId().equals(task.id) && seen.headers().equals(task.headers),
            () -> "pushed was " + task + " " + task.headers + ", delivered " + seen);
    return same && comesOut(task, time) ? task : null;
  }

  private void judgeNew(
      TaskState task, Seen seen, int puller, List<TaskState> expected, Span time) {
    verdict.check(
        task.putBack
            ? "SETTLE-12"
            : task.incarnation > 0 ? "DEAD-7" : task.delayed ? "DELAY-3" : "ATTEMPT-1",
        seen.attempt() == 1,
        () -> "the first delivery of " + task + " reports attempt " + seen.attempt());
    verdict.check(
        task.delayed ? "DELAY-4" : "ORDER-1",
        inItsOrder(task)
            .filter(t -> t.state == State.READY && model.foreseeable(t, puller, time))
            .filter(t -> !t.mayHaveExpired(time))
            .noneMatch(t -> t.precedes(task)),
        () -> task + " was delivered before a task that was pushed earlier");
    verdict.check(
        "ORDER-2",
        task.hidden || expected.stream().noneMatch(t -> t.priority == task.priority),
        () -> task + " is new and was delivered before " + expected + ", which is due again");
    if (model.settings.maxOutstanding() < Settings.MANY) {
      verdict.check(
          "LIMIT-1",
          model.tally(task, time).outMin() < model.settings.maxOutstanding(),
          () -> task + " is new and was delivered although too many tasks are outstanding");
    }
  }

  /** The tasks of the same partition and priority, which have one order. */
  private Stream<TaskState> inItsOrder(TaskState task) {
    return model.partition(task.partition).tasks.stream().filter(t -> t.priority == task.priority);
  }

  private void judgeAgain(TaskState task, Seen seen, List<TaskState> expected, Span time) {
    verdict.check(
        attemptRule(task, time),
        seen.attempt() == task.attempts + 1,
        () ->
            "delivery "
                + (task.attempts + 1)
                + " of "
                + task
                + " reports attempt "
                + seen.attempt());
    for (TaskState other : expected) {
      if (other.priority != task.priority) {
        continue;
      }
      if (other != task && other.cause == Cause.NAK && task.cause == Cause.NAK) {
        if (other.nakOrder >= 0 && task.nakOrder >= 0) {
          verdict.check(
              "ORDER-3",
              task.nakOrder < other.nakOrder,
              () -> other + " was given back earlier than " + task + ", and was delivered later");
        }
      } else if (other != task && Math.abs(other.mayReturn - task.mayReturn) > model.tolerance) {
        verdict.check(
            expiryRule(task, other),
            // This is a violation only if the other task was certainly due before this task could
            // be due.
            other.mustReturn >= task.mayReturn,
            () -> other + " was due earlier than " + task + ", and was delivered later");
      }
    }
    if (model.tally(task, time).outMin() >= model.settings.maxOutstanding()) {
      verdict.check("LIMIT-2", true, () -> "");
    }
  }

  private static String expiryRule(TaskState one, TaskState other) {
    if (one.cause == Cause.DELAY && other.cause == Cause.DELAY) {
      return "ORDER-5";
    }
    boolean nak = one.cause == Cause.NAK || other.cause == Cause.NAK;
    return nak ? "ORDER-6" : "ORDER-4";
  }

  private String attemptRule(TaskState task, Span time) {
    if (model.handles.get(task.holder).clientClosed) {
      return "LIFE-1";
    }
    if (task.extended) {
      return "EXTEND-3";
    }
    return switch (task.cause) {
      case NAK, CLOSE, DELAY -> "ATTEMPT-2";
      default ->
          time.before() > task.mustReturn + model.config.leaseNanos() ? "ATTEMPT-4" : "ATTEMPT-3";
    };
  }

  /**
   * Judges the remaining lease. A lease begins with the pull or, in a buffer, when the task becomes
   * available.
   */
  private void judgeLease(TaskState task, Seen seen, int puller, Span time) {
    long read = seen.remaining().nanos();
    long lease = model.config.leaseNanos();
    boolean ahead = model.buffers.leasesAhead(task.partition, puller);
    long began = !ahead ? time.before() : task.hidden ? task.hiddenSince : Long.MIN_VALUE / 2;
    boolean known = !ahead || (task.stored() && model.foreseeable(task, puller, time));
    // In real time a client does not know exactly when a buffered task arrived, and assumes a
    // shorter lease.
    boolean exact = !ahead || model.tolerance == 0;
    long least = known && exact ? Math.max(0, began + lease - seen.remaining().time().after()) : 0;
    verdict.check(
        "LEASE-4",
        read >= least && read <= lease,
        () -> "a fresh delivery has " + read + " ns of its lease, not " + least + " to " + lease);
  }

  /**
   * A pull that was not full has found every due task. Those without remaining deliveries and those
   * that have expired must now be dead letters.
   */
  private void judgeUsedUp(int partition, boolean room, Span time) {
    if (!room) {
      return;
    }
    boolean limited = model.settings.maxOutstanding() < Settings.MANY;
    for (TaskState task : model.partition(partition).tasks) {
      // The limit can hold back a new task, also one that a buffer stored anew.
      boolean met =
          task.mustBeBack(time)
              ? !(limited && model.usedUpUnseen(task))
              : task.state == State.READY && time.before() >= task.mustBeReady && !limited;
      if (met && model.hasEnded(task, time)) {
        task.mustBeDead = Math.min(task.mustBeDead, time.after() + model.tolerance);
      }
    }
  }
}
