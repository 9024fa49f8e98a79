// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import java.util.ArrayList;
import java.util.List;

/** Plain queues with faults in pulls, wake-ups and counts. */
public final class BrokenPulls {

  private BrokenPulls() {}

  /** A pull that returns one task more than requested. */
  public static PlainTasks oneTooMany(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> take(int max, long maxBytes, long now) {
        return super.take(max + 1, maxBytes, now);
      }
    };
  }

  /** A pull that hands out one task at a time. */
  public static PlainTasks oneAtATime(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> take(int max, long maxBytes, long now) {
        return super.take(1, maxBytes, now);
      }
    };
  }

  /** A waiting pull that does not notice a push. */
  public static PlainTasks pushDoesNotWake(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        return outstanding() == 0 ? List.of() : super.takeWoken(max, maxBytes, now);
      }
    };
  }

  /** A waiting pull that does not notice a nak. */
  public static PlainTasks nakDoesNotWake(QueueConfig config) {
    return new PlainTasks(config) {
      private boolean given;

      @Override
      void giveBack(Item item) {
        super.giveBack(item);
        given = true;
      }

      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        return given ? List.of() : super.takeWoken(max, maxBytes, now);
      }
    };
  }

  /** A waiting pull that does not notice the end of a lease. */
  public static PlainTasks expiryDoesNotWake(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        boolean leased = out.stream().anyMatch(item -> !item.delayed && item.dueNanos <= now);
        return leased ? List.of() : super.takeWoken(max, maxBytes, now);
      }
    };
  }

  /** A waiting pull that does not notice the end of a delay. */
  public static PlainTasks delayDoesNotWake(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        boolean due = out.stream().anyMatch(item -> item.delayed && item.dueNanos <= now);
        return due ? List.of() : super.takeWoken(max, maxBytes, now);
      }
    };
  }

  /** A waiting pull that does not notice new room. */
  public static PlainTasks freedSlotDoesNotWake(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        return fresh.isEmpty() ? super.takeWoken(max, maxBytes, now) : List.of();
      }
    };
  }

  /** Only the first waiting pull ever receives tasks. */
  public static PlainTasks onlyOneIsWoken(QueueConfig config) {
    return new PlainTasks(config) {
      private boolean woken;

      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        if (woken) {
          return List.of();
        }
        List<Item> taken = super.takeWoken(max, maxBytes, now);
        woken = !taken.isEmpty();
        return taken;
      }
    };
  }

  /** A woken pull that takes only one task. */
  public static PlainTasks wokenTakesOne(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        return super.takeWoken(1, maxBytes, now);
      }
    };
  }

  /**
   * A pull that returned with a part of its tasks stays in the queue of requests: the next task is
   * leased to no worker.
   */
  public static PlainTasks servedPullStaysInLine(QueueConfig config) {
    return new PlainTasks(config) {
      private boolean inLine;

      @Override
      List<Item> takeWoken(int max, long maxBytes, long now) {
        List<Item> taken = super.takeWoken(max, maxBytes, now);
        inLine = !taken.isEmpty() && taken.size() < max;
        return taken;
      }

      @Override
      Push push(Task task, long now) {
        Push push = super.push(task, now);
        if (push == Push.STORED && inLine) {
          inLine = false;
          lease(fresh.removeLast(), now);
        }
        return push;
      }
    };
  }

  /** Of simultaneous deadlines the younger task is redelivered first. */
  public static PlainTasks tiesAreReversed(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      int dueOrder(Item a, Item b) {
        return a.dueNanos == b.dueNanos ? Long.compare(b.number, a.number) : super.dueOrder(a, b);
      }
    };
  }

  /** Leases that end half a second late. */
  public static PlainTasks lateByHalfASecond(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void expire(long now) {
        super.expire(now - 500_000_000);
      }
    };
  }

  /** Expired leases are redelivered in the order of the pushes. */
  public static PlainTasks dueByAge(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      int dueOrder(Item a, Item b) {
        return a.delayed || b.delayed ? super.dueOrder(a, b) : Long.compare(a.number, b.number);
      }
    };
  }

  /** Delayed tasks are redelivered in the order of the pushes. */
  public static PlainTasks delaysByAge(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      int dueOrder(Item a, Item b) {
        return a.delayed && b.delayed ? Long.compare(a.number, b.number) : super.dueOrder(a, b);
      }
    };
  }

  /** Expired leases are redelivered before earlier naks. */
  public static PlainTasks expiredOvertake(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void comeBack(Item item) {
        back.addFirst(item);
      }
    };
  }

  /** An expired lease does not count as an attempt. */
  public static PlainTasks expiryDoesNotCount(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void comeBack(Item item) {
        super.comeBack(item);
        if (!item.delayed) {
          item.attempts--;
        }
      }
    };
  }

  /** The attempts of an expired task increase without pulls. */
  public static PlainTasks unservedLeasesCount(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void expire(long now) {
        long lease = config.lease().toNanos();
        out.stream()
            .filter(item -> !item.delayed && item.dueNanos <= now)
            .forEach(item -> item.attempts += (int) ((now - item.dueNanos) / lease));
        super.expire(now);
      }
    };
  }

  /** A second delivery with the remaining lease of the first one. */
  public static PlainTasks restOfTheLease(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      void lease(Item item, long now) {
        long left = item.dueNanos;
        super.lease(item, now);
        if (item.attempts > 1 && left > now) {
          item.dueNanos = left;
        }
      }
    };
  }

  /**
   * A task that is leased to two threads that pull one after the other. They alternate for a while,
   * so that such pulls happen with any scheduler.
   */
  public static PlainTasks lastLeaseIsShared(QueueConfig config) {
    return new PlainTasks(config) {
      private long turnsNanos = 300_000_000;
      private long askedNanos = System.nanoTime();
      private Item last;
      private Thread lastThread;

      @Override
      List<Item> take(int max, long maxBytes, long now) {
        Thread thread = Thread.currentThread();
        long sinceNanos = System.nanoTime() - askedNanos;
        askedNanos += sinceNanos;
        if (lastThread == thread && turnsNanos > 0) {
          turnsNanos -= sinceNanos;
          return new ArrayList<>();
        }
        List<Item> taken = super.take(max, maxBytes, now);
        if (!taken.isEmpty() && taken.size() < max && last != null && lastThread != thread) {
          taken.add(last);
        }
        if (!taken.isEmpty()) {
          last = taken.get(0);
          lastThread = thread;
        }
        return taken;
      }
    };
  }
}
