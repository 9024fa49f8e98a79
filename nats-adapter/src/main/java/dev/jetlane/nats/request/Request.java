// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.nats.wire.Frame;
import org.jspecify.annotations.Nullable;

/** A message that the server answers. {@link RequestTable} sends it, and completes it once. */
public abstract class Request<T> extends DriverFuture<T> implements Frame {

  /** When a repetition has no further effect even if the first try was applied. */
  public enum Repeat {
    NEVER,
    /** While the server knows the message id. */
    WITHIN_DEDUP_WINDOW,
    ALWAYS
  }

  private final Repeat repeat;

  /**
   * Whether a thread of the queue waits for it and no user code depends on it, so that it may
   * complete on the thread that reads the connection.
   */
  boolean awaited;

  // The other fields are guarded by this object's monitor, except for the token and the times,
  // which are written before the request is visible.

  /** Identifies its answer. */
  long token;

  long startNanos;
  long deadlineNanos;
  long resendAtNanos;

  /** The time of the first try, before which no server can know the message id. */
  long firstSentNanos;

  /** The end of the lease under which it acts; {@link DriverClock#NEVER} if it needs none. */
  private long notAfterNanos = DriverClock.NEVER;

  /** The number of unanswered tries: above zero the request may have taken effect. */
  int unanswered;

  /** Whether its sender has begun the first try; earlier tries would be in its way. */
  private boolean begun;

  boolean done;

  /** Whether no try can succeed, because the message is larger than the server accepts. */
  boolean hopeless;

  /** The last answer that allows another try. */
  @Nullable String lastRefusal;

  /** Whether that answer reported that no stream or consumer responds on the subject. */
  boolean unheard;

  protected Request(Repeat repeat, Completion<? super T> completion) {
    super(completion);
    this.repeat = repeat;
  }

  /**
   * Returns whether the request may be sent again although it may have been applied.
   *
   * @param knownNanos how long a server certainly knows its message id
   */
  final boolean isRepeatable(long nowNanos, long knownNanos) {
    return switch (repeat) {
      case NEVER -> false;
      case WITHIN_DEDUP_WINDOW -> nowNanos - firstSentNanos < knownNanos;
      case ALWAYS -> true;
    };
  }

  /** Returns whether the request failed because no stream has its subject. */
  public final synchronized boolean isUnheard() {
    return unheard;
  }

  /** Returns whether an earlier try was unanswered: then the answer may be that of a duplicate. */
  public final synchronized boolean wasRepeated() {
    return unanswered > 1;
  }

  /**
   * Records a try before it is sent: the answer may be faster than its sender. Returns false if the
   * request has ended, possibly with an error which means that nothing was sent, or is too late.
   */
  final synchronized boolean sentAt(long nowNanos, long againNanos) {
    if (done || isTooLate()) {
      return false;
    }
    begun = true;
    resendAtNanos = againNanos;
    if (unanswered++ == 0) {
      firstSentNanos = nowNanos;
    }
    return true;
  }

  /** Takes the record of a try back, because the sender did not accept it. */
  final synchronized void notSent(String why, long againNanos, boolean forGood) {
    unanswered = Math.max(0, unanswered - 1);
    lastRefusal = why;
    resendAtNanos = againNanos;
    hopeless |= forGood;
  }

  /**
   * Returns whether to send the request again.
   *
   * @param knownNanos as for {@link #isRepeatable}
   */
  final synchronized boolean isDue(long nowNanos, long knownNanos) {
    boolean allowed = unanswered == 0 ? isTimely() : isRepeatable(nowNanos, knownNanos);
    return begun
        && !done
        && allowed
        && nowNanos - resendAtNanos >= 0
        && nowNanos - deadlineNanos < 0;
  }

  /** Returns whether no try can succeed, or none may be sent any more and none was. */
  final synchronized boolean isHopeless() {
    return hopeless || isTooLate();
  }

  /**
   * Sets the end of the lease. A request that no server received is not sent after it, because
   * another worker may hold the task then. Called before the request is sent.
   */
  public final void notAfter(long nanos) {
    notAfterNanos = nanos;
  }

  /** Returns whether the first try may still be sent, some time after the call. */
  protected boolean isTimely() {
    return notAfterNanos == DriverClock.NEVER || System.nanoTime() - notAfterNanos < 0;
  }

  private boolean isTooLate() {
    return unanswered == 0 && !isTimely();
  }

  /** Returns the error of a request that no server received. */
  final synchronized TaskQueueException notSentError() {
    if (isTooLate()) {
      return new LeaseExpiredException(
          describe() + " refused: the lease expired before it could be sent", null);
    }
    String why = lastRefusal == null ? "no time was left to send it" : lastRefusal;
    return new QueueUnavailableException(describe() + ": " + why, null);
  }

  /** Returns the name of the exchange in errors, such as {@code push of task-42}. */
  protected abstract String describe();

  /**
   * Reads the answer, which is not a status. Returns the result by {@link Answer#value}; an error
   * by {@link Answer#error}; an answer that is worth another try by {@link Answer#again}.
   */
  protected abstract Answer<T> read(byte[] answer, int from, int length);

  /**
   * Called once, after the request was removed from the table and before it completes.
   *
   * @param error the error with which it fails; null if it succeeds
   */
  protected void released(@Nullable TaskQueueException error) {}

  /** Sets the times. */
  final void startAt(long nowNanos, long deadline) {
    startNanos = nowNanos;
    deadlineNanos = deadline;
  }

  /** Returns the time from the call to the deadline. */
  final long allowedNanos() {
    return Math.max(1, deadlineNanos - startNanos);
  }

  /** The meaning of an answer. */
  public record Answer<T>(
      @Nullable T value, @Nullable TaskQueueException error, @Nullable String again) {
    public static <T> Answer<T> value(T value) {
      return new Answer<>(value, null, null);
    }

    public static <T> Answer<T> error(TaskQueueException error) {
      return new Answer<>(null, error, null);
    }

    public static <T> Answer<T> again(String refusal) {
      return new Answer<>(null, null, refusal);
    }
  }
}
