package dev.jetlane.nats.wire;

import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.request.RequestTable;
import io.nats.client.impl.Headers;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A message that the server answers. {@link RequestTable} sends it and completes it, exactly once.
 */
public abstract class Request<T> extends CompletableFuture<T> {

  /** Whether sending it once more while the first one may have been applied changes nothing. */
  public final boolean repeatable;

  /** Whether the sender is asked to flush, so that nobody else needs to. */
  public boolean flushed;

  /**
   * Whether a thread of the queue waits for it and nobody else sees it, so that nothing of a user
   * runs when it completes.
   */
  public boolean awaited;

  // The rest is guarded by this object's monitor, but for the token, which is written before the
  // request is visible.

  /** What its answer is known by. */
  public long token;

  public long startNanos;
  public long resendAtNanos;

  /** How often it went out and was not answered: not zero means that it may have taken effect. */
  public int unanswered;

  public boolean done;

  /** It would never be sent. */
  public boolean hopeless;

  /** The last answer that allows another try. */
  public @Nullable String lastRefusal;

  protected Request(boolean repeatable) {
    this.repeatable = repeatable;
  }

  /** Whether it may still go out, some time after it was asked for. */
  public boolean isTimely() {
    return true;
  }

  public abstract String subject();

  /** The body, to be left as it is. */
  public abstract byte[] body();

  /** The headers, for jnats. */
  public @Nullable Headers headers() {
    return null;
  }

  /** The size of the headers as they are written; none if there are none. */
  public int headerSize() {
    return 0;
  }

  public void writeHeaders(ByteSink frames) {}

  public int bodySize() {
    return body().length;
  }

  public void writeBody(ByteSink frames) {
    frames.put(body());
  }

  /** What the exchange is called in an error, such as {@code push of task-42}. */
  public abstract String describe();

  /**
   * Reads the answer, which is not a status. Returns the result by {@link Answer#value}; an error
   * by {@link Answer#error}; an answer that is worth another try by {@link Answer#again}.
   */
  public abstract Answer<T> read(byte[] answer, int from, int length);

  /**
   * Called once, after the request left the books and before it completes.
   *
   * @param error null for a success
   */
  public void released(@Nullable TaskQueueException error) {}

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
