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
import java.util.concurrent.CompletableFuture;

/** One delivery of a task. */
final class PlainLease implements Lease {

  private final PlainPartition partition;
  private final PlainLane.Item item;
  private final byte[] payload;
  private final int attempt;
  private final long endNanos;

  PlainLease(PlainPartition partition, PlainLane.Item item) {
    this.partition = partition;
    this.item = item;
    payload = item.task.payload();
    attempt = item.attempts;
    endNanos = partition.lane().clientsLeaseEnd(partition.store().nanoTime());
  }

  @Override
  public String taskId() {
    return item.task.id();
  }

  @Override
  public byte[] payload() {
    return payload;
  }

  @Override
  public Map<String, String> headers() {
    return item.task.headers();
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Instant storedAt() {
    return Instant.EPOCH;
  }

  @Override
  public long endNanos() {
    return endNanos;
  }

  @Override
  public CompletableFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    try {
      synchronized (partition.store()) {
        perform(action, partition.store().nanoTime());
      }
    } catch (TaskQueueException e) {
      return DriverFuture.failed(completion, e);
    }
    partition.store().serve();
    return DriverFuture.done(completion, action.result());
  }

  private void perform(LeaseAction action, long now) {
    PlainLane lane = partition.lane();
    if (action instanceof LeaseAction.Nak nak) {
      lane.nak(item, nak.delay(), now);
    } else if (action instanceof LeaseAction.MoveToDeadLetters move) {
      lane.deadLetter(item, move.reason());
    } else if (action instanceof LeaseAction.Extend) {
      lane.extend(item, now);
    } else {
      lane.ack(item, attempt);
    }
  }
}
