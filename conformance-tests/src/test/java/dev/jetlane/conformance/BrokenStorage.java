// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Faults in the storage that clients share; most of them need several threads. */
final class BrokenStorage {

  private BrokenStorage() {}

  /** The settings of the first client apply, whatever the others request. */
  static Harness driftIsIgnored() {
    return new BrokenHarness(queue -> queue) {
      private @Nullable QueueConfig first;

      @Override
      public TaskQueue open(QueueConfig config) {
        first = first == null ? config : first;
        return super.open(first);
      }
    };
  }

  /** The dedup window and the maximum of tasks are those of the first client. */
  static Harness queueDriftIsIgnored() {
    return new BrokenHarness(queue -> queue) {
      private @Nullable QueueConfig first;

      @Override
      public TaskQueue open(QueueConfig config) {
        first = first == null ? config : first;
        return super.open(
            config.withDedupWindow(first.dedupWindow()).withMaxTasks(first.maxTasks()));
      }
    };
  }

  /** A difference of any setting is refused. */
  static Harness ownSettingsAreDrift() {
    return new BrokenHarness(queue -> queue) {
      private @Nullable QueueConfig first;

      @Override
      public TaskQueue open(QueueConfig config) {
        first = first == null ? config : first;
        if (!first.equals(config)) {
          throw new ConfigDriftException(config + " instead of " + first, null);
        }
        return super.open(config);
      }
    };
  }

  /** The first client decides the share of the lower priorities. */
  static Harness lowEveryIsOfTheFirst() {
    return new BrokenHarness(queue -> queue) {
      private @Nullable QueueConfig first;

      @Override
      public TaskQueue open(QueueConfig config) {
        first = first == null ? config : first;
        return super.open(first.lowEvery().equals(config.lowEvery()) ? config : first);
      }
    };
  }

  /** Partitions that only the first client can open. */
  static Harness secondCreatorFails() {
    Map<String, TaskQueue> creators = new ConcurrentHashMap<>();
    return new BrokenHarness(
        queue ->
            new DelegatingQueue(queue) {
              @Override
              public Partition partition(String name) {
                if (creators.computeIfAbsent(name, n -> this) != this) {
                  throw new QueueUnavailableException(name + " is there already", null);
                }
                return super.partition(name);
              }
            });
  }

  /** All readers share one array for the payload of a task. */
  static Harness payloadsAreShared() {
    Map<String, byte[]> payloads = new ConcurrentHashMap<>();
    return BrokenHarness.of(
        Layers.ofDelivery(
            delivery ->
                new DelegatingDelivery(delivery) {
                  @Override
                  public byte[] payload() {
                    return payloads.computeIfAbsent(taskId(), id -> super.payload());
                  }
                }));
  }

  /** A settlement that checks whether it is the first, and then settles. */
  static Delivery settlesInTwoSteps(Delivery delivery) {
    Gap gap = new Gap();
    return new DelegatingDelivery(delivery) {
      private volatile boolean settled;

      @Override
      public Settlement ack() {
        return settle(super::ack);
      }

      @Override
      public Settlement nak() {
        return settle(super::nak);
      }

      private Settlement settle(Runnable send) {
        if (settled) {
          return Settlement.ALREADY_SETTLED;
        }
        gap.open();
        settled = true;
        send.run();
        return Settlement.SETTLED;
      }
    };
  }

  /** A buffer of all pullers that is read and emptied in two steps. */
  static Harness oneBufferForAll() {
    Gap gap = new Gap();
    Queue<Delivery> buffer = new ConcurrentLinkedQueue<>();
    return BrokenHarness.of(
        Layers.ofPuller(
            puller ->
                new DelegatingPuller(puller) {
                  @Override
                  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
                    if (buffer.isEmpty()) {
                      buffer.addAll(super.pull(20, wait));
                    }
                    Delivery first = buffer.peek();
                    gap.open();
                    buffer.poll();
                    return first == null ? new ArrayList<>() : new ArrayList<>(List.of(first));
                  }
                }));
  }

  /** A push that checks whether its id is known, and then stores. */
  static Harness looksForDuplicatesFirst() {
    Gap gap = new Gap();
    Set<String> known = ConcurrentHashMap.newKeySet();
    return BrokenHarness.of(
        Layers.ofPartition(
            partition ->
                new DelegatingPartition(partition) {
                  @Override
                  public PushReceipt push(Task task) {
                    boolean duplicate = known.contains(task.id());
                    gap.open();
                    known.add(task.id());
                    super.push(task);
                    return new PushReceipt(task.id(), duplicate);
                  }
                }));
  }

  /** A push that checks whether there is room, and then stores. */
  static Harness looksForRoomFirst() {
    Gap gap = new Gap();
    return new BrokenHarness(queue -> queue) {
      @Override
      public TaskQueue open(QueueConfig config) {
        TaskQueue unlimited = super.open(config.withMaxTasks(QueueConfig.UNLIMITED));
        return new DelegatingQueue(
            unlimited,
            Layers.ofPartition(partition -> pushesInTwoSteps(partition, config.maxTasks(), gap)));
      }
    };
  }

  private static Partition pushesInTwoSteps(Partition partition, int limit, Gap gap) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        if (stats().backlog() >= limit) {
          throw new QueueFullException("full", null);
        }
        gap.open();
        return super.push(task);
      }
    };
  }

  /** A pull that checks the number of outstanding tasks, and then leases. */
  static Harness looksForSlotsFirst() {
    Gap gap = new Gap();
    return new BrokenHarness(queue -> queue) {
      @Override
      public TaskQueue open(QueueConfig config) {
        TaskQueue unlimited = super.open(config.withMaxOutstanding(1_000));
        return new DelegatingQueue(
            unlimited,
            Layers.ofPartition(
                partition -> pullsInTwoSteps(partition, config.maxOutstanding(), gap)));
      }
    };
  }

  private static Partition pullsInTwoSteps(Partition partition, int limit, Gap gap) {
    return new DelegatingPartition(
        partition,
        Layers.ofPuller(
            puller ->
                new DelegatingPuller(puller) {
                  @Override
                  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
                    int free = limit - (int) partition.stats().outstanding();
                    gap.open();
                    return free <= 0 ? new ArrayList<>() : super.pull(Math.min(max, free), wait);
                  }
                }));
  }
}
