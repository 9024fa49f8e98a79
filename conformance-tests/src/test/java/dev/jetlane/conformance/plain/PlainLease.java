// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import java.time.Instant;
import java.util.Map;

/** One delivery of a task. */
@SuppressWarnings("ArrayRecordComponent") // Leases are never compared.
record PlainLease(
    String taskId,
    byte[] payload,
    Map<String, String> headers,
    int attempt,
    int priority,
    Instant storedAt,
    long endNanos,
    PlainTasks.Item item,
    PlainPartition partition)
    implements Lease {

  static PlainLease of(PlainTasks.Item item, PlainPartition partition) {
    return new PlainLease(
        item.task.id(),
        item.task.payload(),
        item.task.headers(),
        item.attempts,
        0,
        Instant.EPOCH.plusNanos(item.storedNanos),
        partition.tasks().clientsLeaseEnd(partition.clock().nanoTime()),
        item,
        partition);
  }

  @Override
  public DriverFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    try {
      synchronized (partition.store()) {
        perform(action, partition.tasks(), partition.clock().nanoTime());
      }
    } catch (TaskQueueException e) {
      return DriverFuture.failed(completion, e);
    }
    partition.store().serve();
    return DriverFuture.settled(completion, action);
  }

  private void perform(LeaseAction action, PlainTasks tasks, long now) {
    if (action instanceof LeaseAction.Nak nak) {
      tasks.nak(item, nak.delay(), now);
    } else if (action instanceof LeaseAction.MoveToDeadLetters move) {
      tasks.deadLetter(item, move.reason());
    } else if (action instanceof LeaseAction.PutBack) {
      tasks.putBack(item);
    } else if (action instanceof LeaseAction.Extend) {
      tasks.extend(item, now);
    } else {
      tasks.ack(item, attempt);
    }
  }
}
