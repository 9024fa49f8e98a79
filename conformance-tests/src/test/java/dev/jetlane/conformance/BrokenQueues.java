// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetters;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients with one fault each. */
final class BrokenQueues {

  private static final AtomicInteger CLIENTS = new AtomicInteger();

  private BrokenQueues() {}

  /** An opening that sends a request each time. */
  static TaskQueue asksAtEachOpening(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Partition partition(String name) {
        Partition opened = super.partition(name);
        var unused = opened.stats();
        return opened;
      }
    };
  }

  /** A client whose health has no texts. */
  static TaskQueue hidesProblems(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Health health() {
        Health health = super.health();
        return new Health(health.live(), health.ready(), List.of());
      }
    };
  }

  /** Pushes that all go to one partition. */
  static TaskQueue crossTalk(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Partition partition(String name) {
        Partition first = super.partition("p0");
        return new DelegatingPartition(super.partition(name)) {
          @Override
          public PushReceipt push(Task task) {
            return first.push(task);
          }
        };
      }
    };
  }

  /** Dead letters that appear in all partitions. */
  static TaskQueue deadLettersAreShared(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Partition partition(String name) {
        Partition first = super.partition("p0");
        return new DelegatingPartition(super.partition(name)) {
          @Override
          public DeadLetters deadLetters() {
            return first.deadLetters();
          }
        };
      }
    };
  }

  /** Each client has partitions of its own. */
  static TaskQueue partitionsAreTheClients(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      private final String own = "-" + CLIENTS.incrementAndGet();

      @Override
      public Partition partition(String name) {
        return super.partition(name + own);
      }
    };
  }

  /** Partition names in lower case. */
  static TaskQueue namesAreLowered(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Partition partition(String name) {
        return super.partition(name.toLowerCase(Locale.ROOT));
      }
    };
  }

  /** A bad name that is corrected instead of refused. */
  static TaskQueue badNamesAreMended(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Partition partition(String name) {
        String mended = name.replaceAll("[^A-Za-z0-9_-]", "_") + "_";
        return super.partition(mended.substring(0, Math.min(mended.length(), 64)));
      }
    };
  }

  /** A queue that is always healthy. */
  static TaskQueue alwaysHealthy(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Health health() {
        return Health.up();
      }
    };
  }

  /** A queue that is not ready for an interrupted thread. */
  static TaskQueue interruptedIsNotReady(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public Health health() {
        return Thread.currentThread().isInterrupted()
            ? new Health(true, false, List.of("interrupted"))
            : super.health();
      }
    };
  }

  /** Attempts that each client counts separately. */
  static TaskQueue clientCountsAttempts(TaskQueue queue) {
    Map<String, Integer> attempts = new ConcurrentHashMap<>();
    Layers counting =
        Layers.ofDelivery(
            delivery -> {
              int attempt = attempts.merge(delivery.taskId(), 1, Integer::sum);
              return new DelegatingDelivery(delivery) {
                @Override
                public int attempt() {
                  return attempt;
                }
              };
            });
    return new DelegatingQueue(queue, counting);
  }

  /** A client whose thread continues for a while after the close. */
  static TaskQueue leavesAThread(TaskQueue queue) {
    Thread thread =
        new Thread(
            () -> {
              try {
                new CountDownLatch(1).await(10, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "left-behind");
    thread.setDaemon(true);
    thread.start();
    return new DelegatingQueue(queue);
  }
}
