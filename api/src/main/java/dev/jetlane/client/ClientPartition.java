// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.AckOutcome;
import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.BatchHandler;
import dev.jetlane.Codec;
import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueueException;
import dev.jetlane.TypedPartition;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.client.worker.TaskSource;
import dev.jetlane.client.worker.TaskWorker;
import dev.jetlane.client.worker.WorkerContext;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.Urgency;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The partition that a user holds. */
final class ClientPartition implements Partition {

  private final Session session;
  private final Listeners listeners;
  private final QueueConfig config;
  private final String name;
  private final PartitionDriver driver;
  private final LeaseKeeper keeper;
  private final DeadLetters deadLetters;

  /** In the order in which they were opened; they are closed in the same order. */
  private final Set<ClientPuller> pullers = Collections.synchronizedSet(new LinkedHashSet<>());

  private final Set<TaskWorker> workers = Collections.synchronizedSet(new LinkedHashSet<>());

  ClientPartition(Session session, QueueConfig config, String name, PartitionDriver driver) {
    this.session = session;
    this.config = config;
    this.name = name;
    this.driver = driver;
    listeners = session.listeners;
    keeper = new LeaseKeeper(driver.clock());
    deadLetters = new ClientDeadLetters(session, name, driver);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PushReceipt push(Task task) {
    Task pushed = prepare(task);
    long deadlineNanos = session.deadlineNanos();
    PushReceipt receipt;
    try {
      receipt =
          session.await(
              driver.push(pushed, Completion.none(), Urgency.AWAITED, deadlineNanos),
              deadlineNanos);
    } catch (TaskQueueException e) {
      throw pushFailed(pushed.id(), e);
    }
    pushed(receipt);
    return receipt;
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    Task pushed = prepare(task);
    return driver.push(pushed, new Pushed(pushed.id()), Urgency.PIPELINED, session.deadlineNanos());
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    List<Task> pushed = new ArrayList<>(present("tasks", tasks));
    pushed.replaceAll(this::check);
    requireOpen(pushed);
    pushed.replaceAll(this::announce);
    List<DriverFuture<PushReceipt>> pushes = driver.pushAll(pushed, session.timeoutNanos());
    List<PushOutcome> outcomes = new ArrayList<>(pushed.size());
    for (int i = 0; i < pushes.size(); i++) {
      outcomes.add(outcome(pushed.get(i).id(), pushes.get(i)));
    }
    return new PushReport(outcomes);
  }

  @Override
  public List<PushReceipt> pushAtomically(List<Task> tasks) {
    List<Task> pushed = new ArrayList<>(present("tasks", tasks));
    checkAtMost("tasks of an atomic push", pushed.size(), Limits.MAX_ATOMIC_PUSH);
    pushed.replaceAll(this::check);
    long bytes = pushed.stream().mapToLong(Task::payloadSize).sum();
    checkAtMost("bytes of an atomic push", bytes, Limits.MAX_ATOMIC_PUSH_BYTES);
    requireOpen(pushed);
    pushed.replaceAll(this::announce);
    List<PushReceipt> receipts;
    try {
      receipts = driver.pushAtomically(List.copyOf(pushed), session.deadlineNanos());
    } catch (TaskQueueException e) {
      pushed.forEach(task -> pushFailed(task.id(), e));
      throw e.seenBy(name, null);
    }
    receipts.forEach(this::pushed);
    return receipts;
  }

  /** The error names the first task of a batch. */
  private void requireOpen(List<Task> tasks) {
    session.requireOpen(name, tasks.isEmpty() ? null : tasks.get(0).id());
  }

  private static void checkAtMost(String what, long value, long most) {
    if (value > most) {
      throw new InvalidInputException(what, value, "must be at most " + most);
    }
  }

  @Override
  public boolean cancel(String taskId) {
    Limits.checkTaskId(taskId);
    return session.call(name, taskId, deadline -> driver.cancel(taskId, deadline));
  }

  @Override
  public Puller puller(PullOptions options) {
    return open(options);
  }

  private ClientPuller open(PullOptions options) {
    Duration lease = driver.lease();
    LeaseKeeping keeping = LeaseKeeping.of(present("pull options", options), lease);
    DeliveryContext context =
        new DeliveryContext(session, name, keeper, driver.clock(), lease, config.maxDeliveries());
    PullDriver pull =
        session.call(
            name,
            null,
            deadline ->
                driver.openPull(options, taken -> delivery(context, keeping, taken), deadline));
    ClientPuller puller =
        new ClientPuller(context, pull, keeping, options.maxBytes(), pullers::remove);
    pullers.add(puller);
    if (session.isClosed()) {
      puller.close();
    }
    return puller;
  }

  private ClientDelivery delivery(DeliveryContext context, LeaseKeeping keeping, Lease taken) {
    ClientDelivery delivery = new ClientDelivery(context, taken);
    if (keeping.isOn()) {
      keeper.keep(delivery, keeping, taken.endNanos() - context.leaseNanos);
    }
    return delivery;
  }

  @Override
  public List<AckOutcome> ackAll(List<? extends Delivery> deliveries) {
    List<Delivery> acked = new ArrayList<>(present("deliveries", deliveries));
    acked.forEach(delivery -> present("delivery", delivery));
    long deadlineNanos = session.deadlineNanos();
    List<CompletableFuture<Settlement>> acks = acked.stream().map(Delivery::ackAsync).toList();
    List<AckOutcome> outcomes = new ArrayList<>(acked.size());
    for (int i = 0; i < acks.size(); i++) {
      outcomes.add(outcome(acked.get(i), acks.get(i), deadlineNanos));
    }
    return List.copyOf(outcomes);
  }

  private AckOutcome outcome(
      Delivery delivery, CompletableFuture<Settlement> ack, long deadlineNanos) {
    try {
      return new AckOutcome(delivery, session.await(ack, deadlineNanos), null);
    } catch (TaskQueueException e) {
      return new AckOutcome(delivery, null, e.seenBy(name, delivery.taskId()));
    }
  }

  @Override
  public Worker work(TaskHandler handler, WorkerOptions options) {
    TaskHandler checked = present("handler", handler);
    TaskSource source = openFor(options);
    return started(TaskWorker.start(workerContext(), source, checked, options));
  }

  @Override
  public Worker workAsync(AsyncTaskHandler handler, WorkerOptions options) {
    AsyncTaskHandler checked = present("handler", handler);
    TaskSource source = openFor(options);
    return started(TaskWorker.startAsync(workerContext(), source, checked, options));
  }

  @Override
  public Worker workBatches(
      BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options) {
    BatchHandler checked = present("handler", handler);
    int size = Limits.checkBatchSize(maxSize, present("worker options", options).concurrency());
    Duration wait = Limits.checkBatchWait(maxWait);
    TaskSource source = openFor(options);
    return started(TaskWorker.startBatches(workerContext(), source, checked, size, wait, options));
  }

  private TaskSource openFor(WorkerOptions options) {
    WorkerOptions checked = present("worker options", options);
    PullOptions keeping = PullOptions.defaults().withKeepFor(checked.keepFor());
    ClientPuller puller = open(checked.keepEvery().map(keeping::withKeepEvery).orElse(keeping));
    puller.ofWorker();
    return puller;
  }

  private WorkerContext workerContext() {
    return new WorkerContext(
        name,
        driver.clock(),
        driver.workerWait(),
        config.maxDeliveries(),
        config.priorities(),
        listeners::handling,
        workers::remove);
  }

  private Worker started(TaskWorker worker) {
    workers.add(worker);
    if (worker.state() == Worker.State.CLOSED) {
      workers.remove(worker); // The queue was closed in the meantime.
    }
    return worker;
  }

  @Override
  public <T> TypedPartition<T> typed(Codec<T> codec) {
    return new ClientTypedPartition<>(this, present("codec", codec), driver.clock());
  }

  @Override
  public DeadLetters deadLetters() {
    return deadLetters;
  }

  @Override
  public Stats stats() {
    return session.call(name, null, driver::stats);
  }

  @Override
  public Optional<Duration> oldestAge() {
    return session.call(name, null, driver::oldestAge);
  }

  /** Returns the workers that have not ended. */
  List<TaskWorker> workers() {
    return inOrder(workers);
  }

  /** Closes the pullers and the lease keeper, when the queue is closed. */
  void close(long deadlineNanos) {
    inOrder(pullers).forEach(puller -> puller.close(deadlineNanos));
    keeper.close();
  }

  private static <T> List<T> inOrder(Set<T> synchronizedSet) {
    synchronized (synchronizedSet) {
      return List.copyOf(synchronizedSet);
    }
  }

  /** Checks a task, and calls the listeners, which may change only its headers. */
  private Task prepare(@Nullable Task task) {
    Task checked = check(task);
    session.requireOpen(name, checked.id());
    return announce(checked);
  }

  private Task check(@Nullable Task task) {
    Task checked = withTimes(present("task", task));
    Limits.checkPayloadSize(checked.payloadSize(), config.maxPayloadBytes());
    Limits.checkPriority(checked.priority(), config.priorities());
    driver.check(checked);
    return checked;
  }

  /** Reports the begin of a push. {@link #pushed} or {@link #pushFailed} must follow. */
  private Task announce(Task checked) {
    return listeners.areAny() ? listeners.pushing(name, checked, driver::check) : checked;
  }

  /**
   * Converts a due time to a delay and a time to live to a deadline. The queue stores only delays,
   * so that its own clock decides when a task is due. It stores only deadlines, because a
   * redelivery must not restart a time to live.
   */
  private Task withTimes(Task task) {
    if (task.delayUntil().isEmpty() && task.deadline().isEmpty() && task.timeToLive().isEmpty()) {
      return task;
    }
    Instant now = driver.clock().now();
    Task delayed =
        task.delayUntil()
            .map(until -> Duration.between(now, until))
            .map(delay -> task.withDelay(delay.isNegative() ? Duration.ZERO : delay))
            .orElse(task);
    Task ending = task.timeToLive().map(now::plus).map(delayed::withDeadline).orElse(delayed);
    Instant due = now.plus(ending.delay());
    if (!ending.delay().isZero()
        && ending.deadline().filter(end -> !due.isBefore(end)).isPresent()) {
      throw new InvalidInputException(
          "push delay", ending.delay(), "must end before the deadline of the task");
    }
    return ending;
  }

  private static <T> T present(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }

  /** Completes an asynchronous push. */
  private final class Pushed implements Completion<PushReceipt> {

    private final String taskId;

    Pushed(String taskId) {
      this.taskId = taskId;
    }

    @Override
    public void succeeding(PushReceipt receipt) {
      pushed(receipt);
    }

    @Override
    public Throwable failing(Throwable error) {
      return pushFailed(taskId, Session.known(error));
    }
  }

  private void pushed(PushReceipt receipt) {
    if (listeners.areAny()) {
      listeners.pushed(new QueueEvent.Pushed(name, receipt.taskId(), receipt.duplicate()));
    }
  }

  private TaskQueueException pushFailed(String taskId, TaskQueueException error) {
    TaskQueueException seen = error.seenBy(name, taskId);
    listeners.pushFailed(new QueueEvent.PushFailed(name, taskId, seen));
    return seen;
  }

  private PushOutcome outcome(String taskId, CompletableFuture<PushReceipt> push) {
    try {
      PushReceipt receipt = session.await(push, session.deadlineNanos());
      pushed(receipt);
      return new PushOutcome.Stored(receipt);
    } catch (TaskQueueException e) {
      TaskQueueException seen = pushFailed(taskId, e);
      return seen instanceof OutcomeUnknownException unknown
          ? new PushOutcome.Unknown(taskId, unknown)
          : new PushOutcome.Refused(taskId, seen);
    }
  }

  @Override
  public String toString() {
    return "Partition[" + name + "]";
  }
}
