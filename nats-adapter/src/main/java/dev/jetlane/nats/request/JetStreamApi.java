package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks the server's API, and says in our words what went wrong. */
public final class JetStreamApi {

  public static final int STREAM_NOT_FOUND = 10059;
  public static final int CONSUMER_NOT_FOUND = 10014;
  public static final int MESSAGE_NOT_FOUND = 10037;

  /** One exchange. */
  public interface Call<T> {
    T run(JetStreamManagement management) throws IOException, JetStreamApiException;
  }

  private static final long MAX_STEP_MILLIS = 50;

  private final ConnectionMonitor link;
  private final String inboxPrefix;
  private final ThreadPoolExecutor callers;
  private final JetStreamOptions jetStreamOptions;

  JetStreamApi(ConnectionMonitor link, NatsOptions options, String name) {
    this.link = link;
    inboxPrefix = options.inboxPrefix() + ".";
    Duration timeout = options.requestTimeout();
    callers =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    jetStreamOptions = JetStreamOptions.builder().requestTimeout(timeout).build();
  }

  public ServerInfo serverInfo() {
    return link.connection().getServerInfo();
  }

  /**
   * Asks, and returns null if the answer is one of these error codes.
   *
   * @param what for the message, such as {@code stream info}
   * @param subject what a client has to be permitted for this
   */
  public <T> @Nullable T ask(String what, String subject, Call<T> call, int... absent) {
    link.requireOpen();
    String apiSubject = "$JS.API." + subject;
    link.clearDenied(apiSubject);
    link.sender().flush(); // What was sent before this, takes effect before this.
    CompletableFuture<@Nullable T> answer = new CompletableFuture<>();
    int epoch = link.epoch();
    try {
      callers.execute(() -> run(call, answer));
      return await(answer, what, apiSubject, epoch);
    } catch (RejectedExecutionException e) {
      throw new QueueClosedException(what + ": the queue is closed", null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof JetStreamApiException error) {
        for (int code : absent) {
          if (error.getApiErrorCode() == code) {
            return null;
          }
        }
        throw refused(what, error);
      }
      throw unanswered(what, apiSubject, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException(what + ": interrupted", e);
    }
  }

  /**
   * jnats waits for its answer and for nothing else; a refusal comes on another way, and long
   * before the request times out, and on a connection that was cut no answer comes at all.
   */
  private <T> @Nullable T await(
      CompletableFuture<@Nullable T> answer, String what, String apiSubject, int epoch)
      throws InterruptedException, ExecutionException {
    for (long stepMillis = 5; ; stepMillis = Math.min(MAX_STEP_MILLIS, 2 * stepMillis)) {
      try {
        return answer.get(stepMillis, TimeUnit.MILLISECONDS);
      } catch (TimeoutException waiting) {
        if (link.isDenied(apiSubject)) {
          throw denied(what, apiSubject);
        }
        link.requireOpen();
        if (link.epoch() != epoch || !link.isConnected()) {
          throw new QueueUnavailableException(
              what + ": the connection was cut before an answer came", null);
        }
      }
    }
  }

  private <T> void run(Call<T> call, CompletableFuture<@Nullable T> answer) {
    try {
      answer.complete(call.run(link.connection().jetStreamManagement(jetStreamOptions)));
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  /** Does something that asks, on another thread. */
  public CompletableFuture<Void> later(Runnable task) {
    try {
      return CompletableFuture.runAsync(task, callers);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(new QueueClosedException("the queue is closed", null));
    }
  }

  void close() {
    callers.shutdownNow();
  }

  /** How many messages a stream has on these subjects; none if there is no such stream. */
  public long messages(String stream, String subjects) {
    return subjects(stream, subjects).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Which of these subjects a stream has messages on, and how many. */
  public Map<String, Long> subjects(String stream, String subjects) {
    StreamInfo info =
        ask(
            "count the messages of " + stream,
            "STREAM.INFO." + stream,
            management ->
                management.getStreamInfo(stream, StreamInfoOptions.filterSubjects(subjects)),
            STREAM_NOT_FOUND);
    return info == null ? Map.of() : info.getStreamState().getSubjectMap();
  }

  /** All consumers of a stream. */
  public List<ConsumerInfo> consumers(String stream) {
    List<ConsumerInfo> all =
        ask(
            "list the consumers of " + stream,
            "CONSUMER.LIST." + stream,
            management -> management.getConsumers(stream));
    return all == null ? List.of() : all;
  }

  private static TaskQueueException refused(String what, JetStreamApiException e) {
    return new QueueUnavailableException(
        what + ": " + e.getErrorDescription() + " (" + e.getApiErrorCode() + ")", e);
  }

  private TaskQueueException unanswered(String what, String apiSubject, @Nullable Throwable e) {
    link.requireOpen();
    if (link.isDenied(apiSubject)) {
      return denied(what, apiSubject);
    }
    for (String subject : link.deniedSubjects()) {
      if (subject.startsWith(inboxPrefix)) {
        return denied(what, subject);
      }
    }
    String hint = link.isConnected() ? "JetStream does not answer" : "the connection is down";
    return new QueueUnavailableException(what + ": " + hint, e);
  }

  private static PermissionDeniedException denied(String what, String subject) {
    return new PermissionDeniedException(
        what + ": the server does not permit this client to use the subject " + subject, null);
  }
}
