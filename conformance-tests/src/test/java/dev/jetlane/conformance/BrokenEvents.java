// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Queues with one fault each in the events of their listeners. */
final class BrokenEvents {

  private BrokenEvents() {}

  /** A queue whose listeners are called by this code. */
  static BrokenHarness.Opening telling(UnaryOperator<QueueListener> breaking) {
    return (harness, config, listeners) ->
        harness.open(config, listeners.stream().map(breaking).toList());
  }

  static QueueListener duplicatesLookNew(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void pushed(QueueEvent.Pushed event) {
        super.pushed(new QueueEvent.Pushed(event.partition(), event.taskId(), false));
      }
    };
  }

  static QueueListener refusalsAreSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void pushFailed(QueueEvent.PushFailed event) {}
    };
  }

  static QueueListener redeliveriesAreSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void redelivered(QueueEvent.Redelivered event) {}
    };
  }

  static QueueListener acksAreToldTwice(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void acked(QueueEvent.Acked event) {
        super.acked(event);
        super.acked(event);
      }
    };
  }

  static QueueListener timeStandsStill(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void acked(QueueEvent.Acked event) {
        super.acked(
            new QueueEvent.Acked(event.delivery(), event.late(), Duration.ZERO, event.took()));
      }

      @Override
      public void givenBack(QueueEvent.GivenBack event) {
        super.givenBack(
            new QueueEvent.GivenBack(event.delivery(), event.delay(), Duration.ZERO, event.took()));
      }
    };
  }

  static QueueListener lateLooksInTime(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void acked(QueueEvent.Acked event) {
        super.acked(new QueueEvent.Acked(event.delivery(), false, event.held(), event.took()));
      }
    };
  }

  static QueueListener lossIsToldTwice(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void leaseLost(QueueEvent.LeaseLost event) {
        super.leaseLost(event);
        super.leaseLost(event);
      }
    };
  }

  static QueueListener warningsAreToldTwice(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void warned(QueueEvent.Warned event) {
        super.warned(event);
        super.warned(event);
      }
    };
  }

  static QueueListener usedUpIsSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public void exhausted(QueueEvent.Exhausted event) {}
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

  static QueueListener handlersAreSilent(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public Handling handling(Delivery delivery) {
        return Handling.NONE;
      }
    };
  }

  static QueueListener handlersLookWell(QueueListener listener) {
    return new DelegatingListener(listener) {
      @Override
      public Handling handling(Delivery delivery) {
        Handling handling = super.handling(delivery);
        return new Handling() {
          @Override
          public void left() {
            handling.left();
          }

          @Override
          public void ended(@Nullable Throwable failure) {
            handling.ended(null);
          }
        };
      }
    };
  }

  /** Pushes and acks are reported with the next event. */
  static QueueListener toldLater(QueueListener listener) {
    List<Runnable> later = new CopyOnWriteArrayList<>();
    return new DelegatingListener(listener) {
      @Override
      public void pushed(QueueEvent.Pushed event) {
        tellTheRest();
        later.add(() -> super.pushed(event));
      }

      @Override
      public void pulled(QueueEvent.Pulled event) {
        tellTheRest();
        super.pulled(event);
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
            public void pulled(QueueEvent.Pulled event) {
              all.forEach(each -> each.pulled(event));
            }
          };
        };
    return telling(breaking);
  }

  /** An exception of a listener reaches the producer. */
  static TaskQueue mayNotThrow(Harness harness, QueueConfig config, List<QueueListener> listeners) {
    return new DelegatingQueue(
        harness.open(config),
        Layers.ofPartition(
            partition ->
                new DelegatingPartition(partition) {
                  @Override
                  public PushReceipt push(Task task) {
                    PushReceipt receipt = super.push(task);
                    QueueEvent.Pushed event =
                        new QueueEvent.Pushed(name(), receipt.taskId(), receipt.duplicate());
                    listeners.forEach(listener -> listener.pushed(event));
                    return receipt;
                  }
                }));
  }

  /** The loss of a lease is reported although the queue was closed before it. */
  static TaskQueue closedTellsOfLosses(
      Harness harness, QueueConfig config, List<QueueListener> listeners) {
    return deliveries(
        harness.open(config, listeners),
        delivery ->
            new DelegatingDelivery(delivery) {
              @Override
              public void close() {
                if (leaseExpired()) {
                  QueueEvent.LeaseLost event = new QueueEvent.LeaseLost(this);
                  listeners.forEach(listener -> listener.leaseLost(event));
                }
                super.close();
              }
            });
  }

  /** Of two concurrent acks the losing one is reported, too. */
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
                  QueueEvent.Acked event =
                      new QueueEvent.Acked(this, false, Duration.ZERO, Duration.ZERO);
                  listeners.forEach(listener -> listener.acked(event));
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
