// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.delay.StoreDelayed;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.pull.StoredTask;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Moves a queue from one stream to several.
 *
 * <p>First the stream changes its subjects and its description: a producer that still pushes to the
 * old subjects gets an error, and no client opens a queue that is being moved. Then each task is
 * pulled as a worker does, stored in its new place, and acked in the old one: for a moment it is in
 * both, and never in neither. If the move is interrupted, another run continues it.
 */
public final class StreamMigration {

  private static final int MOST = 200;

  /** A server ends the connection of a client that reads its messages too slowly. */
  private static final int MOST_BYTES = 16 << 20;

  /** The room for the headers of a task. */
  private static final int HEADERS = 4_096;

  private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();

  private final Session session;
  private final JetStreamApi api;
  private final RequestTable requests;
  private final ProvisioningTerms terms;
  private final QueueLayout after;
  private final QueueLayout before;
  private final Provisioner provisioner;
  private final long untilNanos;

  /** The number of tasks in one pull. */
  private final int some;

  /** The time since which the old stream knows message ids. */
  private Instant knownSince = Instant.MAX;

  public StreamMigration(Session session, ProvisioningTerms terms, Duration patience) {
    this.session = session;
    this.terms = terms;
    api = session.api;
    requests = session.requests;
    after = session.settings.layout();
    before = after.withStreams(1);
    provisioner = new Provisioner(session, terms);
    untilNanos = System.nanoTime() + patience.toNanos();
    int bytes = session.settings.queue().maxPayloadBytes() + HEADERS;
    some = Math.max(1, Math.min(MOST, MOST_BYTES / bytes));
  }

  /** Runs the move; returns the number of moved tasks. */
  public long run() throws InterruptedException {
    StreamInfo main = api.streamInfo(after.stream(), session.deadlineNanos());
    if (main == null) {
      throw new QueueUnavailableException("stream " + after.stream() + " does not exist", null);
    }
    String description = main.getConfiguration().getDescription();
    int streams = StreamMarks.streams(description);
    if (streams == after.streams()) {
      return 0;
    }
    boolean resumes =
        streams == StreamMarks.MOVING && StreamMarks.movingTo(description) == after.streams();
    if (streams != 1 && !resumes) {
      throw new ConfigDriftException(
          "stream "
              + after.stream()
              + " cannot be moved to "
              + after.streams()
              + " streams (its description: "
              + description
              + ")",
          null);
    }
    knownSince = knownSince(main);
    if (!resumes) {
      requireNonePaused();
      // The new streams get the settings of this client, so those of the old one must be the same.
      new Provisioner(session, before, terms).provisionFirstStreams(session.deadlineNanos());
      reachEverything(main);
      change(after.subjects(0), StreamMarks.ofMove(after.streams()));
    }
    return HalfDone.rest(this::moveAndFinish);
  }

  /** Servers before 2.10 do not report their time: then no id counts as known. */
  private static Instant knownSince(StreamInfo info) {
    ZonedDateTime time = info.getTimestamp();
    return time == null
        ? Instant.MAX
        : time.toInstant().minus(info.getConfiguration().getDuplicateWindow());
  }

  /** The queue is marked as being moved. */
  private long moveAndFinish() throws InterruptedException {
    for (int i = 1; i < after.streams(); i++) {
      provisioner.provisionStream(provisioner.specs().mainStream(i), session.deadlineNanos());
    }
    long moved = moveAll() + moveDelayed();
    requireNothingLeft();
    change(after.subjects(0), StreamMarks.ofStream(0, after.streams()));
    return moved;
  }

  /** A paused consumer hands out no task, also not to a move. */
  private void requireNonePaused() {
    String paused = paused();
    if (!paused.isEmpty()) {
      throw new QueueRejectedException(
          "paused: " + paused + ". Resume these partitions, then move the queue", null);
    }
  }

