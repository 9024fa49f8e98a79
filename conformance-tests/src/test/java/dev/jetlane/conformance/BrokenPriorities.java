// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Queues with faults in priorities. */
final class BrokenPriorities {

  private BrokenPriorities() {}

  /** Priorities that are ignored. */
  static Partition areIgnored(Partition partition) {
    return changing(partition, task -> task.withPriority(0));
  }

  /** A delayed task that is stored again without its priority. */
  static Partition delayLosesThem(Partition partition) {
    return changing(partition, task -> task.delay().isZero() ? task : task.withPriority(0));
  }

  /** Dead letters without the priority of their tasks. */
  static Partition lettersHaveNone(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public DeadLetters deadLetters() {
        return new BrokenFaults.DelegatingLetters(super.deadLetters()) {
          @Override
          public List<DeadLetter> list(int max) {
            return super.list(max).stream().map(BrokenPriorities::withoutPriority).toList();
          }
        };
      }
    };
  }

  private static DeadLetter withoutPriority(DeadLetter letter) {
    return new DeadLetter(
        letter.id(),
        letter.taskId(),
        letter.payload(),
        letter.headers(),
        0,
        letter.attempts(),
        letter.reason(),
        letter.time());
  }

  /** An id is known only in its own priority. */
  static Partition idsAreOfEach(Partition partition) {
    return changing(
        partition,
        task ->
            Task.of(task.id() + "@" + task.priority(), task.payload())
                .withPriority(task.priority()));
  }

  private static Partition changing(Partition partition, UnaryOperator<Task> change) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        return super.push(change.apply(task));
      }

      @Override
      public PushReport pushAll(List<Task> tasks) {
        return super.pushAll(tasks.stream().map(change).toList());
      }
    };
  }

  /** A priority that the queue does not have is taken for the lowest. */
  static Partition tooHighIsTheLowest(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (InvalidInputException e) {
          return super.push(task.withPriority(0));
        }
      }
    };
  }

  /** Redeliveries come before everything, whatever their priority. */
  static Puller redeliveriesOvertake(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = super.pull(max, wait);
        got.sort(Comparator.comparing(delivery -> delivery.attempt() > 1 ? 0 : 1));
        return got;
      }
    };
  }

  /** A redriven task that is delivered last. */
  static Partition redriveLosesThem(Partition partition) {
    Set<String> redriven = ConcurrentHashMap.newKeySet();
    Layers last =
        Layers.ofPuller(
            puller ->
                new DelegatingPuller(puller) {
                  @Override
                  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
                    List<Delivery> got = super.pull(max, wait);
                    got.sort(
                        Comparator.comparing(
                            delivery -> redriven.contains(delivery.taskId()) ? 1 : 0));
                    return got;
                  }
                });
    return new DelegatingPartition(partition, last) {
      @Override
      public DeadLetters deadLetters() {
        DeadLetters letters = super.deadLetters();
        letters.list(Limits.MAX_PULL).stream().map(DeadLetter::taskId).forEach(redriven::add);
        return letters;
      }
    };
  }

  /** A cancellation that searches only the lowest priority. */
  static Partition cancelsTheLowestOnly(Partition partition) {
    Set<String> higher = ConcurrentHashMap.newKeySet();
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        if (task.priority() > 0) {
          higher.add(task.id());
        }
        return super.push(task);
      }

      @Override
      public boolean cancel(String taskId) {
        return !higher.contains(taskId) && super.cancel(taskId);
      }
    };
  }

  /** One limit of two tasks for all priorities. */
  static Partition capacityIsOfAll(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        if (stats().backlog() >= 2) {
          throw new QueueFullException("full", null);
        }
        return super.push(task);
      }
    };
  }

  /** One limit of one outstanding task for all priorities. */
  static Partition outstandingIsOfAll(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        return new DelegatingPuller(super.puller(options)) {
          @Override
          public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
            return stats().outstanding() > 0 ? new ArrayList<>() : super.pull(1, wait);
          }
        };
      }
    };
  }

  /** Counts without the tasks that were pushed with a priority. */
  static Partition lowestIsCounted(Partition partition) {
    AtomicInteger higher = new AtomicInteger();
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        higher.addAndGet(Math.min(1, task.priority()));
        return super.push(task);
      }

      @Override
      public Stats stats() {
        Stats all = super.stats();
        long ready = Math.max(0, all.ready() - higher.get());
        return new Stats(ready, all.outstanding(), all.redelivered(), all.delayed(), all.dead());
      }
    };
  }

  /** The age of the oldest task is zero. */
  static Partition ageOfTheLast(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Optional<Duration> oldestAge() {
        return super.oldestAge().map(age -> Duration.ZERO);
      }
    };
  }

  /** The lower priorities never get their share. */
  static Harness shareIsForgotten() {
    return sharing(0);
  }

  /** The share of the lower priorities comes one task late. */
  static Harness shareIsSmaller() {
    return sharing(1);
  }

  private static Harness sharing(int late) {
    return new BrokenHarness(queue -> queue) {
      @Override
      public TaskQueue open(QueueConfig config) {
        QueueConfig none = config.withPriorities(config.priorities());
        boolean shares = config.lowEvery().isPresent() && late > 0;
        return super.open(shares ? none.withLowEvery(config.lowEvery().getAsInt() + late) : none);
      }
    };
  }

  /** As ArmoniK's adapter of SQS: a queue per priority, and the whole wait at each empty one. */
  static TaskQueue waitsAtEach(TaskQueue queue) {
    return oneByOne(queue, true);
  }

  /** Checks each priority, then waits at the lowest. */
  static TaskQueue waitsAtTheLowest(TaskQueue queue) {
    return oneByOne(queue, false);
  }

  private static TaskQueue oneByOne(TaskQueue queue, boolean waitsAtEach) {
    return new DelegatingQueue(queue) {
      @Override
      public Partition partition(String name) {
        List<Partition> all = new ArrayList<>();
        for (int i = 0; i < Limits.MAX_PRIORITIES; i++) {
          all.add(super.partition(name + "-" + i));
        }
        return new DelegatingPartition(all.get(0)) {
          @Override
          public PushReceipt push(Task task) {
            return all.get(task.priority()).push(task.withPriority(0));
          }

          @Override
          public Puller puller(PullOptions options) {
            return oneByOne(all.stream().map(each -> each.puller(options)).toList(), waitsAtEach);
          }
        };
      }
    };
  }

  private static Puller oneByOne(List<Puller> pullers, boolean waitsAtEach) {
    return new DelegatingPuller(pullers.get(0)) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        for (int i = pullers.size() - 1; i > 0; i--) {
          List<Delivery> got = pullers.get(i).pull(max, waitsAtEach ? wait : Duration.ZERO);
          if (!got.isEmpty()) {
            return got;
          }
        }
        return super.pull(max, wait);
      }
    };
  }
}
