// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Queues that are correct until a request or confirmation is lost. */
final class BrokenFaults {

  private BrokenFaults() {}

  /** A push without a confirmation counts as stored. */
  static Partition unknownPushIsStored(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (OutcomeUnknownException e) {
          return new PushReceipt(task.id(), false);
        }
      }
    };
  }

  /** A task that was stored without a confirmation is removed again. */
  static Partition unknownPushIsTakenBack(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (OutcomeUnknownException e) {
          takeBack();
          throw e;
        }
      }

      private void takeBack() {
        try (Puller puller = puller()) {
          puller.pull(1, Duration.ZERO).forEach(Delivery::ack);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }

  /** A push without a confirmation is sent again before the next pull. */
  static Partition unknownPushIsSentAgainLate(Partition partition) {
    List<Task> unknown = new ArrayList<>();
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        try {
          return super.push(task);
        } catch (OutcomeUnknownException e) {
          unknown.add(task);
          throw e;
        }
      }

      @Override
      public Puller puller(PullOptions options) {
        unknown.forEach(super::push);
        unknown.clear();
        return super.puller(options);
      }
    };
  }

  static Delivery unknownAckIsSettled(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        try {
          return super.ack();
        } catch (OutcomeUnknownException e) {
          return Settlement.SETTLED;
        }
      }
    };
  }

  /** A nak of unknown outcome: a second nak reports the task as settled. */
  static Delivery unknownNakLooksSettled(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement nak() {
        Settlement settlement = super.nak();
        return settlement == Settlement.OUTCOME_UNKNOWN ? Settlement.ALREADY_SETTLED : settlement;
      }
    };
  }

  static Delivery unknownNakIsRepeated(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement nak() {
        try {
          return super.nak();
        } catch (OutcomeUnknownException e) {
          return super.nak();
        }
      }
    };
  }

  static Delivery unknownExtensionCounts(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public boolean extend() {
        try {
          return super.extend();
        } catch (OutcomeUnknownException e) {
          return true;
        }
      }
    };
  }

  static Delivery unknownLetterIsStored(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement deadLetter(String reason) {
        try {
          return super.deadLetter(reason);
        } catch (OutcomeUnknownException e) {
          return Settlement.SETTLED;
        }
      }
    };
  }

  /** A redrive without a confirmation pushes the task itself. */
  static Partition unknownRedrivePushes(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public DeadLetters deadLetters() {
        return new DelegatingLetters(super.deadLetters()) {
          @Override
          public boolean redrive(String id) {
            try {
              return super.redrive(id);
            } catch (OutcomeUnknownException e) {
              push(Task.of("again-" + id, "payload"));
              throw e;
            }
          }
        };
      }
    };
  }

  /** A task is redriven only once; a later redrive only removes its letter. */
  static Partition redrivesATaskOnce(Partition partition) {
    Set<String> redriven = new HashSet<>();
    return new DelegatingPartition(partition) {
      @Override
      public DeadLetters deadLetters() {
        return new DelegatingLetters(super.deadLetters()) {
          @Override
          public boolean redrive(String id) {
            String task = list(9).get(0).taskId();
            return redriven.add(task) ? super.redrive(id) : purge() > 0;
          }
        };
      }
    };
  }

  /** After an unconfirmed cancellation a second one reports success. */
  static Partition unknownCancellationCounts(Partition partition) {
    Set<String> unknown = new HashSet<>();
    return new DelegatingPartition(partition) {
      @Override
      public boolean cancel(String taskId) {
        if (unknown.contains(taskId)) {
          return true;
        }
        try {
          return super.cancel(taskId);
        } catch (OutcomeUnknownException e) {
          unknown.add(taskId);
          throw e;
        }
      }
    };
  }

  /** A cancellation without a task to cancel has an unknown outcome. */
  static Partition cancellationOfNothingIsUnknown(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public boolean cancel(String taskId) {
        if (!super.cancel(taskId)) {
          throw new OutcomeUnknownException("whether " + taskId + " is cancelled", null);
        }
        return true;
      }
    };
  }

  /** A cancellation with a lost confirmation reports that there was no task to cancel. */
  static Partition unknownCancellationIsNone(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public boolean cancel(String taskId) {
        try {
          return super.cancel(taskId);
        } catch (OutcomeUnknownException e) {
          return false;
        }
      }
    };
  }

  /** Unknown tasks of a batch are reported as refused. */
  static Partition unknownOfABatchIsRefused(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReport pushAll(List<Task> tasks) {
        List<PushOutcome> outcomes = new ArrayList<>(super.pushAll(tasks).outcomes());
        outcomes.replaceAll(
            outcome ->
                outcome instanceof PushOutcome.Unknown unknown
                    ? new PushOutcome.Refused(unknown.taskId(), unknown.error())
                    : outcome);
        return new PushReport(outcomes);
      }
    };
  }

  /** A count of several exchanges uses the request timeout for each, so that it succeeds. */
  static Partition countsForLonger(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        try {
          return super.stats();
        } catch (QueueUnavailableException e) {
          return new Stats(0, 0, 0);
        }
      }
    };
  }

  /** A count that ran out of time starts again. */
  static Partition countsAgain(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Stats stats() {
        try {
          return super.stats();
        } catch (QueueUnavailableException e) {
          return super.stats();
        }
      }
    };
  }

  /** A puller that ran out of time for its priorities starts again. */
  static Partition opensPullersAgain(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        try {
          return super.puller(options);
        } catch (QueueUnavailableException e) {
          return super.puller(options);
        }
      }
    };
  }

  /** A priority that does not answer in time counts as empty. */
  static Partition looksAtOnePriority(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Optional<Duration> oldestAge() {
        try {
          return super.oldestAge();
        } catch (QueueUnavailableException e) {
          return Optional.empty();
        }
      }
    };
  }

  /** The first priority is resumed, and the others are reported as resumed. */
  static PartitionAdmin resumesOnePriority(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void resume() {
        try {
          super.resume();
        } catch (OutcomeUnknownException e) {
          // The time of the call has ended.
        }
      }
    };
  }

  /** A change without a confirmation counts as not made. */
  static Delivery unknownLetterIsUnavailable(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement deadLetter(String reason) {
        try {
          return super.deadLetter(reason);
        } catch (OutcomeUnknownException e) {
          throw new QueueUnavailableException("no answer", e);
        }
      }
    };
  }

  /** A close gives nothing back. */
  static Delivery closeDoesNothing(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public void close() {}
    };
  }

  /** A task whose letter could not be stored is given back. */
  static Delivery failedLetterGivesBack(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement deadLetter(String reason) {
        try {
          return super.deadLetter(reason);
        } catch (OutcomeUnknownException e) {
          super.close();
          throw e;
        }
      }
    };
  }

  /** A repetition of a refused redrive counts as done. */
  static Partition refusedRedriveIsForgotten(Partition partition) {
    Set<String> refused = new HashSet<>();
    return new DelegatingPartition(partition) {
      @Override
      public DeadLetters deadLetters() {
        return new DelegatingLetters(super.deadLetters()) {
          @Override
          public boolean redrive(String id) {
            if (refused.contains(id)) {
              return true;
            }
            try {
              return super.redrive(id);
            } catch (QueueFullException e) {
              refused.add(id);
              throw e;
            }
          }
        };
      }
    };
  }

  /** A handler that fails counts as one that returned. */
  static Partition failuresAreAcked(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        return super.work(
            delivery -> {
              try {
                handler.handle(delivery);
              } catch (IllegalStateException ignored) {
                // This is the fault.
              }
            },
            options);
      }
    };
  }

  /** Every second delayed task is dropped. */
  static Partition everySecondDelayIsDropped(Partition partition) {
    AtomicInteger delayed = new AtomicInteger();
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        boolean drop = !task.delay().isZero() && delayed.incrementAndGet() % 2 == 0;
        return drop ? new PushReceipt(task.id(), false) : super.push(task);
      }
    };
  }

  /** The lease of a delivery starts at its hand-over. */
  static Delivery leaseIsYoung(Delivery delivery) {
    Duration missing = Duration.ofSeconds(60).minus(delivery.leaseRemaining());
    return new DelegatingDelivery(delivery) {
      @Override
      public Duration leaseRemaining() {
        return super.leaseRemaining().plus(missing);
      }
    };
  }

  /** From its second pull on it leases more tasks than it hands out, and keeps them. */
  static Puller keepsWhatItTakes(Puller puller) {
    AtomicInteger pulls = new AtomicInteger();
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = super.pull(max, wait);
        if (max == 1 && pulls.incrementAndGet() > 1) {
          List<Delivery> unused = super.pull(3, Duration.ZERO);
        }
        return got;
      }
    };
  }

  /** The leases of many deliveries are extended too late. */
  static Delivery someLeasesEnd(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public boolean leaseExpired() {
        return super.leaseExpired() || taskId().equals("task-3-1") || taskId().equals("task-5-2");
      }
    };
  }

  static class DelegatingLetters implements DeadLetters {

    private final DeadLetters delegate;

    DelegatingLetters(DeadLetters delegate) {
      this.delegate = delegate;
    }

    @Override
    public List<DeadLetter> list(int max) {
      return delegate.list(max);
    }

    @Override
    public boolean redrive(String id) {
      return delegate.redrive(id);
    }

    @Override
    public long purge() {
      return delegate.purge();
    }
  }
}
