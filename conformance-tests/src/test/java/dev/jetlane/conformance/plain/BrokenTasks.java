// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import java.time.Duration;

/** Plain queues with one fault each. */
public final class BrokenTasks {

  private BrokenTasks() {}

  /** An ack that does not remove the task. */
  public static PlainTasks ackDoesNotRemove(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void ack(Item item, int attempt) {}
    };
  }

  /** A lease that ends a tick too early. */
  public static PlainTasks expiresEarly(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void lease(Item item, long now) {
        super.lease(item, now);
        item.dueNanos -= 1;
      }
    };
  }

  /** A lease that never ends. */
  public static PlainTasks neverExpires(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void expire(long now) {}
    };
  }

  /** Tasks that are given back are delivered after new ones. */
  public static PlainTasks nakToTheBack(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void giveBack(Item item) {
        fresh.addLast(item);
      }
    };
  }

  /** The last nak is redelivered first. */
  public static PlainTasks nakOrderReversed(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void giveBack(Item item) {
        back.addFirst(item);
      }
    };
  }

  /** Attempts that are not counted. */
  public static PlainTasks attemptsNotCounted(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void lease(Item item, long now) {
        int before = item.attempts;
        super.lease(item, now);
        item.attempts = Math.max(1, before);
      }
    };
  }

  /** An extension that counts as an attempt. */
  public static PlainTasks extendCounts(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void extend(Item item, long now) {
        super.extend(item, now);
        item.attempts++;
      }
    };
  }

  /** An extension that is added to the remaining lease. */
  public static PlainTasks extendAdds(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void extend(Item item, long now) {
        item.dueNanos += config.lease().toNanos();
      }
    };
  }

  /** A delay that is ignored. */
  public static PlainTasks delayIgnored(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void nak(Item item, Duration delay, long now) {
        super.nak(item, Duration.ZERO, now);
      }
    };
  }

  /** A delayed nak that frees a place of the outstanding limit. */
  public static PlainTasks delayFreesItsSlot(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean mayTakeNew() {
        long held = out.stream().filter(item -> !item.delayed).count();
        return held + back.size() < config.maxOutstanding();
      }
    };
  }

  /** A full partition that makes room by dropping its oldest task. */
  public static PlainTasks dropsTheOldest(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean full() {
        if (super.full() && !fresh.isEmpty()) {
          fresh.removeFirst();
        }
        return super.full();
      }
    };
  }

  /** An id that is forgotten when its task is acked. */
  public static PlainTasks dedupForgetsOnAck(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void ack(Item item, int attempt) {
        super.ack(item, attempt);
        acceptedNanos.remove(item.task.id());
      }
    };
  }

  /** A duplicate that restarts the window. */
  public static PlainTasks duplicateProlongs(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean remembers(String id, long now) {
        boolean remembers = super.remembers(id, now);
        if (remembers) {
          acceptedNanos.put(id, now);
        }
        return remembers;
      }
    };
  }

  /** A dead letter that is dropped. */
  public static PlainTasks poisonIsDropped(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void storeLetter(Item item, String reason) {}
    };
  }

  /** A dead letter without the headers of its task. */
  public static PlainTasks lettersLoseHeaders(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void storeLetter(Item item, String reason) {
        Item bare = new Item(Task.of(item.task.id(), item.task.payload()), item.number);
        bare.storedNanos = item.storedNanos;
        bare.attempts = item.attempts;
        super.storeLetter(bare, reason);
      }
    };
  }

  /** A push that is delivered before earlier ones. */
  public static PlainTasks lastInFirstOut(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void store(Task task) {
        super.store(task);
        fresh.addFirst(fresh.removeLast());
      }
    };
  }
}
