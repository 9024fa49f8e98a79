// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.DeadLetter;
import dev.jetlane.PullOptions;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.operate.DeadLetterStore;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.pull.PartitionPull;
import dev.jetlane.nats.pull.PartitionStatus;
import dev.jetlane.nats.pull.Pullers;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A partition on a server: a subject of the stream, and the durable consumer with the partition's
 * name.
 */
final class NatsPartitionDriver implements PartitionDriver {

  /** A pull of a worker adds up to 1 s to it, and is then as long as the longest request. */
  private static final Duration WORKER_WAIT = Duration.ofSeconds(19);

  private final Session session;
  private final JetStreamApi api;

  /** By priority. */
  private final List<PartitionAddress> addresses;

  private final PartitionAddress address;
  private final PartitionStatus status;
  private final Restoration restoration;
  private final Pusher pusher;
  private final AtomicPusher atomicPusher;
  private final Pullers pullers;
  private final DelayedTasks delayed;
  private final DeadLetterStore letters;
  private final PartitionHealth health;
  private final Set<PullDriver> open = ConcurrentHashMap.newKeySet();

  NatsPartitionDriver(
      Session session,
      Provisioner provisioner,
      Restoration restoration,
      List<PartitionAddress> addresses) {
    this.session = session;
    this.restoration = restoration;
    this.addresses = addresses;
    api = session.api;
    address = addresses.get(0);
    status = new PartitionStatus(session.settings.queue());
    delayed = new DelayedTasks(session, address);
    pusher =
        new Pusher(
            session,
            addresses,
            delayed,
            deadlineNanos -> provisioner.provisionSubject(address, deadlineNanos));
    atomicPusher = new AtomicPusher(session, addresses, delayed, pusher.watch());
    pullers = new Pullers(session, addresses, status);
    letters = new DeadLetterStore(session, addresses);
    health = new PartitionHealth(session, address, status, pullers, pusher.watch());
  }

  /** Records that the partition was opened and its objects were checked. */
  void opened(List<ConsumerConfiguration> consumers) {
    status.opened(consumers);
  }

  /** By priority. */
  List<PartitionAddress> addresses() {
    return addresses;
  }

  /** Records that the partition was checked again, and missing objects were restored. */
  void restored(List<ConsumerConfiguration> consumers) {
    status.found(consumers);
  }

  /** Records that a deleted stream or consumer was created again. */
  void recreated() {
    status.recreated();
    session.monitor.changed();
  }

  /** Short with priorities: a lost connection then fails a pull only at the end of its wait. */
  @Override
  public Duration workerWait() {
    return addresses.size() == 1 ? WORKER_WAIT : PartitionDriver.super.workerWait();
  }

  @Override
  public DriverClock clock() {
    return session.clock;
  }

  @Override
  public Duration lease() {
    return Duration.ofNanos(status.shortestLeaseNanos());
  }

  @Override
  public void check(Task task) {
    session.settings.dialect().check(task);
  }

  @Override
  public DriverFuture<PushReceipt> push(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos) {
    return pusher.push(task, completion, urgency, deadlineNanos);
  }

  @Override
  public List<DriverFuture<PushReceipt>> pushAll(List<Task> tasks, long timeoutNanos) {
    return pusher.pushAll(tasks, timeoutNanos);
  }

  @Override
  public List<PushReceipt> pushAtomically(List<Task> tasks, long deadlineNanos) {
    pusher.awaitLine(deadlineNanos);
    return atomicPusher.push(tasks, deadlineNanos);
  }

  @Override
  public boolean cancel(String taskId, long deadlineNanos) {
    return delayed.cancel(taskId, deadlineNanos);
  }

  @Override
  public PullDriver openPull(
      PullOptions options, Function<Lease, LeasedDelivery> deliveries, long deadlineNanos) {
    PartitionPull pull = pullers.make(options, deliveries, open::remove);
    open.add(pull);
    try {
      restoration.around(this, deadlineNanos, () -> pull.connect(deadlineNanos));
    } catch (RuntimeException e) {
      pull.close(deadlineNanos);
      session.monitor.requireOpen();
      throw e;
    }
    if (session.monitor.isClosed()) {
      pull.close(deadlineNanos);
      throw new QueueClosedException("the queue is closed", null);
    }
    return pull;
  }

  /** Gives back the tasks of the pulls, and sends the pushes that wait. */
  void close(long deadlineNanos) {
    open.forEach(pull -> pull.close(deadlineNanos));
    pusher.awaitLine(deadlineNanos);
  }

  /**
   * Counts the tasks. The consumer's count of undelivered messages lags behind a confirmed push
   * (seen on 2.15); the stream's count does not. So the ready tasks are the stored ones minus the
   * outstanding ones.
   *
   * <p>The delayed tasks are counted first: a task that becomes due is stored as ready before it is
   * removed as delayed, so in this order it may be counted twice, but is never missed.
   */
  @Override
  public Stats stats(long deadlineNanos) {
    long notDue = delayed.count(deadlineNanos);
    long outstanding = 0;
    long redelivered = 0;
    for (PartitionAddress each : addresses) {
      ConsumerInfo info = consumerInfo(each, deadlineNanos);
      outstanding += info.getNumAckPending();
      redelivered += info.getRedelivered();
    }
    long stored = api.messages(address.stream, address.subject, deadlineNanos);
    if (addresses.size() > 1) {
      stored += api.messages(address.stream, address.prioritySubjects(), deadlineNanos);
    }
    return new Stats(
        Math.max(0, stored - outstanding),
        outstanding,
        redelivered,
        notDue,
        letters.count(deadlineNanos));
  }

  /** Returns the consumer. Its existence also proves the stream and JetStream. */
  private ConsumerInfo consumerInfo(PartitionAddress each, long deadlineNanos) {
    ConsumerInfo info = api.consumerInfo(each.stream, each.consumer, deadlineNanos);
    if (info == null) {
      session.monitor.missing();
      throw new QueueUnavailableException("partition " + each.consumer + " no longer exists", null);
    }
    return info;
  }

  @Override
  public Optional<Duration> oldestAge(long deadlineNanos) {
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
        session.stored.next(
            "inspect the oldest task of partition " + address.partition,
            address.stream,
            1,
            subjects,
            deadlineNanos);
    return Optional.ofNullable(oldest).map(StoredMessage::time);
  }

  @Override
  public List<DeadLetter> deadLetters(int max, long deadlineNanos) {
    return letters.list(max, deadlineNanos);
  }

  @Override
  public boolean redrive(String letterId, long deadlineNanos) {
    return letters.redrive(letterId, deadlineNanos);
  }

  @Override
  public long purgeDeadLetters(long deadlineNanos) {
    return letters.purge(deadlineNanos);
  }

  /** Returns the problem that makes this partition unusable, or null. */
  @Nullable String problem(long deadlineNanos) {
    String problem = health.problem(() -> look(deadlineNanos), deadlineNanos);
    String begun = health.begun();
    if (begun != null) {
      session.warn(begun); // Outside the monitor of the health, because this calls listeners.
    }
    return problem;
  }

  private void look(long deadlineNanos) {
    String found = null;
    for (PartitionAddress each : addresses) {
      String one = PartitionHealth.warning(each, consumerInfo(each, deadlineNanos));
      found = found == null ? one : found;
    }
    health.warn(found);
  }

  /** Returns the warning of the last check, or null. */
  @Nullable String warning() {
    return health.warning();
  }
}
