package dev.jetlane.nats.operate;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Page;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.DeadLetterDriver;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of one partition: the messages of its subjects in the stream of the dead
 * letters.
 */
public final class DeadLetterStore implements DeadLetterDriver {

  private static final Pattern START = Pattern.compile("[0-9]{1,18}");
  private static final Pattern LETTER_ID = Pattern.compile("[!-)+-;=?-~]{1,256}");

  private final JetStreamApi api;
  private final RequestTable requests;
  private final QueueLayout layout;
  private final List<PartitionAddress> addresses;
  private final PartitionAddress first;
  private final NatsAdmin queue;

  /**
   * Sends no request.
   *
   * @param addresses the partition, by priority
   */
  public DeadLetterStore(Session session, List<PartitionAddress> addresses) {
    this(session, session.settings.layout(), addresses, new NatsAdmin(session));
  }

  DeadLetterStore(
      Session session, QueueLayout layout, List<PartitionAddress> addresses, NatsAdmin queue) {
    api = session.api;
    requests = session.requests;
    this.layout = layout;
    this.addresses = addresses;
    this.queue = queue;
    first = addresses.get(0);
  }

  /** Returns the number of dead letters. */
  public long count(long deadlineNanos) {
    return api.messages(first.deadStream, first.deadSubjects(), deadlineNanos);
  }

  /** Returns the oldest dead letters, oldest first, with one exchange for each. */
  public List<DeadLetter> list(int max, long deadlineNanos) {
    return page(DeadLetterQuery.defaults().withMax(max), deadlineNanos).items();
  }

  @Override
  public Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos) {
    long from = query.start().map(DeadLetterStore::start).orElse(1L);
    List<DeadLetter> letters = new ArrayList<>();
    for (int seen = 0; letters.size() < query.max() && seen < Limits.MAX_PULL; seen++) {
      StoredMessage next =
          api.nextMessage(
              "list the dead letters of partition " + first.partition,
              first.deadStream,
              from,
              first.deadSubjects(),
              deadlineNanos);
      if (next == null) {
        return new Page<>(letters, Optional.empty());
      }
      DeadLetter letter = letter(next);
      if (query.matches(letter)) {
        letters.add(letter);
      }
      from = next.sequence() + 1;
    }
    return new Page<>(letters, Optional.of(Long.toString(from)));
  }

  private static long start(String text) {
    if (!START.matcher(text).matches()) {
      throw new InvalidInputException("start of a page", text, "must be the next() of a page");
    }
    return Long.parseLong(text);
  }

  @Override
  public Optional<DeadLetter> find(String id, long deadlineNanos) {
    return Optional.ofNullable(stored(id, deadlineNanos)).map(this::letter);
  }

  @Override
  public boolean remove(String id, long deadlineNanos) {
    StoredMessage stored = stored(id, deadlineNanos);
    return stored != null && remove(id, stored, deadlineNanos);
  }

  private boolean remove(String id, StoredMessage stored, long deadlineNanos) {
    return api.deleteMessage(
        "remove dead letter " + id, first.deadStream, stored.sequence(), deadlineNanos);
  }

  /** Returns the letter with this id; null if there is none, also for a malformed id. */
  private @Nullable StoredMessage stored(String id, long deadlineNanos) {
    return LETTER_ID.matcher(id).matches()
        ? api.lastMessage(
            "look at dead letter " + id, first.deadStream, first.deadSubject(id), deadlineNanos)
        : null;
  }

  /**
   * Stores the task of a letter, then removes the letter. Of several concurrent redrives, the one
   * that removed the letter has succeeded.
   */
  @Override
  public boolean redrive(String id, long deadlineNanos) {
    return store(id, addresses, first.redriveMessageId(id), deadlineNanos);
  }

  @Override
  public boolean move(String id, String partition, long deadlineNanos) {
    if (!queue.exists(partition, deadlineNanos)) {
      throw new QueueRejectedException("there is no partition " + partition, null);
    }
    List<PartitionAddress> targets = layout.addresses(partition);
    String from = first.partition + "." + id;
    return store(id, targets, targets.get(0).redriveMessageId(from), deadlineNanos);
  }

  private boolean store(
      String id, List<PartitionAddress> targets, String messageId, long deadlineNanos) {
    StoredMessage stored = stored(id, deadlineNanos);
    if (stored == null) {
      return false;
    }
    int priority = WireHeaders.priority(stored.headers(), layout);
    StoreRequest task = task(letter(stored), targets.get(priority).subject, messageId);
    var unused = requests.call(task, deadlineNanos);
    return HalfDone.rest(() -> remove(id, stored, deadlineNanos));
  }

  /** Removes all dead letters; returns their number. */
  @Override
  public long purge(long deadlineNanos) {
    return api.purge(
        "purge the dead letters of partition " + first.partition,
        first.deadStream,
        first.deadSubjects(),
        deadlineNanos);
  }

  /**
   * Returns the request that stores the task. The dedup window refuses a second redrive of the same
   * letter, so the task is stored once.
   */
  private static StoreRequest task(DeadLetter letter, String subject, String messageId) {
    Map<String, String> headers = new LinkedHashMap<>(letter.headers());
    headers.put(WireHeaders.TASK_ID, letter.taskId());
    headers.put(WireHeaders.MESSAGE_ID, messageId);
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
        WireHeaders.priority(headers, layout),
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
