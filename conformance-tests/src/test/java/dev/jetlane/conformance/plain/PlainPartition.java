// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.DeadLetter;
import dev.jetlane.PullOptions;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.conformance.harness.VirtualClock;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.Urgency;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

record PlainPartition(
    PlainStore store,
    String name,
    PlainTasks tasks,
    DriverEvents events,
    VirtualClock clock,
    Duration lease,
    int maxDeliveries)
    implements PartitionDriver {

  @Override
  public DriverFuture<PushReceipt> push(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos) {
    PlainTasks.Push push;
    synchronized (store) {
      push = tasks.push(task, clock.nanoTime());
    }
    store.serve();
    return push == PlainTasks.Push.FULL
        ? DriverFuture.failed(completion, new QueueFullException(name + " is full", null))
        : DriverFuture.done(
            completion, new PushReceipt(task.id(), push == PlainTasks.Push.DUPLICATE));
  }

  @Override
  public boolean cancel(String taskId, long deadlineNanos) {
    return false;
  }

  @Override
  public PullDriver openPull(
      PullOptions options, Function<Lease, LeasedDelivery> deliveries, long deadlineNanos) {
    return new PlainPuller(this, deliveries);
  }

  @Override
  public Stats stats(long deadlineNanos) {
    synchronized (store) {
      long redelivered =
          Stream.concat(tasks.out.stream(), tasks.back.stream())
              .filter(i -> i.attempts > 1)
              .count();
      return new Stats(tasks.fresh.size(), tasks.outstanding(), redelivered, 0, tasks.dead.size());
    }
  }

  @Override
  public Optional<Duration> oldestAge(long deadlineNanos) {
    return Optional.empty();
  }

  @Override
  public List<DeadLetter> deadLetters(int max, long deadlineNanos) {
    synchronized (store) {
      return List.copyOf(tasks.dead.subList(0, Math.min(max, tasks.dead.size())));
    }
  }

  @Override
  public boolean redrive(String letterId, long deadlineNanos) {
    synchronized (store) {
      if (!tasks.hasLetter(letterId)) {
        return false;
      }
      if (!tasks.roomForRedrive()) {
        throw new QueueFullException(name + " is full", null);
      }
      tasks.redrive(letterId);
    }
    store.serve();
    return true;
  }

  @Override
  public long purgeDeadLetters(long deadlineNanos) {
    synchronized (store) {
      return tasks.purge();
    }
  }
}
