package dev.jetlane;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Something that went wrong in a {@link Worker}, and what happens next. By default each one is
 * {@link #log logged}; {@link WorkerOptions#withFailureListener} takes them over.
 *
 * @param kind what went wrong
 * @param partition the name of the partition
 * @param delivery the task; null if it is about no single one
 * @param cause what was thrown, by the handler or by the queue; null if nothing was
 * @param next what happens next, in a few words
 */
public record WorkerFailure(
    Kind kind,
    String partition,
    @Nullable Delivery delivery,
    @Nullable Throwable cause,
    String next) {

  /** What went wrong. */
  public enum Kind {
    /** A handler failed, and its task comes back. */
    ATTEMPT_FAILED("an attempt failed", Level.WARNING),
    /** A handler failed, and its task is a dead letter now. */
    DEAD_LETTERED("the last attempt failed", Level.ERROR),
    /** A handler returned, and its task could not be acked within the lease. */
    SETTLEMENT_FAILED("settling failed", Level.WARNING),
    /** A lease ran out while its handler ran: another worker may have the task. */
    LEASE_LOST("the lease ran out while the handler runs", Level.WARNING),
    /** A handler runs for longer than {@link WorkerOptions#hungAfter}. */
    HUNG("the handler runs for too long", Level.WARNING),
    /** A pull failed. Told for the first one of a series. */
    PULL_FAILED("a pull failed", Level.WARNING),
    /** The executor refused to run a handler. Told for the first one of a series. */
    EXECUTOR_REFUSED("the executor refused a handler", Level.WARNING),
    /** The worker has ended by itself. */
    STOPPED("the worker has ended", Level.ERROR);

    private final String text;
    private final Level level;

    Kind(String text, Level level) {
      this.text = text;
      this.level = level;
    }

    /** The level that it is logged at. */
    public Level level() {
      return level;
    }
  }

  private static final System.Logger LOG = System.getLogger("dev.jetlane.Worker");

  /** Logs this, with the stack trace of its cause. */
  public void log() {
    LOG.log(kind.level, this::toString, cause);
  }

  /** One line that names partition, task and attempt, the cause, and what happens next. */
  @Override
  public String toString() {
    String task =
        delivery == null
            ? ""
            : ", task \"" + delivery.taskId() + "\", attempt " + delivery.attempt();
    String why = cause == null ? "" : " (" + cause + ")";
    return "partition " + partition + task + ": " + kind.text + why + "; " + next;
  }
}
