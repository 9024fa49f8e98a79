package dev.jetlane.nats;

import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.delay.DelayedCapacity;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.delay.StoreDelayed;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.TaskPush;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.MessageInfo;
import java.nio.charset.StandardCharsets;
import dev.jetlane.spi.WorkerHost;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A subject of the stream, and the durable consumer that bears the partition's name. */
final class NatsPartition implements Partition, WorkerHost.Provider {

  private final NatsQueue queue;
  private final Session session;

  /** By priority. */
  private final PartitionAddress[] lanes;

  private final PartitionAddress lane;
  private final NatsDeadLetters deadLetters;
  private final PartitionHealth checkup;
  private final DelayedTasks later;
  private volatile @Nullable String warning;

  NatsPartition(NatsQueue queue, Session session, PartitionAddress[] lanes) {
    this.queue = queue;
    this.session = session;
    this.lanes = lanes;
    lane = lanes[0];
    deadLetters = new NatsDeadLetters(session, lanes);
    checkup = new PartitionHealth(session, lanes);
    later = new DelayedTasks(session, lane);
  }

  @Override
  public String name() {
    return lane.partition;
  }

  @Override
  public PushReceipt push(Task task) {
    check(task);
    CompletableFuture<PushReceipt> push = start(task, isDelayed(task) ? room(task) : 0, true);
    session.link.sender().flush();
    return session.replies.await(push);
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    check(task);
    session.link.requireOpen();
    long room;
    try {
      room = isDelayed(task) ? room(task) : 0;
    } catch (QueueClosedException e) {
      throw e;
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
    return start(task, room, false);
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    if (tasks == null) {
      throw new InvalidInputException("tasks", null, "must not be null");
    }
    List<Task> all = new ArrayList<>(tasks);
    all.forEach(this::check);
    session.link.requireOpen();
    List<CompletableFuture<PushReceipt>> pushes = new ArrayList<>(all.size());
    DelayedCapacity room = new DelayedCapacity(later, lanes, all);
    for (Task task : all) {
      pushes.add(start(task, room, () -> awaitAll(pushes)));
      room.took(task);
    }
    session.link.sender().flush();
    List<PushOutcome> outcomes = new ArrayList<>(all.size());
    for (int i = 0; i < pushes.size(); i++) {
      outcomes.add(outcome(all.get(i).id(), pushes.get(i)));
    }
    return new PushReport(outcomes);
  }

  private CompletableFuture<PushReceipt> start(
      Task task, DelayedCapacity room, Runnable awaitSent) {
    long places;
    try {
      places = room.of(task, awaitSent);
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
    return start(task, places, true);
  }

  private void awaitAll(List<CompletableFuture<PushReceipt>> pushes) {
    session.link.sender().flush();
    for (CompletableFuture<PushReceipt> push : pushes) {
      try {
        var unused = session.replies.await(push);
      } catch (TaskQueueException e) {
        // Its outcome says so.
      }
    }
  }

  @Override
  public boolean cancel(String taskId) {
    Limits.checkTaskId(taskId);
    session.link.requireOpen();
    return later.cancel(taskId);
  }

  @Override
  public WorkerHost workerHost() {
    return queue.workers();
  }

  @Override
  public Puller puller(PullOptions options) {
    if (options == null) {
      throw new InvalidInputException("pull options", null, "must not be null");
    }
    return queue.open(lanes, options);
  }

  @Override
  public DeadLetters deadLetters() {
    return deadLetters;
  }

  /**
   * The consumer's own count of what it has not delivered lags behind a confirmed push (seen on
   * 2.15); the stream's count does not. So what is ready is what is stored and not outstanding.
   */
  @Override
  public Stats stats() {
    long outstanding = 0;
    long redelivered = 0;
    for (PartitionAddress each : lanes) {
      ConsumerInfo info = consumerInfo(each);
      outstanding += info.getNumAckPending();
      redelivered += info.getRedelivered();
    }
    long stored = session.admin.messages(lane.stream, lane.subject);
    if (lanes.length > 1) {
      stored += session.admin.messages(lane.stream, lane.allPrioritySubjects());
    }
    return new Stats(
        Math.max(0, stored - outstanding),
        outstanding,
        redelivered,
        later.count(),
        session.admin.messages(lane.deadStream, lane.allDeadOfPartition()));
  }

  @Override
  public Optional<Duration> oldestAge() {
    Optional<Instant> first = firstStored(lane.subject);
    if (lanes.length > 1) {
      Optional<Instant> other = firstStored(lane.allPrioritySubjects());
      first = Stream.of(first, other).flatMap(Optional::stream).min(Comparator.naturalOrder());
    }
    return first
        .map(stored -> Duration.between(stored, Instant.now()))
        .map(age -> age.isNegative() ? Duration.ZERO : age);
  }

  private Optional<Instant> firstStored(String subjects) {
    MessageInfo oldest =
        session.admin.ask(
            "look at the oldest task of partition " + lane.partition,
            "STREAM.MSG.GET." + lane.stream,
            management -> management.getFirstMessage(lane.stream, subjects),
            JetStreamApi.MESSAGE_NOT_FOUND);
    return Optional.ofNullable(oldest).map(stored -> stored.getTime().toInstant());
  }

  /** Asks for the consumer; it being there proves the stream and JetStream too. */
  private ConsumerInfo consumerInfo(PartitionAddress lane) {
    ConsumerInfo info =
        session.admin.ask(
            "look at partition " + lane.partition,
            "CONSUMER.INFO." + lane.stream + "." + lane.consumer,
            management -> management.getConsumerInfo(lane.stream, lane.consumer),
            JetStreamApi.CONSUMER_NOT_FOUND,
            JetStreamApi.STREAM_NOT_FOUND);
    if (info == null) {
      throw new QueueUnavailableException("partition " + lane.consumer + " is gone", null);
    }
    return info;
  }

  /** What keeps this partition from being used, or null. */
  @Nullable String problem() {
    return checkup.problem(this::look);
  }

  /** It was opened again, and all that it needs was looked at. */
  void openedAgain() {
    lane.failedPull = null;
  }

  private void look() {
    String before = warning;
    warning = null;
    String found = null;
    for (PartitionAddress each : lanes) {
      String one = PartitionHealth.warning(each, consumerInfo(each));
      found = found == null ? one : found;
    }
    warning = found;
    if (found != null && before == null) {
      session.warn(found); // Once each time that it begins.
    }
  }

  /** What the last look at it found that needs attention, or null. */
  @Nullable String warning() {
    return warning;
  }

  private void check(Task task) {
    if (task == null) {
      throw new InvalidInputException("task", null, "must not be null");
    }
    Limits.checkPayloadSize(task.payloadSize(), session.options.queue().maxPayloadBytes());
    Limits.checkPriority(task.priority(), lanes.length);
    if (session.options.bareSubjects()) {
      checkArmonik(task);
    }
  }

  /** A task of ArmoniK is its id, and nothing else. */
  private static void checkArmonik(Task task) {
    if (isDelayed(task)) {
      throw new InvalidInputException(
          "delay of task", task.delay(), "must be zero: ArmoniK's stream has no place for it");
    }
    if (task.payloadSize() > 0 && !Arrays.equals(task.payload(), idBytes(task))) {
      throw new InvalidInputException(
          "payload of task", task.id(), "must be empty or the task id: ArmoniK has no other");
    }
  }

  private static byte[] idBytes(Task task) {
    return task.id().getBytes(StandardCharsets.UTF_8);
  }

  private PartitionAddress lane(Task task) {
    return lanes[task.priority()];
  }

  private long room(Task task) {
    return later.room(lane(task));
  }

  private static boolean isDelayed(Task task) {
    return !task.delay().isZero();
  }

  /**
   * @param room for how many tasks there is room, for a delayed task only
   */
  private CompletableFuture<PushReceipt> start(Task task, long room, boolean flushed) {
    if (!session.options.bareSubjects()) {
      return send(task, room, flushed);
    }
    Task sent = Task.of(task.id(), idBytes(task)).withHeaders(task.headers());
    return send(sent, room, flushed)
        .exceptionallyCompose(
            error ->
                RequestTable.isNobodyListening(error)
                    ? sendOnceMore(sent)
                    : CompletableFuture.failedFuture(error));
  }

  /** Another client's update of the subjects took ours away. */
  private CompletableFuture<PushReceipt> sendOnceMore(Task task) {
    return session
        .admin
        .later(() -> queue.provideSubject(lane))
        .thenCompose(
            provided -> {
              CompletableFuture<PushReceipt> push = send(task, 0, true);
              session.link.sender().flush();
              return push;
            });
  }

  private CompletableFuture<PushReceipt> send(Task task, long room, boolean flushed) {
    try {
      if (!session.pushPermits.tryAcquire()) {
        session.link.sender().flush(); // What holds the permits may be waiting for others.
        long timeoutNanos = session.replies.timeoutNanos();
        if (!session.pushPermits.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS)) {
          return CompletableFuture.failedFuture(
              new QueueUnavailableException(
                  "push of " + task.id() + ": too many pushes are waiting for their confirmation",
                  null));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CompletableFuture.failedFuture(
          new OutcomeUnknownException("push of " + task.id() + ": interrupted", e));
    }
    StoreRequest push =
        isDelayed(task)
            ? new StoreDelayed(lane, task, room > 0, session.pushPermits)
            : new TaskPush(lane(task), task, session.pushPermits);
    push.flushed = flushed;
    push.awaited = flushed && !session.options.bareSubjects();
    try {
      return session.replies.send(push);
    } catch (RuntimeException e) {
      session.pushPermits.release();
      throw e;
    }
  }

  private PushOutcome outcome(String taskId, CompletableFuture<PushReceipt> push) {
    try {
      return new PushOutcome.Stored(session.replies.await(push));
    } catch (OutcomeUnknownException e) {
      return new PushOutcome.Unknown(taskId, e);
    } catch (TaskQueueException e) {
      return new PushOutcome.Refused(taskId, e);
    }
  }

  @Override
  public String toString() {
    return "Partition[" + name() + "]";
  }
}
