// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.DeadLetter;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import java.time.Duration;
import java.util.stream.Stream;

/** Plain queues that settle or dead-letter wrongly. */
public final class BrokenSettlements {

  private BrokenSettlements() {}

  /** A redrive that accepts every id. */
  public static PlainTasks knowsEveryLetter(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean hasLetter(String id) {
        return true;
      }

      @Override
      void redrive(String id) {
        if (super.hasLetter(id)) {
          super.redrive(id);
        }
      }
    };
  }

  /** An extension that does not reach the queue. */
  public static PlainTasks extendDoesNothing(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void extend(Item item, long now) {
        // The client assumes that it did.
      }
    };
  }

  /** A second lease that the keeper of the first holder extends. */
  public static PlainTasks settledIsKept(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void lease(Item item, long now) {
        super.lease(item, now);
        if (item.attempts > 1) {
          item.dueNanos += config.lease().dividedBy(2).toNanos();
        }
      }
    };
  }

  /** A last failure that becomes a dead letter only at the next pull. */
  public static PlainTasks lastFailureWaits(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void deadLetter(Item item, String reason) {
        if (reason.equals(DeadLetter.MAX_DELIVERIES)) {
          out.remove(item);
          back.addLast(item);
        } else {
          super.deadLetter(item, reason);
        }
      }
    };
  }

  /** A release of the last attempt that counts as a failure. */
  public static PlainTasks releasedIsBuried(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void putBack(Item item) {
        deadLetter(item, DeadLetter.MAX_DELIVERIES);
      }
    };
  }

  /** Exhausted tasks that no count includes until a pull finds them. */
  public static PlainTasks usedUpIsNotCounted(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      int outstanding() {
        return (int) Stream.concat(back.stream(), out.stream()).filter(i -> !usedUp(i)).count();
      }
    };
  }

  /** A nak that does not reach the queue. */
  public static PlainTasks nakWaitsForTheLease(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void giveBack(Item item) {
        out.add(item);
      }
    };
  }

  /** A nak that loses the task, unless the task becomes a dead letter. */
  public static PlainTasks nakLosesTheTask(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void giveBack(Item item) {
        if (usedUp(item)) {
          super.giveBack(item);
        }
      }
    };
  }

  /** A delay that does not end. */
  public static PlainTasks delayNeverEnds(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void nak(Item item, Duration delay, long now) {
        super.nak(item, delay.isZero() ? delay : Duration.ofDays(7), now);
      }
    };
  }

  /** An ack that is refused after another worker received the task. */
  public static PlainTasks staleAckIsRefused(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void ack(Item item, int attempt) {
        if (attempt != item.attempts) {
          throw new LeaseExpiredException("another worker has it", null);
        }
        super.ack(item, attempt);
      }
    };
  }

  /** An ack that fails for a removed task. */
  public static PlainTasks goneCannotBeAcked(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void ack(Item item, int attempt) {
        if (!out.contains(item) && !back.contains(item)) {
          throw new QueueUnavailableException("no such task", null);
        }
        super.ack(item, attempt);
      }
    };
  }

  /** A limit of deliveries that is one too high. */
  public static PlainTasks oneDeliveryTooMany(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean usedUp(Item item) {
        return item.attempts > config.maxDeliveries();
      }
    };
  }

  /** A dead letter that is stored twice. */
  public static PlainTasks deadTwice(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void deadLetter(Item item, String reason) {
        super.deadLetter(item, reason);
        dead.add(dead.get(dead.size() - 1));
      }
    };
  }

  /** A dead-lettered task whose lease still expires. */
  public static PlainTasks deadIsAlive(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void deadLetter(Item item, String reason) {
        storeLetter(item, reason);
      }
    };
  }

  /** A redriven task that keeps its attempts. */
  public static PlainTasks redriveKeepsAttempts(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void redrive(String id) {
        int attempts =
            dead.stream().filter(l -> l.id().equals(id)).findFirst().orElseThrow().attempts();
        super.redrive(id);
        fresh.peekLast().attempts = attempts;
      }
    };
  }

  /** A redrive that does not check for room. */
  public static PlainTasks redriveIntoFull(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean roomForRedrive() {
        return true;
      }
    };
  }

  /** Dead letters that are listed in reverse order. */
  public static PlainTasks youngestDeadFirst(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void storeLetter(Item item, String reason) {
        super.storeLetter(item, reason);
        dead.add(0, dead.remove(dead.size() - 1));
      }
    };
  }

  /** A purge that does not return its number of letters. */
  public static PlainTasks purgeSaysNothing(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      long purge() {
        super.purge();
        return 0;
      }
    };
  }
}
