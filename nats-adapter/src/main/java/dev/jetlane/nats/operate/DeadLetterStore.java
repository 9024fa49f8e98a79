package dev.jetlane.nats.operate;

import dev.jetlane.DeadLetter;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.RequestTable;
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

/**
 * The dead letters of one partition: the messages of its subjects in the stream of the dead
 * letters.
 */
public final class DeadLetterStore {

  private static final Pattern LETTER_ID = Pattern.compile("[!-)+-;=?-~]{1,256}");

  private final JetStreamApi api;
  private final RequestTable requests;
  private final QueueLayout layout;
  private final List<PartitionAddress> addresses;
  private final PartitionAddress first;

  /**
   * Asks nothing yet.
   *
   * @param addresses the partition, by priority
   */
  public DeadLetterStore(Session session, List<PartitionAddress> addresses) {
    api = session.api;
    requests = session.requests;
    layout = session.settings.layout();
    this.addresses = addresses;
    first = addresses.get(0);
  }

  /** How many there are. */
  public long count(long deadlineNanos) {
    return api.messages(first.deadStream, first.deadSubjects(), deadlineNanos);
  }

  /** The oldest ones, oldest first: one exchange for each. */
  public List<DeadLetter> list(int max, long deadlineNanos) {
    List<DeadLetter> letters = new ArrayList<>();
    long from = 1;
    while (letters.size() < max) {
      StoredMessage next =
          api.nextMessage(
              "list the dead letters of partition " + first.partition,
              first.deadStream,
              from,
              first.deadSubjects(),
              deadlineNanos);
      if (next == null) {
        break;
      }
      letters.add(letter(next));
      from = next.sequence() + 1;
    }
    return letters;
  }

  /**
   * Stores the task of a letter, then removes the letter. Of several who do it at the same time,
   * the one that removed the letter has redriven it.
   */
  public boolean redrive(String id, long deadlineNanos) {
    if (!LETTER_ID.matcher(id).matches()) {
      return false;
    }
    StoredMessage stored =
        api.lastMessage(
            "look at dead letter " + id, first.deadStream, first.deadSubject(id), deadlineNanos);
    if (stored == null) {
      return false;
    }
    int priority = WireHeaders.priority(stored.headers(), layout);
    var unused =
        requests.call(task(letter(stored), addresses.get(priority).subject), deadlineNanos);
    return api.deleteMessage(
        "remove dead letter " + id, first.deadStream, stored.sequence(), deadlineNanos);
  }

  /** Removes all of them; returns how many there were. */
  public long purge(long deadlineNanos) {
    PurgeResponse answer =
        api.change(
            "purge the dead letters of partition " + first.partition,
            "STREAM.PURGE." + first.deadStream,
            deadlineNanos,
            management ->
                management.purgeStream(
                    first.deadStream, PurgeOptions.subject(first.deadSubjects())),
            JetStreamApi.STREAM_NOT_FOUND);
    return answer == null ? 0 : answer.getPurged();
  }

  /**
   * A second redrive of the same letter is refused by the dedup window, so it stores the task once.
   */
  private StoreRequest task(DeadLetter letter, String subject) {
    Map<String, String> headers = new LinkedHashMap<>(letter.headers());
    headers.put(WireHeaders.TASK_ID, letter.taskId());
    headers.put(WireHeaders.MESSAGE_ID, first.redriveMessageId(letter.id()));
    return new StoreRequest(
        letter.taskId(), "redrive of task ", subject, headers, letter.payload());
  }

  private DeadLetter letter(StoredMessage stored) {
    TaskHeaders headers = stored.headers();
    String id = first.letterId(stored.subject());
    return new DeadLetter(
        id,
        text(headers, WireHeaders.TASK_ID, id),
        stored.payload(),
        headers.users(),
        attempts(text(headers, WireHeaders.ATTEMPTS, "1")),
        text(headers, WireHeaders.REASON, "unknown"),
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
