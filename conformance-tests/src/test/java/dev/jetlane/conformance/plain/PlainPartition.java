package dev.jetlane.conformance.plain;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.spi.LeaseKeeping;
import dev.jetlane.spi.WorkerHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

final class PlainPartition implements Partition, DeadLetters, WorkerHost.Provider {

  private final PlainQueue queue;
  private final String name;
  private final PlainLane lane;

  PlainPartition(PlainQueue queue, String name, PlainLane lane) {
    this.queue = queue;
    this.name = name;
    this.lane = lane;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PushReceipt push(Task task) {
    check(task);
    synchronized (queue.store) {
      queue.requireOpen();
      PlainLane.Push push = lane.push(task, queue.store.nowNanos());
      if (push == PlainLane.Push.FULL) {
        throw new QueueFullException(name + " is full", null);
      }
      queue.store.notifyAll();
      return new PushReceipt(task.id(), push == PlainLane.Push.DUPLICATE);
    }
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    check(task);
    queue.requireOpen();
    try {
      return CompletableFuture.completedFuture(push(task));
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    if (tasks == null) {
      throw new InvalidInputException("tasks", null, "must not be null");
    }
    tasks.forEach(this::check);
    queue.requireOpen();
    List<PushOutcome> outcomes = new ArrayList<>();
    for (Task task : tasks) {
      try {
        outcomes.add(new PushOutcome.Stored(push(task)));
      } catch (QueueFullException e) {
        outcomes.add(new PushOutcome.Refused(task.id(), e));
      }
    }
    return new PushReport(outcomes);
  }

  private void check(Task task) {
    if (task == null) {
      throw new InvalidInputException("task", null, "must not be null");
    }
    Limits.checkPayloadSize(task.payloadSize(), queue.config.maxPayloadBytes());
    Limits.checkPriority(task.priority(), 1);
  }

  @Override
  public boolean cancel(String taskId) {
    Limits.checkTaskId(taskId);
    queue.requireOpen();
    return false;
  }

  @Override
  public Puller puller(PullOptions options) {
    if (options == null) {
      throw new InvalidInputException("options", null, "must not be null");
    }
    queue.requireOpen();
    return new PlainPuller(
        queue, name, lane, LeaseKeeping.of(queue.keeper, options, queue.config.lease()));
  }

  @Override
  public WorkerHost workerHost() {
    return queue.store;
  }

  @Override
  public DeadLetters deadLetters() {
    return this;
  }

  @Override
  public Stats stats() {
    synchronized (queue.store) {
      queue.requireOpen();
      return stats(lane);
    }
  }

  private static Stats stats(PlainLane lane) {
    long redelivered =
        Stream.concat(lane.out.stream(), lane.back.stream()).filter(i -> i.attempts > 1).count();
    return new Stats(lane.fresh.size(), lane.outstanding(), redelivered, 0, lane.dead.size());
  }

  @Override
  public Optional<Duration> oldestAge() {
    queue.requireOpen();
    return Optional.empty();
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    synchronized (queue.store) {
      queue.requireOpen();
      return List.copyOf(lane.dead.subList(0, Math.min(max, lane.dead.size())));
    }
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    synchronized (queue.store) {
      queue.requireOpen();
      if (!lane.hasLetter(id)) {
        return false;
      }
      if (!lane.roomForRedrive()) {
        throw new QueueFullException(name + " is full", null);
      }
      lane.redrive(id);
      queue.store.notifyAll();
      return true;
    }
  }

  @Override
  public long purge() {
    synchronized (queue.store) {
      queue.requireOpen();
      return lane.purge();
    }
  }
}
