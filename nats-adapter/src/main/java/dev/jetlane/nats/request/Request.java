package dev.jetlane.nats.request;

import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.nats.wire.Frame;
import org.jspecify.annotations.Nullable;

/** A message that the server answers. {@link RequestTable} sends it and completes it, once. */
public abstract class Request<T> extends DriverFuture<T> implements Frame {

  /** When sending it once more, while the first one may have been applied, changes nothing. */
  public enum Repeat {
    NEVER,
    /** As long as the server knows its message id. */
    WITHIN_DEDUP_WINDOW,
    ALWAYS
  }

  private final Repeat repeat;

  /**
   * Whether a thread of the queue waits for it and nothing of a user hangs on it, so that it may
   * complete on the thread that reads the connection.
   */
  boolean awaited;

  // The rest is guarded by this object's monitor, but for the token and the times, which are
  // written before the request is visible.

  /** What its answer is known by. */
  long token;

  long startNanos;
  long deadlineNanos;
  long resendAtNanos;

  /** When it went out for the first time: no server remembers it from an earlier moment. */
  long firstSentNanos;

  /** How often it went out and was not answered: not zero means that it may have taken effect. */
  int unanswered;

  boolean done;

  /** No try can succeed: it is larger than the server takes. */
  boolean hopeless;

  /** The last answer that allows another try. */
  @Nullable String lastRefusal;

  /** Whether that answer was that no stream or consumer has the subject. */
  boolean unheard;

  protected Request(Repeat repeat, Completion<? super T> completion) {
    super(completion);
    this.repeat = repeat;
  }

  /**
   * Whether it may be sent again although it may have been applied.
   *
   * @param knownNanos for how long a server knows its message id for sure
   */
  final boolean isRepeatable(long nowNanos, long knownNanos) {
    return switch (repeat) {
      case NEVER -> false;
      case WITHIN_DEDUP_WINDOW -> nowNanos - firstSentNanos < knownNanos;
      case ALWAYS -> true;
    };
  }

  /** Whether it failed because no stream has its subject. */
  public final synchronized boolean isUnheard() {
    return unheard;
  }

  /** Whether an earlier try was not answered: the answer may be about what that one did. */
  public final synchronized boolean wasRepeated() {
    return unanswered > 1;
  }

  /** It went out; the caller holds its monitor. */
  final void sentAt(long nowNanos) {
    if (unanswered++ == 0) {
      firstSentNanos = nowNanos;
    }
  }

  /** Whether it may still go out, some time after it was asked for. */
  protected boolean isTimely() {
    return true;
  }

  /** What the exchange is called in an error, such as {@code push of task-42}. */
  protected abstract String describe();

  /**
   * Reads the answer, which is not a status. Returns the result by {@link Answer#value}; an error
   * by {@link Answer#error}; an answer that is worth another try by {@link Answer#again}.
   */
  protected abstract Answer<T> read(byte[] answer, int from, int length);

  /**
   * Called once, after the request has left the table and before it completes.
   *
   * @param error what it fails with; null if it succeeds
   */
  protected void released(@Nullable TaskQueueException error) {}

  /** The fields of the time. */
  final void startAt(long nowNanos, long deadline) {
    startNanos = nowNanos;
    deadlineNanos = deadline;
  }

  /** How long it may take altogether. */
  final long allowedNanos() {
    return Math.max(1, deadlineNanos - startNanos);
  }

  /** What an answer says. */
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
