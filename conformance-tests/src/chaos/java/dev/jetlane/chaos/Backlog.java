// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Many tasks in one partition. Counts the confirmed and the delivered ones, and does not record
 * each.
 */
final class Backlog {

  private static final int BATCH = 1_000;
  private static final int PREFETCH = 2_000;
  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final String PRODUCER = "b";

  private final int size;
  final BitSet confirmed;
  final BitSet done;
  int unexpected;
  int duplicated;
  int redelivered;

  Backlog(int size) {
    this.size = size;
    confirmed = new BitSet(size);
    done = new BitSet(size);
  }

  /** Pushes the numbers from the first to the one before the second, each until it is confirmed. */
  void push(Partition partition, int from, int to) {
    for (int start = from; start < to; start += BATCH) {
      List<Task> tasks = new ArrayList<>();
      for (int i = start; i < Math.min(to, start + BATCH); i++) {
        String id = ChaosQueues.taskId(0, PRODUCER, i);
        tasks.add(Task.of(id, ChaosQueues.payload(id)));
      }
      while (!partition.pushAll(tasks).allStored()) {
        // Push again with the same ids.
      }
      confirmed.set(start, Math.min(to, start + BATCH));
    }
  }

  /** Pulls and acks this number of tasks, or until no more come. */
  void drain(Partition partition, int count) throws InterruptedException {
    int before = done.cardinality();
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(PREFETCH))) {
      int empty = 0;
      while (done.cardinality() - before < count && empty < 5) {
        List<Delivery> deliveries;
        try {
          deliveries = puller.pull(BATCH, WAIT);
        } catch (TaskQueueException e) {
          empty++;
          continue;
        }
        empty = deliveries.isEmpty() ? empty + 1 : 0;
        settle(deliveries);
      }
    }
  }

  int lost() {
    BitSet lost = (BitSet) confirmed.clone();
    lost.andNot(done);
    return lost.cardinality();
  }

  private void settle(List<Delivery> deliveries) {
    List<CompletableFuture<Settlement>> acks = new ArrayList<>();
    deliveries.forEach(delivery -> acks.add(delivery.ackAsync()));
    for (int i = 0; i < acks.size(); i++) {
      int number = number(deliveries.get(i).taskId());
      if (number < 0) {
        unexpected++;
        continue;
      }
      redelivered += deliveries.get(i).attempt() > 1 ? 1 : 0;
      if (isSettled(acks.get(i))) {
        duplicated += done.get(number) ? 1 : 0;
        done.set(number);
      }
    }
  }

  private static boolean isSettled(CompletableFuture<Settlement> ack) {
    try {
      return ack.join() != Settlement.ALREADY_SETTLED;
    } catch (CompletionException e) {
      // An unknown outcome counts as done: if the ack had no effect, the task is redelivered.
      return e.getCause() instanceof OutcomeUnknownException;
    }
  }

  private int number(String taskId) {
    String prefix = ChaosQueues.taskId(0, PRODUCER, 0);
    prefix = prefix.substring(0, prefix.length() - 1);
    if (!taskId.startsWith(prefix)) {
      return -1;
    }
    int number = Integer.parseInt(taskId.substring(prefix.length()));
    return number < size && confirmed.get(number) ? number : -1;
  }
}
