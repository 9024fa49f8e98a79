package dev.jetlane.nats;

import dev.jetlane.TaskQueueException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A message that the server answers. {@link Replies} sends it and completes it, exactly once. */
abstract class Request<T> extends CompletableFuture<T> {

  final String subject;
  final @Nullable Headers headers;
  final byte[] body;

  /** Whether sending it once more while the first one may have been applied changes nothing. */
  final boolean repeatable;

  // The rest is guarded by this object's monitor, but for the slot, which is written before the
  // request is visible.
  int slot;
  String replyTo = "";
  long startNanos;
  long resendAtNanos;

  /** How often it went out and was not answered: not zero means that it may have taken effect. */
  int unanswered;

  boolean done;

  /** The last answer that allows another try. */
  @Nullable String lastRefusal;

  Request(String subject, @Nullable Headers headers, byte[] body, boolean repeatable) {
    this.subject = subject;
    this.headers = headers;
    this.body = body;
    this.repeatable = repeatable;
  }

  /** What the exchange is called in an error, such as {@code push of task-42}. */
  abstract String describe();

  /**
   * Reads the answer, which is not a status. Returns the result by {@link Answer#value}; an error
   * by {@link Answer#error}; an answer that is worth another try by {@link Answer#again}.
   */
  abstract Answer<T> read(Message message);

  /** Called once, after the request left the books and before it completes. */
  void released() {}

  /** What an answer says. */
  record Answer<T>(@Nullable T value, @Nullable TaskQueueException error, @Nullable String again) {
    static <T> Answer<T> value(T value) {
      return new Answer<>(value, null, null);
    }

    static <T> Answer<T> error(TaskQueueException error) {
      return new Answer<>(null, error, null);
    }

    static <T> Answer<T> again(String refusal) {
      return new Answer<>(null, null, refusal);
    }
  }
}
