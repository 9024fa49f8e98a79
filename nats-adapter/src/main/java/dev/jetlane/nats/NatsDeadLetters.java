package dev.jetlane.nats;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.pull.NatsDelivery;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import io.nats.client.PurgeOptions;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.PurgeResponse;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of one partition: the messages of its subjects in the stream of the dead
 * letters.
 */
final class NatsDeadLetters implements DeadLetters {

  private static final Pattern LETTER_ID = Pattern.compile("[0-9]{1,20}-[0-9]{1,20}");
  private static final byte[] EMPTY = new byte[0];

  private final Session session;
  private final PartitionAddress[] lanes;
  private final PartitionAddress lane;

  NatsDeadLetters(Session session, PartitionAddress[] lanes) {
    this.session = session;
    this.lanes = lanes;
    lane = lanes[0];
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    List<DeadLetter> letters = new ArrayList<>();
    long from = 1;
    while (letters.size() < max) {
      MessageInfo next = next(from);
      if (next == null) {
        break;
      }
      letters.add(letter(next));
      from = next.getSeq() + 1;
    }
    return letters;
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    if (!LETTER_ID.matcher(id).matches()) {
      session.link.requireOpen();
      return false;
    }
    MessageInfo stored =
        session.admin.ask(
            "look at dead letter " + id,
            "STREAM.MSG.GET." + lane.deadStream,
            management -> management.getLastMessage(lane.deadStream, lane.deadSubject(id)),
            JetStreamApi.MESSAGE_NOT_FOUND,
            JetStreamApi.STREAM_NOT_FOUND);
    if (stored == null) {
      return false;
    }
    DeadLetter letter = letter(stored);
    int priority = PartitionAddress.priority(stored.getHeaders(), session.options);
    session.replies.call(task(letter, lanes[priority].subject));
    session.admin.ask(
        "remove dead letter " + id,
        "STREAM.MSG.DELETE." + lane.deadStream,
        management -> management.deleteMessage(lane.deadStream, stored.getSeq(), false),
        JetStreamApi.MESSAGE_NOT_FOUND,
        NO_SUCH_SEQUENCE);
    return true;
  }

  /** Somebody else removed the message first. */
  private static final int NO_SUCH_SEQUENCE = 10043;

  @Override
  public long purge() {
    PurgeResponse answer =
        session.admin.ask(
            "purge the dead letters of partition " + lane.partition,
            "STREAM.PURGE." + lane.deadStream,
            management ->
                management.purgeStream(
                    lane.deadStream, PurgeOptions.subject(lane.allDeadOfPartition())),
            JetStreamApi.STREAM_NOT_FOUND);
    return answer == null ? 0 : answer.getPurged();
  }

  private @Nullable MessageInfo next(long from) {
    return session.admin.ask(
        "list the dead letters of partition " + lane.partition,
        "STREAM.MSG.GET." + lane.deadStream,
        management -> management.getNextMessage(lane.deadStream, from, lane.allDeadOfPartition()),
        JetStreamApi.MESSAGE_NOT_FOUND,
        JetStreamApi.STREAM_NOT_FOUND);
  }

  /**
   * A second redrive of the same letter is refused by the dedup window, so it stores the task once.
   */
  private StoreRequest task(DeadLetter letter, String subject) {
    Map<String, String> headers = new LinkedHashMap<>(letter.headers());
    headers.put(PartitionAddress.ID_HEADER, letter.taskId());
    headers.put(PartitionAddress.MESSAGE_ID_HEADER, lane.redriveMessageId(letter.id()));
    return new StoreRequest(
        letter.taskId(), "redrive of task ", subject, headers, letter.payload());
  }

  private DeadLetter letter(MessageInfo stored) {
    Headers headers = stored.getHeaders();
    byte[] payload = stored.getData();
    String id = lane.letterId(stored.getSubject());
    return new DeadLetter(
        id,
        text(headers, PartitionAddress.ID_HEADER, id),
        payload == null ? EMPTY : payload,
        NatsDelivery.userHeaders(headers),
        attempts(text(headers, PartitionAddress.ATTEMPTS_HEADER, "1")),
        text(headers, PartitionAddress.REASON_HEADER, "unknown"),
        time(text(headers, PartitionAddress.TIME_HEADER, ""), stored));
  }

  private static String text(@Nullable Headers headers, String name, String otherwise) {
    String value = headers == null ? null : headers.getFirst(name);
    return value == null ? otherwise : value;
  }

  private static int attempts(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 1;
  }

  private static Instant time(String text, MessageInfo stored) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return stored.getTime().toInstant();
    }
  }
}
