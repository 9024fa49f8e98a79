// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Page;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskState;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.OrderedMessages;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one partition in its stream, read without a consumer, so that no task is leased. A
 * message up to the last place that the consumer has delivered is outstanding; a later one is
 * ready.
 */
final class TaskPages {

  private static final Pattern START = Pattern.compile("([0-9]{1,2}):([0-9]{1,18})");

  /**
   * A group of tasks: one for each priority, the highest first, and the delayed tasks as the last
   * one.
   *
   * @param address the address in the priority of the group; null for the delayed tasks
   */
  private record Group(int number, @Nullable PartitionAddress address) {}

  private record Found(StoredMessage message, Group group, TaskState state) {}

  private final Session session;
  private final JetStreamApi api;
  private final QueueLayout layout;
  private final PartitionAddress first;
  private final DelayedTasks delayed;
  private final List<Group> groups = new ArrayList<>();

  TaskPages(Session session, QueueLayout layout, List<PartitionAddress> addresses) {
    this.session = session;
    api = session.api;
    this.layout = layout;
    first = addresses.get(0);
    delayed = new DelayedTasks(session, first);
    for (int i = addresses.size() - 1; i >= 0; i--) {
      groups.add(new Group(groups.size(), addresses.get(i)));
    }
    groups.add(new Group(groups.size(), null));
  }

  Page<TaskInfo> page(TaskQuery query, long deadlineNanos) {
    int number = 0;
    long from = 1;
    if (query.start().isPresent()) {
      Matcher start = START.matcher(query.start().get());
      if (!start.matches()) {
        throw new InvalidInputException(
            "start of a page", query.start().get(), "must be the next() of a page");
      }
      number = Integer.parseInt(start.group(1));
      from = Long.parseLong(start.group(2));
    }
    List<TaskInfo> page = new ArrayList<>();
    for (; number < groups.size(); number++) {
      Group group = groups.get(number);
      long delivered = delivered(group, deadlineNanos);
      long sequence = Math.max(from, firstOf(query, group, delivered));
      OrderedMessages messages = messages(group, sequence);
      while (page.size() < query.max()) {
        StoredMessage next = messages.next(query.max() - page.size(), deadlineNanos);
        Found found = found(next, group, delivered);
        if (found == null || !query.includes(found.state())) {
          break;
        }
        page.add(info(found, query.payloads()));
        sequence = found.message().sequence() + 1;
      }
      if (page.size() == query.max()) {
        return new Page<>(page, Optional.of(number + ":" + sequence));
      }
      from = 1;
    }
    return new Page<>(page, Optional.empty());
  }

  /** Returns the sequence at which to begin: ready tasks come after all outstanding ones. */
  private static long firstOf(TaskQuery query, Group group, long delivered) {
    boolean readyAlone = group.address() != null && !query.includes(TaskState.OUTSTANDING);
    return readyAlone ? delivered + 1 : 1;
  }

  Optional<TaskInfo> find(String taskId, long stepNanos) {
    return Optional.ofNullable(search(taskId, stepNanos)).map(found -> info(found, true));
  }

  /**
   * Searches the delayed tasks first: a task that becomes due is stored as ready before it is
   * removed as delayed, so it is found in this order.
   */
  private @Nullable Found search(String taskId, long stepNanos) {
    Found found = searchDelayed(taskId, stepNanos);
    return found == null ? searchOthers(taskId, stepNanos) : found;
  }

  private @Nullable Found searchOthers(String taskId, long stepNanos) {
    Found found = null;
    for (Group group : groups) {
      if (found == null && group.address() != null) {
        found = search(taskId, group, stepNanos);
      }
    }
    return found;
  }

