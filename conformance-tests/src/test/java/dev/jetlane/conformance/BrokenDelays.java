// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Partitions with faults in delayed tasks and their counts. */
final class BrokenDelays {

  private BrokenDelays() {}

  /** Tasks that are due at the same instant are delivered in reverse order. */
  static Partition youngerIsDueFirst(Partition partition) {
    return new DelegatingPartition(partition) {
      private long pushed;

      @Override
      public PushReceipt push(Task task) {
        return super.push(task.withDelay(task.delay().minusNanos(++pushed)));
      }
    };
  }

  /** A delay that ends after half of its time. */
  static Partition comesEarly(Partition partition) {
    return changing(partition, task -> task.withDelay(task.delay().dividedBy(2)));
  }

  /** A delay without effect. */
  static Partition instantsAreIgnored(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        return super.push(task.withDelay(task.delay()));
      }
    };
  }

  /** A delay that is added twice. */
  static Partition comesLate(Partition partition) {
    return changing(partition, task -> task.withDelay(task.delay().multipliedBy(2)));
  }

  /** A delayed task that loses its headers when it is stored again. */
  static Partition headersAreLost(Partition partition) {
    return changing(partition, task -> task.withHeaders(Map.of()));
  }

  /** Delays of one length, so that tasks become due in the order of the pushes. */
  static Partition dueByAge(Partition partition) {
    return changing(partition, task -> task.withDelay(Duration.ofNanos(1)));
  }

  /** Delayed tasks that are stored under another id. */
  static Partition idsAreNew(Partition partition) {
    AtomicInteger number = new AtomicInteger();
    return changing(
        partition,
        task ->
            Task.of(task.id() + number.incrementAndGet(), task.payload()).withDelay(task.delay()));
  }

  private static Partition changing(Partition partition, UnaryOperator<Task> change) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        return super.push(task.delay().isZero() ? task : change.apply(task));
      }
    };
  }

  /**
   * A batch that counts all its tasks, not only the stored ones, against the limit of delayed
   * tasks.
   */
  static Partition batchesCountTheirList(Partition partition, int maxTasks) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReport pushAll(List<Task> tasks) {
        List<PushOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
          Task task = tasks.get(i);
          if (!task.delay().isZero() && i >= maxTasks) {
            outcomes.add(
                new PushOutcome.Refused(task.id(), new QueueFullException("the list", null)));
          } else {
            outcomes.addAll(super.pushAll(List.of(task)).outcomes());
          }
        }
        return new PushReport(outcomes);
      }
    };
  }

  /** A cancellation that removes nothing. */
  static Partition cancelDoesNothing(Partition partition) {
    return new DelegatingPartition(partition) {
      private final Set<String> delayed = ConcurrentHashMap.newKeySet();

      @Override
      public PushReceipt push(Task task) {
        delayed.add(task.delay().isZero() ? "" : task.id());
        return super.push(task);
      }

      @Override
      public boolean cancel(String taskId) {
        return delayed.remove(taskId);
      }
    };
  }

  /** A cancellation that always reports success. */
  static Partition cancelAlwaysSucceeds(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public boolean cancel(String taskId) {
        super.cancel(taskId);
        return true;
      }
    };
  }

  /** A cancellation that finds the task and removes it in two steps. */
  static Partition cancelsInTwoSteps(Partition partition) {
    Gap gap = new Gap();
    return new DelegatingPartition(partition) {
      @Override
      public boolean cancel(String taskId) {
        boolean there = stats().delayed() > 0;
        gap.open();
        super.cancel(taskId);
        return there;
      }
    };
  }

  /** A full partition that silently drops delayed tasks. */
  static Partition fullDropsDelayed(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (QueueFullException e) {
          if (task.delay().isZero()) {
            throw e;
          }
          return new PushReceipt(task.id(), false);
        }
      }
    };
  }

  /** Delayed tasks that are dropped if the partition is full when they are due. */
  static Partition dueIsDroppedWhenFull(Partition partition) {
    Queue<String> delayed = new ConcurrentLinkedQueue<>();
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        if (!task.delay().isZero()) {
          delayed.add(task.id());
        }
        return super.push(task);
      }

      @Override
      public Puller puller(PullOptions options) {
        if (stats().backlog() > 0) {
          delayed.forEach(this::cancel);
        }
        return super.puller(options);
      }
    };
  }

  /** Delays that only one client knows. */
  static TaskQueue clientsKeepDelays(TaskQueue queue) {
    Queue<Runnable> atTheEnd = new ConcurrentLinkedQueue<>();
    return new DelegatingQueue(
        queue,
        Layers.ofPartition(
            partition ->
                new DelegatingPartition(partition) {
                  @Override
                  public PushReceipt push(Task task) {
                    atTheEnd.add(() -> partition.cancel(task.id()));
                    return super.push(task);
                  }
                })) {
      @Override
      public void close() {
        atTheEnd.forEach(Runnable::run);
        atTheEnd.clear();
        super.close();
      }
    };
  }

  /** A redrive that waits for the delay of the first push again. */
  static Partition redriveIsDelayed(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public DeadLetters deadLetters() {
        DeadLetters letters = super.deadLetters();
        return new DeadLetters() {
          @Override
          public List<DeadLetter> list(int max) {
            return letters.list(max);
          }

          @Override
          public boolean redrive(String id) {
            DeadLetter letter = letters.list(1).get(0);
            letters.purge();
            push(Task.of(letter.taskId() + "'", "").withDelay(Duration.ofDays(1)));
            return true;
          }

          @Override
          public long purge() {
            return letters.purge();
          }
        };
      }
    };
  }

  /** The count of ready tasks is as old as the last count of delayed tasks. */
  static Partition dueTasksAreNowhere(Partition partition) {
    return new DelegatingPartition(partition) {
      private Stats before = new Stats(0, 0, 0);

      @Override
      public Stats stats() {
        Stats now = super.stats();
        long ready = now.delayed() < before.delayed() ? before.ready() : now.ready();
        before = now;
        return new Stats(ready, now.outstanding(), now.redelivered(), now.delayed(), now.dead());
      }
    };
  }

  /** Delayed tasks that are counted as ready. */
  static Partition delayedLookReady(Partition partition) {
    return counting(
        partition,
        s -> new Stats(s.ready() + s.delayed(), s.outstanding(), s.redelivered(), 0, s.dead()));
  }

  /** Redeliveries that are not counted. */
  static Partition redeliveredAreNotCounted(Partition partition) {
    return counting(
        partition, s -> new Stats(s.ready(), s.outstanding(), 0, s.delayed(), s.dead()));
  }

  private static Partition counting(Partition partition, UnaryOperator<Stats> change) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        return change.apply(super.stats());
      }
    };
  }

  /** The age of delivered tasks is lost. */
  static Partition ageOfTheReadyOnly(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Optional<Duration> oldestAge() {
        return stats().ready() == 0 ? Optional.empty() : super.oldestAge();
      }
    };
  }

  /** Each task appears an hour older than it is. */
  static Partition ageCountsTheDelay(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Optional<Duration> oldestAge() {
        return super.oldestAge().map(age -> age.plusHours(1));
      }
    };
  }
}
