package dev.jetlane.nats;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
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
import org.jspecify.annotations.Nullable;

/** Asks the server's API, and says in our words what went wrong. */
final class Admin {

  static final int STREAM_NOT_FOUND = 10059;
  static final int CONSUMER_NOT_FOUND = 10014;
  static final int MESSAGE_NOT_FOUND = 10037;

  /** One exchange. */
  interface Call<T> {
    T run(JetStreamManagement management) throws IOException, JetStreamApiException;
  }

  private final Link link;
  private final JetStreamOptions jetStreamOptions;

  Admin(Link link, Duration timeout) {
    this.link = link;
    jetStreamOptions = JetStreamOptions.builder().requestTimeout(timeout).build();
  }

  ServerInfo serverInfo() {
    return link.connection().getServerInfo();
  }

  /**
   * Asks, and returns null if the answer is one of these error codes.
   *
   * @param what for the message, such as {@code stream info}
   * @param subject what a client has to be permitted for this
   */
  <T> @Nullable T ask(String what, String subject, Call<T> call, int... absent) {
    link.requireOpen();
    String apiSubject = "$JS.API." + subject;
    link.clearDenied(apiSubject);
    try {
      return call.run(link.connection().jetStreamManagement(jetStreamOptions));
    } catch (JetStreamApiException e) {
      for (int code : absent) {
        if (e.getApiErrorCode() == code) {
          return null;
        }
      }
      throw refused(what, e);
    } catch (IOException | IllegalStateException e) {
      throw unanswered(what, apiSubject, e);
    }
  }

  /** How many messages a stream has on these subjects; none if there is no such stream. */
  long messages(String stream, String subjects) {
    return subjects(stream, subjects).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Which of these subjects a stream has messages on, and how many. */
  Map<String, Long> subjects(String stream, String subjects) {
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
  List<ConsumerInfo> consumers(String stream) {
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

  private TaskQueueException unanswered(String what, String apiSubject, Exception e) {
    link.requireOpen();
    if (link.isDenied(apiSubject)) {
      return new PermissionDeniedException(
          what + ": the server does not permit this client to use the subject " + apiSubject, e);
    }
    String hint = link.isConnected() ? "JetStream does not answer" : "the connection is down";
    return new QueueUnavailableException(what + ": " + hint, e);
  }
}
