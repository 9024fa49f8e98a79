package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** Queues that tell their listeners something wrong, each in one way. */
final class BrokenEvents {

  private BrokenEvents() {}

  /** A queue whose listeners are called as this does it. */
  static BrokenHarness.Opening telling(UnaryOperator<QueueListener> breaking) {
    return (harness, config, listeners) ->
        harness.open(config, listeners.stream().map(breaking).toList());
  }

  static QueueListener duplicatesLookNew(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void pushed(String partition, String taskId, boolean duplicate) {
        super.pushed(partition, taskId, false);
      }
    };
  }

  static QueueListener refusalsAreSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void pushFailed(String partition, String taskId, TaskQueueException error) {}
    };
  }

  static QueueListener redeliveriesAreSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void redelivered(Delivery delivery) {}
    };
  }

  static QueueListener acksAreToldTwice(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void acked(Delivery delivery, boolean late, long heldNanos) {
        super.acked(delivery, late, heldNanos);
        super.acked(delivery, late, heldNanos);
      }
    };
  }

  static QueueListener timeStandsStill(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void acked(Delivery delivery, boolean late, long heldNanos) {
        super.acked(delivery, late, 0);
      }

      @Override
      public void naked(Delivery delivery, Duration delay, long heldNanos) {
        super.naked(delivery, delay, 0);
      }
    };
  }

  static QueueListener lateLooksInTime(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void acked(Delivery delivery, boolean late, long heldNanos) {
        super.acked(delivery, false, heldNanos);
      }
    };
  }

  static QueueListener lossIsToldTwice(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void leaseLost(Delivery delivery) {
        super.leaseLost(delivery);
        super.leaseLost(delivery);
      }
    };
  }

  static QueueListener usedUpIsSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void exhausted(String partition, String taskId) {}
    };
  }

  static QueueListener headersAreNotTaken(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public Task pushing(String partition, Task task) {
        super.pushing(partition, task);
        return task;
      }
    };
  }

  /** Pushes and acks are reported with the next event. */
  static QueueListener toldLater(QueueListener listener) {
    List<Runnable> later = new CopyOnWriteArrayList<>();
    return new DelegatingListener(listener) {
      @Override
      public void pushed(String partition, String taskId, boolean duplicate) {
        tellTheRest();
        later.add(() -> super.pushed(partition, taskId, duplicate));
      }

      @Override
      public void pulled(String partition, int tasks) {
        tellTheRest();
        super.pulled(partition, tasks);
      }

      private void tellTheRest() {
        later.forEach(Runnable::run);
        later.clear();
      }
    };
  }

  /** The listeners of all clients receive the pulls of any client. */
  static BrokenHarness.Opening allClientsReceivePulls() {
    List<QueueListener> all = new CopyOnWriteArrayList<>();
    UnaryOperator<QueueListener> breaking =
        listener -> {
          all.add(listener);
          return new DelegatingListener(listener) {
            @Override
            public void pulled(String partition, int tasks) {
              all.forEach(each -> each.pulled(partition, tasks));
            }
          };
        };
    return telling(breaking);
  }

  /** A listener that throws is met by the one who pushed. */
  static TaskQueue mayNotThrow(Harness harness, QueueConfig config, List<QueueListener> listeners) {
    return new DelegatingQueue(
        harness.open(config),
        Layers.ofPartition(
            partition ->
                new DelegatingPartition(partition) {
                  @Override
                  public PushReceipt push(Task task) {
                    PushReceipt receipt = super.push(task);
                    listeners.forEach(l -> l.pushed(name(), receipt.taskId(), receipt.duplicate()));
                    return receipt;
                  }
                }));
  }

  /** The loss of a lease is reported although the queue was closed before. */
  static TaskQueue closedTellsOfLosses(
      Harness harness, QueueConfig config, List<QueueListener> listeners) {
    return deliveries(
        harness.open(config, listeners),
        delivery ->
            new DelegatingDelivery(delivery) {
              @Override
              public void close() {
                if (leaseExpired()) {
                  listeners.forEach(listener -> listener.leaseLost(this));
                }
                super.close();
              }
            });
  }

  /** Of two concurrent acks the one that lost is reported, too. */
  static TaskQueue losersAreTold(
      Harness harness, QueueConfig config, List<QueueListener> listeners) {
    return deliveries(
        harness.open(config, listeners),
        delivery ->
            new DelegatingDelivery(delivery) {
              @Override
              public Settlement ack() {
                Settlement settlement = super.ack();
                if (settlement == Settlement.ALREADY_SETTLED) {
                  listeners.forEach(listener -> listener.acked(this, false, 0));
                }
                return settlement;
              }
            });
  }

  /** Workers whose calls are not reported. */
  static TaskQueue workersAreSilent(
      Harness harness, QueueConfig config, List<QueueListener> listeners) {
    TaskQueue silent = harness.open(config);
    return new DelegatingQueue(
        harness.open(config, listeners),
        Layers.ofPartition(
            partition ->
                new DelegatingPartition(partition) {
                  @Override
                  public Worker work(TaskHandler handler, WorkerOptions options) {
                    return silent.partition(name()).work(handler, options);
                  }
                }));
  }

  private static TaskQueue deliveries(TaskQueue queue, UnaryOperator<Delivery> breaking) {
    return new DelegatingQueue(queue, Layers.ofDelivery(breaking));
  }
}
