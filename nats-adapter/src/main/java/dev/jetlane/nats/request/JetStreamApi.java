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
import io.nats.client.Message;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.SuccessApiResponse;
import io.nats.client.support.Encoding;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
  private static final int MAX_ERROR_BYTES = 64 * 1024;
  private static final SubjectCounts NOTHING = new SubjectCounts(0, 0, 0);

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

  /**
   * The first message on these subjects that has this sequence or a later one; null if none has.
   */
  public @Nullable StoredMessage next(String what, String stream, long from, String subjects) {
    return stored(what, stream, "{\"seq\":" + from + ",\"next_by_subj\":" + quoted(subjects) + "}");
  }

  /** The last message on a subject; null if there is none. */
  public @Nullable StoredMessage last(String what, String stream, String subject) {
    return stored(what, stream, "{\"last_by_subj\":" + quoted(subject) + "}");
  }

  private static String quoted(String text) {
    return "\"" + Encoding.jsonEncode(text) + "\"";
  }

  private @Nullable StoredMessage stored(String what, String stream, String question) {
    String subject = "STREAM.MSG.GET." + stream;
    byte[] body = question.getBytes(StandardCharsets.UTF_8);
    return ask(
        what,
        subject,
        management -> {
          Message answer = answer("$JS.API." + subject, body);
          var unused = new SuccessApiResponse(answer).throwOnHasError();
          return StoredMessage.read(answer.getData());
        },
        MESSAGE_NOT_FOUND,
        STREAM_NOT_FOUND);
  }

  private Message answer(String subject, byte[] body) throws IOException {
    try {
      Message answer =
          link.connection().request(subject, body, jetStreamOptions.getRequestTimeout());
      if (answer == null) {
        throw new IOException("no answer");
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /**
   * How many messages a stream has on these subjects; none if there is no such stream. The server
   * answers in pages of 100,000 subjects.
   */
  public long messages(String stream, String subjects) {
    long messages = 0;
    SubjectCounts page;
    long offset = 0;
    do {
      byte[] answer = subjectsPage(stream, subjects, offset);
      page = answer == null ? NOTHING : counts(answer);
      messages += page.messages();
      offset += page.subjects();
    } while (page.subjects() > 0 && offset < page.total());
    return messages;
  }

  private static SubjectCounts counts(byte[] answer) {
    try {
      return SubjectCounts.read(answer);
    } catch (IOException e) {
      throw new QueueUnavailableException("count the messages: " + e.getMessage(), e);
    }
  }

  /** Which of these subjects a stream has messages on; none if there is no such stream. */
  public Set<String> subjects(String stream, String subjects) {
    Set<String> all = new HashSet<>();
    int before;
    do {
      before = all.size();
      byte[] answer = subjectsPage(stream, subjects, before);
      if (answer != null) {
        JsonValue state = JsonParser.parseUnchecked(answer).map.get("state");
        JsonValue found = state == null ? null : state.map.get("subjects");
        all.addAll(found == null || found.map == null ? Set.of() : found.map.keySet());
      }
    } while (all.size() > before);
    return all;
  }

  private byte @Nullable [] subjectsPage(String stream, String subjects, long offset) {
    String subject = "STREAM.INFO." + stream;
    String question = "{\"subjects_filter\":" + quoted(subjects) + ",\"offset\":" + offset + "}";
    return ask(
        "count the messages of " + stream,
        subject,
        management -> {
          Message answer = answer("$JS.API." + subject, question.getBytes(StandardCharsets.UTF_8));
          if (answer.getData().length < MAX_ERROR_BYTES) {
            var unused = new SuccessApiResponse(answer).throwOnHasError();
          }
          return answer.getData();
        },
        STREAM_NOT_FOUND);
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
    String hint =
        link.isConnected()
            ? "JetStream does not answer"
                + link.serverSays(
                    System.nanoTime() - 2 * jetStreamOptions.getRequestTimeout().toNanos())
            : link.whyDown();
    return new QueueUnavailableException(what + ": " + hint, e);
  }

  private static PermissionDeniedException denied(String what, String subject) {
    return new PermissionDeniedException(
        what + ": the server does not permit this client to use the subject " + subject, null);
  }
}
