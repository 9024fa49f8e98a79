// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Partitions with one fault each. */
final class BrokenPartitions {

  private BrokenPartitions() {}

  /** A count that clears an interrupt. */
  static Partition swallowsInterrupts(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        boolean unused = Thread.interrupted();
        return super.stats();
      }
    };
  }

  /** An age that is requested after the counts, which create a deleted partition. */
  static Partition countsForTheAge(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Optional<Duration> oldestAge() {
        Stats unused = super.stats();
        return super.oldestAge();
      }
    };
  }

  /** A count that does not release a lock. */
  static Partition keepsItsLock(Partition partition) {
    ReentrantLock lock = new ReentrantLock();
    return new DelegatingPartition(partition) {
      @Override
      public Optional<Duration> oldestAge() {
        lock.lock();
        return super.oldestAge();
      }

      @Override
      public Stats stats() {
        lock.lock();
        try {
          return super.stats();
        } finally {
          lock.unlock();
        }
      }
    };
  }

  /** A batch whose last task is not reported. */
  static Partition reportIsShort(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReport pushAll(List<Task> tasks) {
        List<PushOutcome> outcomes = super.pushAll(tasks).outcomes();
        return new PushReport(outcomes.subList(0, Math.max(0, outcomes.size() - 1)));
      }
    };
  }

  /** A batch that reports each task as stored. */
  static Partition refusedLooksStored(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReport pushAll(List<Task> tasks) {
        var unused = super.pushAll(tasks);
        return new PushReport(
            tasks.stream()
                .<PushOutcome>map(t -> new PushOutcome.Stored(new PushReceipt(t.id(), false)))
                .toList());
      }
    };
  }

  /** A batch that is checked while it is being sent. */
  static Partition batchIsCheckedOneByOne(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReport pushAll(List<Task> tasks) {
        List<PushOutcome> outcomes = new ArrayList<>();
        tasks.forEach(task -> outcomes.add(new PushOutcome.Stored(super.push(task))));
        return new PushReport(outcomes);
      }
    };
  }

  /** A push that fails on null with the wrong exception. */
  static Partition nullIsAnError(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        return super.push(Objects.requireNonNull(task));
      }
    };
  }

  /** A cancel that returns false for an invalid id. */
  static Partition badIdIsUnknown(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public boolean cancel(String taskId) {
        try {
          return super.cancel(taskId);
        } catch (InvalidInputException e) {
          return false;
        }
      }
    };
  }

  /** After a refused push the next one is confirmed and not stored. */
  static Partition refusalTakesTheNext(Partition partition) {
    return new DelegatingPartition(partition) {
      private boolean refused;

      @Override
      public PushReceipt push(Task task) {
        if (refused) {
          refused = false;
          return new PushReceipt(task.id(), false);
        }
        try {
          return super.push(task);
        } catch (InvalidInputException e) {
          refused = true;
          throw e;
        }
      }
    };
  }

  /** The headers count against the maximum payload. */
  static Partition headersCountAsPayload(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        int size = task.payloadSize() + task.headers().toString().length();
        Limits.checkPayloadSize(size, QueueConfig.defaults().maxPayloadBytes());
        return super.push(task);
      }
    };
  }

  /** A push to a closed queue that is dropped silently. */
  static Partition closedPushIsDropped(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (QueueClosedException e) {
          return new PushReceipt(task.id(), false);
        }
      }
    };
  }

  /** A partition that cannot be counted before its first task. */
  static Partition emptyCannotBeCounted(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        Stats stats = super.stats();
        if (stats.backlog() + stats.dead() == 0) {
          throw new QueueUnavailableException("no such partition", null);
        }
        return stats;
      }
    };
  }

  /** The count of ready tasks starts at zero for each client. */
  static Partition readyIsOneLess(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        Stats stats = super.stats();
        return new Stats(
            Math.max(0, stats.ready() - 1),
            stats.outstanding(),
            stats.redelivered(),
            stats.delayed(),
            stats.dead());
      }
    };
  }

  /** The count of outstanding tasks starts at zero for each client. */
  static Partition outstandingIsOneLess(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        Stats stats = super.stats();
        return new Stats(
            stats.ready(),
            Math.max(0, stats.outstanding() - 1),
            stats.redelivered(),
            stats.delayed(),
            stats.dead());
      }
    };
  }

  /** Dead letters that are not counted. */
  static Partition deadAreNotCounted(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        Stats stats = super.stats();
        return new Stats(
            stats.ready(), stats.outstanding(), stats.redelivered(), stats.delayed(), 0);
      }
    };
  }

  /** A push whose exception does not name its task. */
  static Partition errorsNameNoTask(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (QueueFullException e) {
          throw new QueueFullException("full", e);
        }
      }
    };
  }

  /** Asynchronous pushes: the first one of each thread is sent second. */
  static Partition firstAsyncPushWaits(Partition partition) {
    return new DelegatingPartition(partition) {
      private final Map<Thread, Task> firsts = new ConcurrentHashMap<>();
      private final Set<Thread> begun = ConcurrentHashMap.newKeySet();

      @Override
      public CompletableFuture<PushReceipt> pushAsync(Task task) {
        Thread thread = Thread.currentThread();
        if (begun.add(thread)) {
          firsts.put(thread, task);
          return CompletableFuture.completedFuture(new PushReceipt(task.id(), false));
        }
        CompletableFuture<PushReceipt> receipt = super.pushAsync(task);
        Task first = firsts.remove(thread);
        if (first != null) {
          super.push(first);
        }
        return receipt;
      }
    };
  }

  /** A partition whose prefetching pullers lease each pushed task, used or not. */
  static Partition idleFetchesAhead(Partition partition) {
    return new DelegatingPartition(partition) {
      private final List<Puller> ahead = new ArrayList<>();

      @Override
      public Puller puller(PullOptions options) {
        Puller puller = super.puller(options);
        if (options.prefetch() > 0) {
          ahead.add(puller);
        }
        return puller;
      }

      @Override
      public PushReceipt push(Task task) {
        PushReceipt receipt = super.push(task);
        ahead.forEach(BrokenPartitions::lease);
        return receipt;
      }
    };
  }

  /** Leases a task and drops it. */
  private static void lease(Puller puller) {
    try {
      puller.pull(1, Duration.ZERO);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
