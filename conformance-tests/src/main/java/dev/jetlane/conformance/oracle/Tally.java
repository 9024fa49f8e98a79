// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import java.util.List;
import java.util.function.Predicate;

/**
 * How many of some tasks are certainly, and how many are possibly, stored or outstanding at one
 * moment. The tasks are those of a partition, or those of one priority in it.
 */
final class Tally {

  private final Model model;
  private final List<TaskState> tasks;
  private final Span time;

  Tally(Model model, List<TaskState> tasks, Span time) {
    this.model = model;
    this.tasks = tasks;
    this.time = time;
  }

  /** Returns how many tasks are in a state. */
  long in(State state) {
    return count(t -> t.state == state);
  }

  /** Returns how many tasks may be new because a puller gave back their last attempt. */
  long maybePutBack() {
    return count(t -> t.mayBeAnew || (t.state == State.OUT && model.usedUpUnseen(t)));
  }

  /** Returns how many tasks are certainly delayed. */
  long laterForSure() {
    return count(t -> t.state == State.LATER && !t.mayBeReady(time));
  }

  /**
   * Returns how many tasks are certainly stored, delayed or not. A hidden task may be dead, and so
   * may one that has expired.
   */
  long storedOrLaterForSure() {
    return storedMin()
        + count(
            t ->
                t.state == State.LATER
                    && !(t.mayBeReady(time) && (model.usedUpUnseen(t) || t.mayHaveExpired(time))));
  }

  /** Returns how many tasks may have become due unobserved. */
  long maybeReady() {
    return count(t -> t.mayBeReady(time));
  }

  /** Returns how many tasks may be in a buffer and were never handed out. */
  long hidden() {
    return count(t -> t.state == State.READY && t.hidden);
  }

  /** Returns how many tasks are certainly stored: neither dead nor removed. */
  long storedMin() {
    return count(t -> t.stored() && !model.mayBeDead(t, time));
  }

  long storedMax() {
    return count(
        t ->
            (t.stored() && !model.mustBeDead(t, time))
                || lingers(t)
                || t.mayBeAnew
                || t.mayBeReady(time));
  }

  /**
   * Returns how many tasks may still be stored although an unconfirmed ack was sent. Such a task
   * may briefly count as ready, because a server forgets the delivery before it removes the message
   * ({@code processAckMsg} in consumer.go).
   */
  long lingering() {
    return count(this::lingers);
  }

  private boolean lingers(TaskState task) {
    return task.state == State.GONE && time.before() < task.lingersUntil;
  }

  /** Returns how many tasks are certainly delivered and not settled. */
  long outMin() {
    return count(t -> t.state == State.OUT && !model.mayBeDead(t, time));
  }

  long outMax() {
    return originals() + outMaxOnce();
  }

  /**
   * Returns how many tasks may be outstanding twice: in real time the copy of a task that a buffer
   * stored again may be leased before the original is removed.
   */
  private long originals() {
    return model.tolerance > 0 ? count(t -> t.stored() && model.usedUpUnseen(t)) : 0;
  }

  private long outMaxOnce() {
    return count(
        t ->
            (t.state == State.OUT && !model.mustBeDead(t, time))
                || ((t.state == State.READY || t.mayBeReady(time)) && t.hidden)
                // The pull that finds it expired holds it briefly.
                || (t.state == State.READY && t.mayBeDeadOfAge(time) && !model.mustBeDead(t, time))
                || t.mayBeAnew
                || lingers(t));
  }

  private long count(Predicate<TaskState> which) {
    return tasks.stream().filter(which).count();
  }
}
