// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure in a {@link Worker}, and the next step of the worker. By default each failure is {@link
 * #log logged}; {@link WorkerOptions#withFailureListener} replaces this.
 *
 * @param kind the kind of failure
 * @param partition the name of the partition
 * @param delivery the task; null if the failure concerns no single task
 * @param cause the exception of the handler or the queue; null if there is none
 * @param next the next step, in a few words
 */
public record WorkerFailure(
    Kind kind,
    String partition,
    @Nullable Delivery delivery,
    @Nullable Throwable cause,
    String next) {

  /** The kinds of failures. */
  public enum Kind {
    /** A handler failed, and its task will be redelivered. */
    ATTEMPT_FAILED("an attempt failed", Level.WARNING),
    /** A handler failed, and its task became a dead letter. */
    DEAD_LETTERED("the last attempt failed", Level.ERROR),
    /** The deadline of a task passed before a handler was free: it became a dead letter. */
    EXPIRED("the deadline passed before a handler was free", Level.WARNING),
    /** A handler returned, and its task could not be acked within the lease. */
    SETTLEMENT_FAILED("settling failed", Level.WARNING),
    /** A lease expired while its handler ran: another worker may have the task. */
    LEASE_LOST("the lease expired while the handler was running", Level.WARNING),
    /** A handler runs for longer than {@link WorkerOptions#hungAfter}. */
    HUNG("the handler has been running for too long", Level.WARNING),
    /** A pull failed. Reported for the first of a series. */
    PULL_FAILED("a pull failed", Level.WARNING),
    /** The executor refused to run a handler. Reported for the first of a series. */
    EXECUTOR_REFUSED("the executor refused a handler", Level.WARNING),
    /** The worker ended although it was not closed. */
    STOPPED("the worker has ended", Level.ERROR);

    private final String text;
    private final Level level;

    Kind(String text, Level level) {
      this.text = text;
      this.level = level;
    }

    /**
     * Returns the level of its log line.
     *
     * @return the level
     */
    public Level level() {
      return level;
    }
  }

  private static final System.Logger LOG = System.getLogger("dev.jetlane.Worker");

  /**
   * Logs this failure, with the stack trace of its cause unless the cause is a {@link
   * QueueClosedException}, or cannot compute its message.
   */
  public void log() {
    boolean traced = !(cause instanceof QueueClosedException) && text(cause).isPresent();
    LOG.log(kind.level, toString(), traced ? cause : null);
  }

  /** One line with partition, task, attempt, cause and next step. */
  @Override
  public String toString() {
    String task =
        delivery == null
            ? ""
            : ", task \"" + delivery.taskId() + "\", attempt " + delivery.attempt();
    String why = cause == null ? "" : " (" + text(cause).orElseGet(cause.getClass()::getName) + ")";
    return "partition " + partition + task + ": " + kind.text + why + "; " + next;
  }

  /** Returns the text of a cause; empty if it fails to compute its message, or there is none. */
  private static Optional<String> text(@Nullable Throwable cause) {
    try {
      return Optional.ofNullable(cause).map(Throwable::toString);
    } catch (RuntimeException | Error ofTheMessage) {
      return Optional.empty();
    }
  }
}
