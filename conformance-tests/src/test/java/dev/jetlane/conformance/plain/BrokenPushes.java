// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/** Plain queues with faults in pushes, ids and limits. */
public final class BrokenPushes {

  private BrokenPushes() {}

  /** A push that is confirmed and, every third time, not stored. */
  public static PlainTasks everyThirdIsLost(QueueConfig config) {
    return new PlainTasks(config) {
      private int pushes;

      @Override
      void store(Task task) {
        if (++pushes % 3 != 0) {
          super.store(task);
        }
      }
    };
  }

  /** Ids of which only the first three characters count. */
  public static PlainTasks idsAreCut(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean remembers(String id, long now) {
        return acceptedNanos.keySet().stream()
            .anyMatch(known -> known.startsWith(id.substring(0, 3)));
      }
    };
  }

  /** Ids that are ignored. */
  public static PlainTasks noDedup(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean remembers(String id, long now) {
        return false;
      }
    };
  }

  /** Ids that are remembered forever. */
  public static PlainTasks windowNeverEnds(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean remembers(String id, long now) {
        return acceptedNanos.containsKey(id);
      }
    };
  }

  /** An id that is unknown at the instant of its push. */
  public static PlainTasks dedupForgetsTheMoment(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean remembers(String id, long now) {
        return super.remembers(id, now) && acceptedNanos.get(id) != now;
      }
    };
  }

  /** A partition that holds one task less than it should. */
  public static PlainTasks fullTooSoon(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean full() {
        return fresh.size() + outstanding() >= config.maxTasks() - 1;
      }
    };
  }

  /** Settled tasks that still take room. */
  public static PlainTasks settledStillCount(QueueConfig config) {
    return new PlainTasks(config) {
      private int stored;

      @Override
      void store(Task task) {
        super.store(task);
        stored++;
      }

      @Override
      boolean full() {
        return stored >= config.maxTasks();
      }
    };
  }

  /** A full partition that does not check for duplicates. */
  public static PlainTasks fullBeforeDuplicate(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      Push push(Task task, long now) {
        return full() ? Push.FULL : super.push(task, now);
      }
    };
  }

  /** The count of outstanding tasks never decreases. */
  public static PlainTasks slotsAreNotFreed(QueueConfig config) {
    return new PlainTasks(config) {
      private int taken;

      @Override
      boolean mayTakeNew() {
        return taken < config.maxOutstanding();
      }

      @Override
      void lease(Item item, long now) {
        super.lease(item, now);
        taken++;
      }
    };
  }

  /** A limit that stops redeliveries, too. */
  public static PlainTasks limitBlocksRedelivery(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      Item next() {
        return mayTakeNew() ? super.next() : null;
      }
    };
  }

  /** Ids of all partitions in one window. */
  public static Function<QueueConfig, PlainTasks> dedupAcrossPartitions() {
    Set<String> everywhere = new HashSet<>();
    return config ->
        new PlainTasks(config) {
          @Override
          boolean remembers(String id, long now) {
            return everywhere.contains(id);
          }

          @Override
          void store(Task task) {
            super.store(task);
            everywhere.add(task.id());
          }
        };
  }
}
