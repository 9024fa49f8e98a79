// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Queues that are right until the whole server has a fault. */
final class BrokenOutages {

  private BrokenOutages() {}

  static List<Mutant> mutants() {
    return List.of(
        Mutant.ofPartition(
            "FAULT-22",
            "push to a silent server counts as stored",
            BrokenFaults::unknownPushIsStored),
        Mutant.ofDelivery(
            "FAULT-22", "nak to a silent server counts as settled", BrokenOutages::failedNakIsDone),
        Mutant.ofPartition(
            "FAULT-23", "push during a restart counts as stored", BrokenOutages::failedPushIsDone),
        Mutant.ofDelivery(
            "FAULT-24", "ack after a crash counts as settled", BrokenOutages::failedAckIsDone),
        Mutant.ofPartition(
            "FAULT-25", "refused login has another type", BrokenOutages::failureIsUntyped),
        Mutant.ofQueue("FAULT-25", "no push after a refused login", BrokenOutages::neverWorksAgain),
        Mutant.ofPartition(
            "FAULT-26", "push without space counts as stored", BrokenOutages::refusedPushIsDone),
        Mutant.ofQueue(
            "FAULT-27", "failed push counts as stored later", BrokenOutages::repeatedPushIsLost));
  }

  static List<Mutant> inRandomPlans() {
    return List.of(
        Mutant.ofDelivery("FAULT-24", "ack counts as settled", BrokenOutages::failedAckIsDone),
        Mutant.ofPartition("FAULT-26", "push counts as stored", BrokenOutages::refusedPushIsDone),
        Mutant.ofQueue("FAULT-27", "failed push is lost", BrokenOutages::repeatedPushIsLost));
  }

  private static Delivery failedNakIsDone(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement nak() {
        try {
          return super.nak();
        } catch (OutcomeUnknownException e) {
          return Settlement.SETTLED;
        }
      }
    };
  }

  private static Delivery failedAckIsDone(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        try {
          return super.ack();
        } catch (QueueUnavailableException e) {
          return Settlement.SETTLED;
        }
      }
    };
  }

  private static Partition failedPushIsDone(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (QueueUnavailableException e) {
          return new PushReceipt(task.id(), false);
        }
      }
    };
  }

  private static Partition failureIsUntyped(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (QueueUnavailableException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  /** Like a client that gives up after a refused login. */
  private static TaskQueue neverWorksAgain(TaskQueue queue) {
    AtomicBoolean failed = new AtomicBoolean();
    return new DelegatingQueue(queue, Layers.ofPartition(each -> neverWorksAgain(each, failed)));
  }

  private static Partition neverWorksAgain(Partition partition, AtomicBoolean failed) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          PushReceipt receipt = super.push(task);
          if (failed.get()) {
            throw new QueueUnavailableException("the connection was closed", null);
          }
          return receipt;
        } catch (QueueUnavailableException e) {
          failed.set(true);
          throw e;
        }
      }
    };
  }

  private static Partition refusedPushIsDone(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (QueueFullException e) {
          return new PushReceipt(task.id(), false);
        }
      }
    };
  }

  /** A push that failed is lost when it is repeated. */
  private static TaskQueue repeatedPushIsLost(TaskQueue queue) {
    AtomicBoolean failed = new AtomicBoolean();
    return new DelegatingQueue(queue, Layers.ofPartition(each -> losesNext(each, failed)));
  }

  private static Partition losesNext(Partition partition, AtomicBoolean failed) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        if (failed.getAndSet(false)) {
          return new PushReceipt(task.id(), false);
        }
        try {
          return super.push(task);
        } catch (QueueUnavailableException e) {
          failed.set(true);
          throw e;
        }
      }
    };
  }
}
