// SPDX-License-Identifier: Apache-2.0
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
import dev.jetlane.nats.request.OrderedMessages;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of one partition: the messages of its subjects in the stream of the dead
 * letters.
 */
public final class DeadLetterStore implements DeadLetterDriver {

  private static final Pattern START = Pattern.compile("[0-9]{1,18}");
  private static final Pattern LETTER_ID = Pattern.compile("[!-)+-;=?-~]{1,256}");

  private final Session session;
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
    this.session = session;
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

  /** Returns the oldest dead letters, oldest first. */
  public List<DeadLetter> list(int max, long deadlineNanos) {
    return page(DeadLetterQuery.defaults().withMax(max), deadlineNanos).items();
  }

  @Override
  public Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos) {
    Page<LetterMessage> page = read(query, deadlineNanos);
    return new Page<>(page.items().stream().map(LetterMessage::letter).toList(), page.next());
  }

  private Page<LetterMessage> read(DeadLetterQuery query, long deadlineNanos) {
    long from = query.start().map(DeadLetterStore::start).orElse(1L);
    OrderedMessages messages =
        session.stored.inOrder(
            "list the dead letters of partition " + first.partition,
            first.deadStream,
            first.deadSubjects(),
            from);
    List<LetterMessage> letters = new ArrayList<>();
    for (int seen = 0; letters.size() < query.max() && seen < Limits.MAX_PULL; seen++) {
      boolean allMatch = letters.size() == seen;
      int wanted = allMatch ? query.max() - seen : Limits.MAX_PULL - seen;
      StoredMessage next = messages.next(wanted, deadlineNanos);
      if (next == null) {
        return new Page<>(letters, Optional.empty());
      }
      DeadLetter letter = letter(next);
      if (query.matches(letter)) {
        letters.add(new LetterMessage(letter, next));
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
    return session.stored.remove(
        "remove dead letter " + id, first.deadStream, stored.sequence(), deadlineNanos);
  }

  /** Returns the letter with this id; null if there is none, also for a malformed id. */
  private @Nullable StoredMessage stored(String id, long deadlineNanos) {
    return LETTER_ID.matcher(id).matches()
        ? session.stored.last(
            "inspect dead letter " + id, first.deadStream, first.deadSubject(id), deadlineNanos)
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
  public void requireTarget(String partition, long deadlineNanos) {
    List<PartitionAddress> unused = targets(partition, deadlineNanos);
  }

  @Override
  public boolean move(String id, String partition, long deadlineNanos) {
    List<PartitionAddress> targets = targets(partition, deadlineNanos);
    return store(id, targets, movedMessageId(id, targets), deadlineNanos);
  }

  private List<PartitionAddress> targets(String partition, long deadlineNanos) {
    int priorities = queue.priorities(partition, deadlineNanos);
    if (priorities == 0) {
      throw new QueueRejectedException("there is no partition " + partition, null);
    }
    return layout.withPriorities(priorities).addresses(partition);
  }

  private String movedMessageId(String id, List<PartitionAddress> targets) {
    return targets.get(0).redriveMessageId(first.partition + "." + id);
  }

  private boolean store(
      String id, List<PartitionAddress> targets, String messageId, long deadlineNanos) {
    StoredMessage stored = stored(id, deadlineNanos);
    if (stored == null) {
      return false;
    }
    StoreRequest task = task(letter(stored), targets, messageId);
    var unused = requests.call(task, deadlineNanos);
    return HalfDone.rest(() -> remove(id, stored, deadlineNanos));
  }

  @Override
  public Optional<Page<String>> removePage(DeadLetterQuery query, long stepNanos) {
    Page<LetterMessage> page = read(query, pageDeadline(stepNanos));
    List<String> removed = new LettersTogether(session, first, stepNanos).remove(page.items());
    return Optional.of(new Page<>(removed, page.next()));
  }

  @Override
  public Optional<Page<String>> redrivePage(DeadLetterQuery query, long stepNanos) {
    return storePage(
        query, letter -> task(letter, addresses, first.redriveMessageId(letter.id())), stepNanos);
  }

  @Override
  public Optional<Page<String>> movePage(DeadLetterQuery query, String partition, long stepNanos) {
    List<PartitionAddress> targets = targets(partition, System.nanoTime() + stepNanos);
    return storePage(
        query, letter -> task(letter, targets, movedMessageId(letter.id(), targets)), stepNanos);
  }

  /** A silent server ends the reading of a page earlier. */
  private static long pageDeadline(long stepNanos) {
    return System.nanoTime() + stepNanos * Limits.MAX_PULL;
  }

  private Optional<Page<String>> storePage(
      DeadLetterQuery query, Function<DeadLetter, StoreRequest> task, long stepNanos) {
    Page<LetterMessage> page = read(query, pageDeadline(stepNanos));
    List<String> changed = new LettersTogether(session, first, stepNanos).store(page.items(), task);
    return Optional.of(new Page<>(changed, page.next()));
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
  private static StoreRequest task(
      DeadLetter letter, List<PartitionAddress> targets, String messageId) {
    Map<String, String> headers = new LinkedHashMap<>(letter.headers());
    headers.put(WireHeaders.TASK_ID, letter.taskId());
    headers.put(WireHeaders.MESSAGE_ID, messageId);
    return new StoreRequest(
        letter.taskId(),
        "redrive of task ",
        targets.get(Math.min(letter.priority(), targets.size() - 1)).subject,
        headers,
        letter.payload());
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
