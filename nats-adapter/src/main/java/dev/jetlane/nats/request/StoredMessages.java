// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static dev.jetlane.nats.request.JetStreamApi.MESSAGE_NOT_FOUND;
import static dev.jetlane.nats.request.JetStreamApi.STREAM_NOT_FOUND;
import static dev.jetlane.nats.request.JetStreamApi.quoted;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.SuccessApiResponse;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads and removes messages of streams by their sequence numbers, without a consumer. */
public final class StoredMessages {

  /** The error code for a message that another client removed first. */
  private static final int NO_SUCH_SEQUENCE = 10043;

  private final JetStreamApi api;

  StoredMessages(JetStreamApi api) {
    this.api = api;
  }

  /**
   * Returns the first message on these subjects from a sequence number on; null if there is none.
   */
  public @Nullable StoredMessage next(
      String what, String stream, long fromSequence, String subjects, long deadlineNanos) {
    return next(what, stream, List.of(fromSequence), subjects, deadlineNanos).get(0);
  }

  /** As {@link #next}, from several sequence numbers on, by requests that are sent together. */
  List<@Nullable StoredMessage> next(
      String what, String stream, List<Long> fromSequences, String subjects, long deadlineNanos) {
    String filter = quoted(subjects);
    return read(
        what,
        stream,
        fromSequences.stream()
            .map(from -> "{\"seq\":" + from + ",\"next_by_subj\":" + filter + "}")
            .toList(),
        deadlineNanos);
  }

  /**
   * Returns a reader of the messages on these subjects in the order of the stream. Sends no
   * request.
   *
   * @param from the sequence number from which on it reads
   */
  public OrderedMessages inOrder(String what, String stream, String subjects, long from) {
    return new OrderedMessages(
        (places, deadlineNanos) -> next(what, stream, places, subjects, deadlineNanos),
        api.serverInfo().getMaxPayload(),
        from);
  }

  /** Returns the last message on a subject; null if there is none. */
  public @Nullable StoredMessage last(
      String what, String stream, String subject, long deadlineNanos) {
    String question = "{\"last_by_subj\":" + quoted(subject) + "}";
    return read(what, stream, List.of(question), deadlineNanos).get(0);
  }

  private List<@Nullable StoredMessage> read(
      String what, String stream, List<String> questions, long deadlineNanos) {
    return api.together(
        what,
        "STREAM.MSG.GET." + stream,
        false,
        questions,
        deadlineNanos,
        StoredMessages::message,
        MESSAGE_NOT_FOUND,
        STREAM_NOT_FOUND);
  }

  private static StoredMessage message(Message answer) throws IOException, JetStreamApiException {
    return StoredMessage.read(new SuccessApiResponse(answer).throwOnHasError().getJv());
  }

  /** Removes a message; returns whether this call removed it. */
  public boolean remove(String what, String stream, long sequence, long deadlineNanos) {
    return remove(what, stream, List.of(sequence), deadlineNanos).get(0);
  }

  /**
   * As {@link #remove(String, String, long, long)}, for several messages, by requests that are sent
   * together.
   *
   * @return for each of them, whether this call removed it
   * @throws OutcomeUnknownException also if the server refuses one of several removals: all of them
   *     were sent
   */
  public List<Boolean> remove(
      String what, String stream, List<Long> sequences, long deadlineNanos) {
    try {
      return removeTogether(what, stream, sequences, deadlineNanos).stream()
          .map(Objects::nonNull)
          .toList();
    } catch (QueueUnavailableException e) {
      boolean refused = e.getCause() instanceof JetStreamApiException;
      throw refused && sequences.size() > 1 ? HalfDone.unknown(e) : e;
    }
  }

  private List<@Nullable Boolean> removeTogether(
      String what, String stream, List<Long> sequences, long deadlineNanos) {
    return api.together(
        what,
        "STREAM.MSG.DELETE." + stream,
        true,
        // The bytes stay in the file, as jnats asks for it.
        sequences.stream().map(place -> "{\"seq\":" + place + ",\"no_erase\":true}").toList(),
        deadlineNanos,
        answer -> new SuccessApiResponse(answer).throwOnHasError().getSuccess(),
        MESSAGE_NOT_FOUND,
        NO_SUCH_SEQUENCE);
  }
}
