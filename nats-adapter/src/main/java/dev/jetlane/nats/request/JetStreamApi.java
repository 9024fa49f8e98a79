// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.Refusals;
import dev.jetlane.nats.wire.Sender;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.Message;
import io.nats.client.PurgeOptions;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.PurgeResponse;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.SuccessApiResponse;
import io.nats.client.support.Encoding;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the server's JetStream API, and translates their errors. Every exchange ends by
 * the deadline of its caller, which may make several exchanges with one deadline.
 */
public final class JetStreamApi {

  public static final int STREAM_NOT_FOUND = 10059;
  public static final int CONSUMER_NOT_FOUND = 10014;
  public static final int MESSAGE_NOT_FOUND = 10037;

  private static final String USER_INFO = "$SYS.REQ.USER.INFO";

  /** A request of jnats. */
  public interface Call<T> {
    @Nullable T run(JetStreamManagement management) throws IOException, JetStreamApiException;
  }

  /** A larger answer is not an error, and is not parsed again. */
  private static final int MAX_ERROR_BYTES = 64 * 1024;

  private static final long MAX_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long FIRST_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final String NOT_PERMITTED =
      "the server does not permit this client to use the subject ";

  private final ConnectionMonitor monitor;
  private final Refusals refusals;
  private final Sender sender;
  private final String apiPrefix;
  private final String inboxPrefix;
  private final ThreadPoolExecutor callers;
  private final JetStreamOptions jetStreamOptions;

  /**
   * Sends no request yet.
   *
   * @param apiPrefix the prefix of the request subjects, with its last dot
   * @param timeout the limit of a single exchange
   * @param name the name of its threads
   */
  public JetStreamApi(
      Wire wire, String apiPrefix, String inboxPrefix, Duration timeout, String name) {
    monitor = wire.monitor();
    refusals = wire.refusals();
    sender = wire.sender();
    this.apiPrefix = apiPrefix;
    this.inboxPrefix = inboxPrefix + ".";
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
    jetStreamOptions = JetStreamOptions.builder().prefix(apiPrefix).requestTimeout(timeout).build();
  }

  /** Returns the options for requests that jnats sends itself. */
  public JetStreamOptions options() {
    return jetStreamOptions;
  }

  public ServerInfo serverInfo() {
    return monitor.connection().getServerInfo();
  }

  /**
   * Sends a request, and returns null if the answer has one of these error codes.
   *
   * @param what its name in an error, such as {@code stream info}
   * @param subject the subject that needs a permission, without the prefix of the API
   * @throws QueueUnavailableException if no answer came by the deadline
   */
  public <T> @Nullable T ask(
      String what, String subject, long deadlineNanos, Call<T> call, int... absent) {
    return new Exchange(what, apiPrefix + subject, false, deadlineNanos).run(call, absent);
  }

  /**
   * As {@link #ask}, for a request that changes something.
   *
   * @throws OutcomeUnknownException if no answer came by the deadline
   */
  public <T> @Nullable T change(
      String what, String subject, long deadlineNanos, Call<T> call, int... absent) {
    return new Exchange(what, apiPrefix + subject, true, deadlineNanos).run(call, absent);
  }

  /** Runs a task that sends requests, on another thread. The future fails if there is none. */
  public CompletableFuture<Void> runAsync(Runnable task) {
    try {
      return CompletableFuture.runAsync(task, callers);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(new QueueClosedException("the queue is closed", e));
    } catch (OutOfMemoryError noThread) {
      return CompletableFuture.failedFuture(noThread);
    }
  }

  /** Ends the threads. */
  public void close() {
    callers.shutdownNow();
  }

  /** Returns the name and the rights of this user, as the JSON of the server. */
  public byte[] userInfo(long deadlineNanos) {
    byte[] answer =
        new Exchange("inspect the rights of this user", USER_INFO, false, deadlineNanos)
            .run(management -> answer(USER_INFO, "").getData());
    return answer == null ? new byte[0] : answer;
  }

  /** Returns a stream; null if it does not exist. */
  public @Nullable StreamInfo streamInfo(String stream, long deadlineNanos) {
    return ask(
        "inspect stream " + stream,
        "STREAM.INFO." + stream,
        deadlineNanos,
        management -> management.getStreamInfo(stream),
        STREAM_NOT_FOUND);
  }

