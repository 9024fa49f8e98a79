// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** Partitions whose atomic pushes are broken. */
final class BrokenAtomic {

  private BrokenAtomic() {}

  static List<Mutant> mutants() {
    return List.of(
        Mutant.ofPartition(
            "ATOMIC-1", "last of an atomic push is lost", BrokenAtomic::losesTheLast),
        Mutant.ofPartition(
            "ATOMIC-2", "atomic push is stored as far as it fits", BrokenAtomic::storesSome),
        Mutant.ofPartition("ATOMIC-3", "a duplicate refuses all", BrokenAtomic::refusesDuplicates),
        Mutant.ofPartition(
            "ATOMIC-4", "atomic push is repeated under new ids", BrokenAtomic::repeatsUnderNewIds),
        Mutant.ofPartition("ATOMIC-5", "atomic push without delays", BrokenAtomic::forgetsDelays),
        Mutant.ofPartition("ATOMIC-6", "large atomic push is split", BrokenAtomic::splits),
        Mutant.ofPartition(
            "FAULT-21", "timeout per exchange of an atomic push", BrokenAtomic::hasNoDeadline));
  }

  /** An atomic push that ignores its deadline. */
  private static Partition hasNoDeadline(Partition partition) {
    return broken(
        partition,
        (correct, tasks) -> {
          try {
            return correct.pushAtomically(tasks);
          } catch (OutcomeUnknownException e) {
            return tasks.stream().map(task -> new PushReceipt(task.id(), false)).toList();
          }
        });
  }

  private static Partition losesTheLast(Partition partition) {
    return broken(
        partition,
        (correct, tasks) ->
            correct.pushAtomically(tasks.subList(0, Math.max(0, tasks.size() - 1))));
  }

  private static Partition storesSome(Partition partition) {
    return broken(
        partition,
        (correct, tasks) -> {
          List<PushReceipt> receipts = new ArrayList<>();
          for (PushOutcome outcome : correct.pushAll(tasks).outcomes()) {
            if (outcome instanceof PushOutcome.Refused refused) {
              throw refused.error();
            }
            receipts.add(((PushOutcome.Stored) outcome).receipt());
          }
          return receipts;
        });
  }

  private static Partition refusesDuplicates(Partition partition) {
    Set<String> known = ConcurrentHashMap.newKeySet();
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        known.add(task.id());
        return super.push(task);
      }

      @Override
      public List<PushReceipt> pushAtomically(List<Task> tasks) {
        Set<String> ids = new HashSet<>(known);
        if (!tasks.stream().allMatch(task -> ids.add(task.id()))) {
          throw new QueueRejectedException("a duplicate", null);
        }
        return super.pushAtomically(tasks);
      }
    };
  }

  private static Partition repeatsUnderNewIds(Partition partition) {
    return broken(
        partition,
        (correct, tasks) -> {
          try {
            return correct.pushAtomically(tasks);
          } catch (OutcomeUnknownException e) {
            return changed(correct, tasks, t -> Task.of(t.id() + "-again", t.payload()));
          }
        });
  }

  private static Partition forgetsDelays(Partition partition) {
    return broken(
        partition,
        (correct, tasks) -> changed(correct, tasks, task -> task.withDelay(Duration.ZERO)));
  }

  private static Partition splits(Partition partition) {
    return broken(
        partition,
        (correct, tasks) -> {
          try {
            return correct.pushAtomically(tasks);
          } catch (InvalidInputException e) {
            List<PushReceipt> receipts = new ArrayList<>();
            tasks.forEach(task -> receipts.addAll(correct.pushAtomically(List.of(task))));
            return receipts;
          }
        });
  }

  private static List<PushReceipt> changed(
      Partition correct, List<Task> tasks, UnaryOperator<Task> change) {
    return correct.pushAtomically(tasks.stream().map(change).toList());
  }

  private static Partition broken(
      Partition partition, BiFunction<Partition, List<Task>, List<PushReceipt>> push) {
    return new DelegatingPartition(partition) {
      @Override
      public List<PushReceipt> pushAtomically(List<Task> tasks) {
        return push.apply(partition, tasks);
      }
    };
  }
}