  private String paused() {
    return api.consumers(after.stream(), session.deadlineNanos()).stream()
        .filter(ConsumerInfo::getPaused)
        .map(ConsumerInfo::getName)
        .collect(Collectors.joining(", "));
  }

  /**
   * Creates the missing consumers, because a task in a partition that no client has opened has
   * none.
   */
  private void reachEverything(StreamInfo main) {
    Provisioner old = new Provisioner(session, before, terms);
    oldPartitions(main.getConfiguration().getName())
        .forEach(
            (partition, priorities) -> {
              for (PartitionAddress address :
                  before.withPriorities(priorities).addresses(partition)) {
                old.provisionOne(address, session.deadlineNanos());
              }
            });
  }

  /**
   * Returns the partitions that have tasks, with the number of their priorities: those of this
   * client, or more if there are tasks of a higher one.
   */
  private Map<String, Integer> oldPartitions(String stream) {
    Map<String, Integer> partitions = new TreeMap<>();
    PartitionAddress any = before.address("*");
    int at = any.subject.length() - 1;
    for (String subjects : List.of(any.subject, any.prioritySubjects())) {
      for (String subject : api.subjects(stream, subjects, session.deadlineNanos()).keySet()) {
        int end = subject.indexOf('.', at);
        String partition = end < 0 ? subject.substring(at) : subject.substring(at, end);
        int priority = end < 0 ? 0 : Character.digit(subject.charAt(subject.length() - 1), 10);
        partitions.merge(partition, Math.max(before.priorities(), priority + 1), Math::max);
      }
    }
    return partitions;
  }

  private long left(PartitionAddress from) {
    return api.messages(from.stream, from.subject, session.deadlineNanos());
  }

  private void change(String subjects, @Nullable String description) {
    api.change(
        "change stream " + after.stream(),
        "STREAM.UPDATE." + after.stream(),
        session.deadlineNanos(),
        management -> {
          StreamConfiguration now = management.getStreamInfo(after.stream()).getConfiguration();
          return management.updateStream(
              StreamConfiguration.builder(now).subjects(subjects).description(description).build());
        });
  }

  private long moveAll() throws InterruptedException {
    long moved = 0;
    List<PartitionAddress> left = consumers();
    while (!left.isEmpty()) {
      List<PartitionAddress> held = new ArrayList<>();
      for (PartitionAddress from : left) {
        if (left(from) > 0) {
          moved += move(from, target(from));
        }
        if (left(from) > 0) {
          held.add(from);
        } else {
          forget(from);
        }
      }
      left = held;
      if (!left.isEmpty() && untilNanos - System.nanoTime() <= 0) {
        throw notMoved(left);
      }
      session.monitor.pause(left.isEmpty() ? 0 : PAUSE_NANOS);
    }
    return moved;
  }

  private OutcomeUnknownException notMoved(List<PartitionAddress> left) {
    String paused = paused();
    return new OutcomeUnknownException(
        "done in part, some tasks were not moved: workers still hold tasks of "
            + left.stream().map(address -> address.consumer).collect(Collectors.joining(", "))
            + (paused.isEmpty() ? "" : ", or the partition is paused: " + paused)
            + ". No task is lost; stop the workers"
            + (paused.isEmpty() ? "" : ", end the pause")
            + " and run the move again",
        null);
  }

  /** Returns the new place, also for a priority that this client does not know. */
  private PartitionAddress target(PartitionAddress from) {
    return after.withPriorities(from.priority + 1).addresses(from.partition).get(from.priority);
  }

  /** Returns the partitions whose consumers still read the old subjects. */
  private List<PartitionAddress> consumers() {
    List<PartitionAddress> addresses = new ArrayList<>();
    api.consumers(after.stream(), session.deadlineNanos())
        .forEach(
            consumer -> {
              String filter = consumer.getConsumerConfiguration().getFilterSubject();
              PartitionAddress address = before.ofConsumer(consumer.getName());
              if (address.subject.equals(filter)) {
                addresses.add(address);
              }
            });
    return addresses;
  }

