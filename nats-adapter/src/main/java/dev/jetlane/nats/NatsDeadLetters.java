package dev.jetlane.nats;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.PurgeOptions;
import io.nats.client.api.PurgeResponse;
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

  private static final Pattern LETTER_ID = Pattern.compile("[!-)+-;=?-~]{1,256}");

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
      StoredMessage next = next(from);
      if (next == null) {
        break;
      }
      letters.add(letter(next));
      from = next.sequence() + 1;
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
    StoredMessage stored =
        session.admin.last("look at dead letter " + id, lane.deadStream, lane.deadSubject(id));
    if (stored == null) {
      return false;
    }
    DeadLetter letter = letter(stored);
    int priority = PartitionAddress.priority(stored.headers(), session.options);
    session.replies.call(task(letter, lanes[priority].subject));
    session.admin.ask(
        "remove dead letter " + id,
        "STREAM.MSG.DELETE." + lane.deadStream,
        management -> management.deleteMessage(lane.deadStream, stored.sequence(), false),
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

  private @Nullable StoredMessage next(long from) {
    return session.admin.next(
        "list the dead letters of partition " + lane.partition,
        lane.deadStream,
        from,
        lane.allDeadOfPartition());
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

  private DeadLetter letter(StoredMessage stored) {
    TaskHeaders headers = stored.headers();
    String id = lane.letterId(stored.subject());
    return new DeadLetter(
        id,
        text(headers, PartitionAddress.ID_HEADER, id),
        stored.payload(),
        headers.users(),
        attempts(text(headers, PartitionAddress.ATTEMPTS_HEADER, "1")),
        text(headers, PartitionAddress.REASON_HEADER, "unknown"),
        stored.time());
  }

  private static String text(TaskHeaders headers, String name, String otherwise) {
    String value = headers.first(name);
    return value == null ? otherwise : value;
  }

  private static int attempts(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 1;
  }
}