  /**
   * Checks that JetStream answers to this prefix, whether or not the stream exists.
   *
   * @throws QueueUnavailableException if there is no answer: the prefix is wrong, the account does
   *     not import it, or the domain cannot be reached now
   */
  public void requireAnswer(String stream, long deadlineNanos) {
    try {
      var unused = streamInfo(stream, deadlineNanos);
    } catch (PermissionDeniedException e) {
      // Other calls check the stream.
    } catch (QueueUnavailableException e) {
      throw new QueueUnavailableException(
          "no JetStream answers to "
              + apiPrefix
              + "STREAM.INFO."
              + stream
              + ": check the domain or API prefix, the imports of the account, and the leaf node ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  /** Returns a consumer; null if it does not exist. */
  public @Nullable ConsumerInfo consumerInfo(String stream, String consumer, long deadlineNanos) {
    return ask(
        "inspect partition " + consumer,
        "CONSUMER.INFO." + stream + "." + consumer,
        deadlineNanos,
        management -> management.getConsumerInfo(stream, consumer),
        CONSUMER_NOT_FOUND,
        STREAM_NOT_FOUND);
  }

  /** Returns all consumers of a stream. */
  public List<ConsumerInfo> consumers(String stream, long deadlineNanos) {
    List<ConsumerInfo> all =
        ask(
            "list the consumers of " + stream,
            "CONSUMER.LIST." + stream,
            deadlineNanos,
            management -> management.getConsumers(stream));
    return all == null ? List.of() : all;
  }

  /** Counts the messages of a stream on these subjects; zero if it does not exist. */
  public long messages(String stream, String subjects, long deadlineNanos) {
    long messages = 0;
    long offset = 0;
    SubjectCounts page;
    do { // The server answers in pages of 100,000 subjects.
      page = page(stream, subjects, offset, deadlineNanos, SubjectCounts::read);
      if (page == null) {
        return messages;
      }
      messages += page.messages();
      offset += page.subjects();
    } while (page.subjects() > 0 && offset < page.total());
    return messages;
  }

  /** Returns the number of messages per subject; in pages as above. */
  public Map<String, Long> subjects(String stream, String subjects, long deadlineNanos) {
    Map<String, Long> all = new HashMap<>();
    int before;
    do {
      before = all.size();
      Map<String, Long> page =
          page(stream, subjects, before, deadlineNanos, JetStreamApi::countsBySubject);
      all.putAll(page == null ? Map.of() : page);
    } while (all.size() > before);
    return all;
  }

  /** Reads an answer. */
  interface Reading<A, T> {
    @Nullable T read(A answer) throws IOException, JetStreamApiException;
  }

  /** Returns the page of subjects that starts at this number; null if the stream does not exist. */
  private <T> @Nullable T page(
      String stream, String subjects, long offset, long deadlineNanos, Reading<byte[], T> reading) {
    String subject = "STREAM.INFO." + stream;
    String question = "{\"subjects_filter\":" + quoted(subjects) + ",\"offset\":" + offset + "}";
    return ask(
        "count the messages of " + stream,
        subject,
        deadlineNanos,
        management -> {
          Message answer = answer(apiPrefix + subject, question);
          if (answer.getData().length < MAX_ERROR_BYTES) {
            var unused = new SuccessApiResponse(answer).throwOnHasError();
          }
          return reading.read(answer.getData());
        },
        STREAM_NOT_FOUND);
  }

  private static Map<String, Long> countsBySubject(byte[] answer) throws IOException {
    try {
      JsonValue state = JsonParser.parse(answer).map.get("state");
      JsonValue subjects = state == null || state.map == null ? null : state.map.get("subjects");
      Map<String, Long> counts = new HashMap<>();
      if (subjects != null && subjects.map != null) {
        subjects.map.forEach(
            (subject, count) ->
                counts.put(subject, count.number == null ? 0 : count.number.longValue()));
      }
      return counts;
    } catch (JsonParseException e) {
      throw new IOException("the answer cannot be parsed", e);
    }
  }

  static String quoted(String text) {
    return "\"" + Encoding.jsonEncode(text) + "\"";
  }

  /**
   * Sends requests together, and returns what each of the answers says, in order: null for an
   * answer with one of these error codes. Waits for each answer for at most the limit of a single
   * exchange after the previous one. Reads an answer as soon as it has arrived.
   *
   * @param subject as for {@link #ask}
   * @param changes whether the requests change something, as for {@link #change}
   */
  <T> List<@Nullable T> together(
      String what,
      String subject,
      boolean changes,
      List<String> questions,
      long deadlineNanos,
      Reading<Message, T> reading,
      int... absent) {
    String full = apiPrefix + subject;
    List<@Nullable T> all =
        new Exchange(what, full, changes, deadlineNanos)
            .run(
                management -> {
                  Deque<CompletableFuture<Message>> sent = send(full, questions);
                  List<@Nullable T> read = new ArrayList<>();
                  while (!sent.isEmpty()) {
                    read.add(orNull(answer(sent.remove()), reading, absent));
                  }
                  return read;
                });
    return all == null ? List.of() : all;
  }

  private Deque<CompletableFuture<Message>> send(String subject, List<String> questions) {
    Duration all = jetStreamOptions.getRequestTimeout().multipliedBy(questions.size());
    Deque<CompletableFuture<Message>> sent = new ArrayDeque<>();
    for (String question : questions) {
      byte[] body = question.getBytes(StandardCharsets.UTF_8);
      sent.add(monitor.connection().requestWithTimeout(subject, body, all));
    }
    return sent;
  }

  private static <T> @Nullable T orNull(Message answer, Reading<Message, T> reading, int... absent)
      throws IOException, JetStreamApiException {
    try {
      return reading.read(answer);
    } catch (JetStreamApiException error) {
      if (isOneOf(error.getApiErrorCode(), absent)) {
        return null;
      }
      throw error;
    }
  }

  private static boolean isOneOf(int code, int... codes) {
    for (int other : codes) {
      if (code == other) {
        return true;
      }
    }
    return false;
  }

  private Message answer(String subject, String body) throws IOException {
    return answer(send(subject, List.of(body)).remove());
  }

  private Message answer(CompletableFuture<Message> sent) throws IOException {
    try {
      return sent.get(jetStreamOptions.getRequestTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (TimeoutException | ExecutionException | CancellationException e) {
      throw new IOException("no answer", e);
    }
  }

  /** Removes all messages on these subjects; returns their number. */
  public long purge(String what, String stream, String subjects, long deadlineNanos) {
    PurgeResponse answer =
        change(
            what,
            "STREAM.PURGE." + stream,
            deadlineNanos,
            management -> management.purgeStream(stream, PurgeOptions.subject(subjects)),
            STREAM_NOT_FOUND);
    return answer == null ? 0 : answer.getPurged();
  }

  /** One exchange. jnats makes it on another thread. */
  private final class Exchange {
    private final String what;
    private final String subject;
    private final boolean changes;
    private final long deadlineNanos;

    Exchange(String what, String subject, boolean changes, long deadlineNanos) {
      this.what = what;
      this.subject = subject;
      this.changes = changes;
      this.deadlineNanos = deadlineNanos;
    }

    <T> @Nullable T run(Call<T> call, int... absent) {
      monitor.requireOpen();
      if (!monitor.isConnected()) {
        throw new QueueUnavailableException(what + ": " + monitor.whyDown(), null);
      }
      refusals.forget(subject);
      sender.flush(); // Earlier messages take effect before this request.
      CompletableFuture<@Nullable T> answer = new CompletableFuture<>();
      int epoch = monitor.epoch();
      try {
        callers.execute(() -> complete(answer, call));
        return await(answer, epoch);
      } catch (RejectedExecutionException e) {
        throw new QueueClosedException(what + ": the queue is closed", e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof JetStreamApiException error) {
          if (isOneOf(error.getApiErrorCode(), absent)) {
            return null;
          }
          throw refused(error);
        }
        if (e.getCause() instanceof Error error) {
          throw error; // For example too little memory for the answer.
        }
        throw unanswered(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failure("interrupted", e);
      }
    }

    private <T> void complete(CompletableFuture<@Nullable T> answer, Call<T> call) {
      try {
        answer.complete(call.run(monitor.connection().jetStreamManagement(jetStreamOptions)));
      } catch (IOException | JetStreamApiException | RuntimeException | Error e) {
        answer.completeExceptionally(e);
      }
    }

    /**
     * Waits for the answer, a refusal, or the loss of the connection. jnats waits for the answer
     * only, although a refusal arrives separately and long before the timeout, and a lost
     * connection brings no answer.
     */
    private <T> @Nullable T await(CompletableFuture<@Nullable T> answer, int epoch)
        throws InterruptedException, ExecutionException {
      for (long stepNanos = FIRST_STEP_NANOS;
          ;
          stepNanos = Math.min(MAX_STEP_NANOS, 2 * stepNanos)) {
        long leftNanos = deadlineNanos - System.nanoTime();
        try {
          return answer.get(Math.max(0, Math.min(stepNanos, leftNanos)), TimeUnit.NANOSECONDS);
        } catch (TimeoutException waiting) {
          if (refusals.isDenied(subject)) {
            throw denied(subject);
          }
          if (leftNanos <= 0 || monitor.isClosed()) {
            throw unanswered(null);
          }
          if (monitor.epoch() != epoch || !monitor.isConnected()) {
            throw failure("the connection broke before an answer arrived", null);
          }
        }
      }
    }

    private TaskQueueException refused(JetStreamApiException e) {
      String text = what + ": " + e.getErrorDescription() + " (" + e.getApiErrorCode() + ")";
      return ServerRefusal.of(text, e.getErrorCode(), e.getApiErrorCode(), e);
    }

    private TaskQueueException unanswered(@Nullable Throwable e) {
      if (monitor.isClosed()) {
        return failure("the queue was closed before an answer arrived", e);
      }
      if (refusals.isDenied(subject)) {
        return denied(subject);
      }
      String inbox = refusals.deniedBelow(inboxPrefix);
      if (inbox != null) {
        return changes ? failure(NOT_PERMITTED + inbox, e) : denied(inbox);
      }
      // The refusal may belong to an earlier exchange of the same call.
      long callNanos = deadlineNanos - jetStreamOptions.getRequestTimeout().toNanos();
      return failure(
          monitor.isConnected()
              ? "JetStream does not answer" + refusals.serverSays(callNanos)
              : monitor.whyDown(),
          e);
    }

    private TaskQueueException failure(String why, @Nullable Throwable e) {
      return changes
          ? new OutcomeUnknownException(what + ": " + why, e)
          : monitor.isClosed()
              ? new QueueClosedException(what + ": " + why, e)
              : new QueueUnavailableException(what + ": " + why, e);
    }

    private PermissionDeniedException denied(String refused) {
      return new PermissionDeniedException(what + ": " + NOT_PERMITTED + refused, null);
    }
  }
}
