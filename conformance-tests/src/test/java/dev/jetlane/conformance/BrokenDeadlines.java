// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Partitions that get the deadlines of tasks wrong. */
final class BrokenDeadlines {

  private BrokenDeadlines() {}

  static List<Mutant> expiring() {
    return List.of(
        Mutant.ofPartition("EXP-1", "deadlines ignored", BrokenDeadlines::areIgnored),
        Mutant.ofPartition("EXP-2", "expired tasks vanish", BrokenDeadlines::vanish),
        Mutant.ofPartition("EXP-3", "delay beyond the deadline", BrokenDeadlines::delayWins),
        Mutant.ofPartition("EXP-4", "deadlines of workers ignored", BrokenDeadlines::areIgnored),
        Mutant.ofPartition("EXP-5", "redriven task expires again", BrokenDelays::redriveIsDelayed),
        Mutant.ofPartition("EXP-6", "tasks expire early", BrokenDeadlines::comeEarly),
        Mutant.ofPuller("EXP-2", "async pull ends early", BrokenDeadlines::endsAsyncPulls),
        Mutant.ofDelivery("EXP-7", "deadline lost on redelivery", BrokenDeadlines::lost));
  }

  /** Found by random plans. */
  static List<Mutant> inRandomPlans() {
    return List.of(
        Mutant.ofPartition("EXP-1", "deadlines ignored", BrokenDeadlines::areIgnored),
        Mutant.ofPartition("STATS-4", "expired tasks vanish", BrokenDeadlines::vanish));
  }

  /** An asynchronous pull that ends when its first tasks have all expired. */
  private static Puller endsAsyncPulls(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
        return CompletableFuture.completedFuture(new ArrayList<>());
      }
    };
  }

  private static Delivery lost(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Optional<Instant> deadline() {
        return attempt() > 1 ? Optional.empty() : super.deadline();
      }
    };
  }

  private static Partition areIgnored(Partition partition) {
    return changing(partition, Task::withoutDeadline);
  }

  private static Partition comeEarly(Partition partition) {
    return changing(
        partition,
        task -> task.withDelay(Duration.ZERO).withDeadline(Instant.parse("1999-12-31T00:00:00Z")));
  }

  /** Tasks with a time to live are confirmed and not stored. */
  private static Partition vanish(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        return task.timeToLive().isPresent() ? new PushReceipt(task.id(), false) : super.push(task);
      }
    };
  }

  /** A delay that is longer than the time to live. */
  private static Partition delayWins(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (InvalidInputException e) {
          return super.push(task.withoutDeadline());
        }
      }
    };
  }

  private static Partition changing(Partition partition, UnaryOperator<Task> change) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        return super.push(change.apply(task));
      }
    };
  }
}