  /**
   * Reads the place of the consumer again if the task was ready: a search can be long, and a worker
   * may have taken the task meanwhile.
   */
  private @Nullable Found search(String taskId, Group group, long stepNanos) {
    long delivered = delivered(group, deadline(stepNanos));
    OrderedMessages messages = messages(group, 1);
    Found found;
    do {
      if (Thread.currentThread().isInterrupted()) {
        throw new QueueUnavailableException("interrupted while searching for task " + taskId, null);
      }
      StoredMessage next = messages.next(Limits.MAX_PULL, deadline(Limits.MAX_PULL * stepNanos));
      found = found(next, group, delivered);
    } while (found != null && !taskId(found).equals(taskId));
    return found == null || found.state() == TaskState.OUTSTANDING
        ? found
        : found(found.message(), group, delivered(group, deadline(stepNanos)));
  }

  private @Nullable Found searchDelayed(String taskId, long stepNanos) {
    StoredMessage stored =
        session.stored.last(
            "search for delayed task " + taskId,
            first.stream,
            first.delayedSubject(taskId),
            deadline(stepNanos));
    return stored == null
        ? null
        : new Found(stored, groups.get(groups.size() - 1), TaskState.DELAYED);
  }

  /**
   * Removes a task. Searches again for a task that became due meanwhile: its mover has stored it as
   * ready, and may not have removed the delayed message yet.
   */
  Removal remove(String taskId, long stepNanos) {
    Found found = search(taskId, stepNanos);
    if (found != null && found.state() == TaskState.DELAYED) {
      if (delayed.cancel(taskId, deadline(stepNanos))) {
        return Removal.REMOVED;
      }
      found = searchOthers(taskId, stepNanos);
    }
    if (found == null) {
      return Removal.NOT_FOUND;
    }
    if (found.state() != TaskState.READY) {
      return Removal.OUTSTANDING;
    }
    boolean removed =
        session.stored.remove(
            "remove task " + taskId, first.stream, found.message().sequence(), deadline(stepNanos));
    return removed ? Removal.REMOVED : Removal.NOT_FOUND;
  }

  private static long deadline(long stepNanos) {
    return System.nanoTime() + stepNanos;
  }

  /** Returns the last delivered place; zero if the consumer is missing. */
  private long delivered(Group group, long deadlineNanos) {
    PartitionAddress address = group.address();
    if (address == null) {
      return 0;
    }
    ConsumerInfo info = api.consumerInfo(address.stream, address.consumer, deadlineNanos);
    return info == null ? 0 : info.getDelivered().getStreamSequence();
  }

  private OrderedMessages messages(Group group, long from) {
    PartitionAddress address = group.address();
    return session.stored.inOrder(
        "inspect the tasks of partition " + first.partition,
        first.stream,
        address == null ? first.delayedSubjects() : address.subject,
        from);
  }

  private static @Nullable Found found(
      @Nullable StoredMessage message, Group group, long delivered) {
    if (message == null) {
      return null;
    }
    TaskState state =
        group.address() == null
            ? TaskState.DELAYED
            : message.sequence() > delivered ? TaskState.READY : TaskState.OUTSTANDING;
    return new Found(message, group, state);
  }

  private TaskInfo info(Found found, boolean withPayload) {
    StoredMessage message = found.message();
    PartitionAddress address = found.group().address();
    Instant now = Instant.now();
    boolean isDelayed = address == null;
    Duration age = positive(Duration.between(message.time(), now));
    return new TaskInfo(
        taskId(found),
        found.state(),
        found.state() == TaskState.OUTSTANDING ? OptionalInt.empty() : OptionalInt.of(0),
        address == null ? WireHeaders.priority(message.headers(), layout) : address.priority,
        age,
        isDelayed
            ? Optional.of(
                positive(Duration.between(now, WireHeaders.due(message.headers(), message.time()))))
            : Optional.empty(),
        message.headers().users(),
        message.payload().length,
        withPayload ? Optional.of(message.payload()) : Optional.empty());
  }

  private static Duration positive(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  /** Returns the id that a delivery of the task has. */
  private String taskId(Found found) {
    return found.message().taskId(first, session.settings.dialect());
  }
}