  /** Moves tasks as a worker pulls them, one batch at a time. */
  private long move(PartitionAddress from, PartitionAddress to) throws InterruptedException {
    long moved = 0;
    for (List<StoredTask> tasks = StoredTask.pull(session, from, some);
        !tasks.isEmpty();
        tasks = StoredTask.pull(session, from, some)) {
      long deadlineNanos = session.deadlineNanos();
      List<CompletableFuture<PushReceipt>> pushes = new ArrayList<>();
      for (StoredTask task : tasks) {
        pushes.add(requests.send(copy(task, from, to), Urgency.PIPELINED, deadlineNanos));
      }
      List<CompletableFuture<Settlement>> acks = new ArrayList<>();
      for (int i = 0; i < pushes.size(); i++) {
        var unused = requests.await(pushes.get(i), deadlineNanos);
        acks.add(requests.send(tasks.get(i).removal(), Urgency.PIPELINED, deadlineNanos));
      }
      for (CompletableFuture<Settlement> ack : acks) {
        var unused = requests.await(ack, deadlineNanos);
      }
      moved += tasks.size();
    }
    return moved;
  }

  /**
   * Returns the request that stores the task under the message id of its push, if the old stream
   * still knows that id, so that a repeated push is still a duplicate. Otherwise another task can
   * have the same id, so it uses an id that is the same in a repeated move; also within the old
   * stream, which knows the first id.
   */
  private StoreRequest copy(StoredTask task, PartitionAddress from, PartitionAddress to) {
    Map<String, String> headers = task.headers();
    headers.put(WireHeaders.TASK_ID, task.taskId());
    headers.put(
        WireHeaders.MESSAGE_ID,
        !from.stream.equals(to.stream) && task.wasPushedSince(knownSince)
            ? to.messageId(task.taskId())
            : to.movedMessageId(task.place()));
    return new StoreRequest(task.taskId(), "move of task ", to.subject, headers, task.payload());
  }

  /** Moves the delayed tasks with their due times. */
  private long moveDelayed() {
    long moved = 0;
    String subjects = before.delayedSubjects(0);
    StoredMessage next = firstDelayed(subjects);
    for (; next != null; next = firstDelayed(subjects)) {
      long sequence = next.sequence();
      StoreDelayed copy = StoreDelayed.copyOf(next, before, after, knownSince);
      if (copy != null) {
        requests.call(copy, session.deadlineNanos());
        moved++;
      }
      session.stored.remove(
          "remove a delayed task from its old place",
          after.stream(),
          sequence,
          session.deadlineNanos());
    }
    api.change(
        "remove the old consumer of the delayed tasks",
        "CONSUMER.DELETE." + after.stream() + "." + PartitionAddress.DELAYED_CONSUMER,
        session.deadlineNanos(),
        management -> management.deleteConsumer(after.stream(), PartitionAddress.DELAYED_CONSUMER),
        JetStreamApi.CONSUMER_NOT_FOUND);
    return moved;
  }

  private @Nullable StoredMessage firstDelayed(String subjects) {
    return session.stored.next(
        "search for delayed tasks", after.stream(), 1, subjects, session.deadlineNanos());
  }

  /** Deletes the old consumer, which has no message left. */
  private void forget(PartitionAddress old) {
    api.change(
        "remove the old consumer of partition " + old.consumer,
        "CONSUMER.DELETE." + old.stream + "." + old.consumer,
        session.deadlineNanos(),
        management -> management.deleteConsumer(old.stream, old.consumer),
        JetStreamApi.CONSUMER_NOT_FOUND);
  }

  private void requireNothingLeft() {
    Set<String> left = oldPartitions(after.stream()).keySet();
    if (!left.isEmpty()) {
      throw new OutcomeUnknownException(
          "done in part, some tasks were not moved: tasks without a consumer are left in "
              + String.join(", ", left)
              + ". No task is lost",
          null);
    }
  }
}
