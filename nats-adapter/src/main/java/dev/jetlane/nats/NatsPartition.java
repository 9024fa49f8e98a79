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
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.operate.DeadLetterStore;
import dev.jetlane.nats.pull.PartitionStatus;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoredMessage;
import dev.jetlane.spi.WorkerHost;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A subject of the stream, and the durable consumer that bears the partition's name. */
final class NatsPartition implements Partition, WorkerHost.Provider {

  private final NatsQueue queue;
  private final Session session;

  /** By priority. */
  private final List<PartitionAddress> addresses;

  private final PartitionAddress address;
  private final DeadLetterStore letters;
  private final PartitionStatus status;
  private final PartitionHealth health;
  private final DelayedTasks delayed;
  private final Pusher pusher;
  private volatile @Nullable String warning;

  NatsPartition(NatsQueue queue, Session session, List<PartitionAddress> addresses) {
    this.queue = queue;
    this.session = session;
    this.addresses = addresses;
    address = addresses.get(0);
    letters = new DeadLetterStore(session, addresses);
    status = new PartitionStatus(session.settings.queue());
    health = new PartitionHealth(session, addresses, status);
    delayed = new DelayedTasks(session, address);
    pusher =
        new Pusher(
            session, addresses, delayed, deadline -> queue.provideSubject(address, deadline));
  }

  @Override
  public String name() {
    return address.partition;
  }

  @Override
  public PushReceipt push(Task task) {
    check(task);
    long deadlineNanos = session.deadlineNanos();
    return session.requests.await(
        pusher.push(task, Completion.none(), Urgency.AWAITED, deadlineNanos), deadlineNanos);
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    check(task);
    session.monitor.requireOpen();
    return pusher.push(task, Completion.none(), Urgency.PIPELINED, session.deadlineNanos());
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    if (tasks == null) {
      throw new InvalidInputException("tasks", null, "must not be null");
    }
    List<Task> all = new ArrayList<>(tasks);
    all.forEach(this::check);
    session.monitor.requireOpen();
    long timeoutNanos = session.settings.requestTimeout().toNanos();
    List<CompletableFuture<PushReceipt>> pushes = pusher.pushAll(all, timeoutNanos);
    List<PushOutcome> outcomes = new ArrayList<>(all.size());
    for (int i = 0; i < pushes.size(); i++) {
      outcomes.add(outcome(all.get(i).id(), pushes.get(i)));
    }
    return new PushReport(outcomes);
  }

  @Override
  public boolean cancel(String taskId) {
    Limits.checkTaskId(taskId);
    session.monitor.requireOpen();
    return delayed.cancel(taskId, session.deadlineNanos());
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
    return queue.open(addresses, status, options);
  }

  @Override
  public DeadLetters deadLetters() {
    return new NatsDeadLetters(session, letters);
  }

  /**
   * The consumer's own count of what it has not delivered lags behind a confirmed push (seen on
   * 2.15); the stream's count does not. So what is ready is what is stored and not outstanding.
   *
   * <p>The delayed tasks are counted first: a task that becomes due is stored as ready before it is
   * removed as delayed, so in this order it may be counted twice, and never not at all.
   */
  @Override
  public Stats stats() {
    long deadlineNanos = session.deadlineNanos();
    long notDue = delayed.count(deadlineNanos);
    long outstanding = 0;
    long redelivered = 0;
    for (PartitionAddress each : addresses) {
      ConsumerInfo info = consumerInfo(each, deadlineNanos);
      outstanding += info.getNumAckPending();
      redelivered += info.getRedelivered();
    }
    long stored = session.api.messages(address.stream, address.subject, deadlineNanos);
    if (addresses.size() > 1) {
      stored += session.api.messages(address.stream, address.prioritySubjects(), deadlineNanos);
    }
    return new Stats(
        Math.max(0, stored - outstanding),
        outstanding,
        redelivered,
        notDue,
        letters.count(deadlineNanos));
  }

  @Override
  public Optional<Duration> oldestAge() {
    long deadlineNanos = session.deadlineNanos();
    Optional<Instant> first = firstStored(address.subject, deadlineNanos);
    if (addresses.size() > 1) {
      Optional<Instant> other = firstStored(address.prioritySubjects(), deadlineNanos);
      first = Stream.of(first, other).flatMap(Optional::stream).min(Comparator.naturalOrder());
    }
    return first
        .map(stored -> Duration.between(stored, Instant.now()))
        .map(age -> age.isNegative() ? Duration.ZERO : age);
  }

  private Optional<Instant> firstStored(String subjects, long deadlineNanos) {
    StoredMessage oldest =
        session.api.nextMessage(
            "look at the oldest task of partition " + address.partition,
            address.stream,
            1,
            subjects,
            deadlineNanos);
    return Optional.ofNullable(oldest).map(StoredMessage::time);
  }

  /** Asks for the consumer; it being there proves the stream and JetStream too. */
  private ConsumerInfo consumerInfo(PartitionAddress each, long deadlineNanos) {
    ConsumerInfo info = session.api.consumerInfo(each.stream, each.consumer, deadlineNanos);
    if (info == null) {
      throw new QueueUnavailableException("partition " + each.consumer + " is gone", null);
    }
    return info;
  }

  /** What keeps this partition from being used, or null. */
  @Nullable String problem() {
    return health.problem(this::look);
  }

  /** It was opened, and all that it needs was looked at. */
  void opened(List<ConsumerConfiguration> consumers) {
    status.opened(consumers);
  }

  private void look() {
    long deadlineNanos = session.deadlineNanos();
    String before = warning;
    warning = null;
    String found = null;
    for (PartitionAddress each : addresses) {
      String one = PartitionHealth.warning(each, consumerInfo(each, deadlineNanos));
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
    Limits.checkPayloadSize(task.payloadSize(), session.settings.queue().maxPayloadBytes());
    Limits.checkPriority(task.priority(), addresses.size());
    session.settings.dialect().check(task);
  }

  private PushOutcome outcome(String taskId, CompletableFuture<PushReceipt> push) {
    try {
      return new PushOutcome.Stored(session.requests.await(push, session.deadlineNanos()));
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
