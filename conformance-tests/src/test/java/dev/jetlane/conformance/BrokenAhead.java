// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Prefetching pullers, and pullers that do not prefetch, with one fault each. */
final class BrokenAhead {

  /** More than any rule prefetches. */
  private static final int MORE = 10;

  private BrokenAhead() {}

  /** A prefetch that is ignored. */
  static Partition prefetchIsIgnored(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        return super.puller(options.withPrefetch(0));
      }
    };
  }

  /** One task more than the prefetch. */
  static Partition oneTooManyAhead(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        return super.puller(options.withPrefetch(options.prefetch() + 1));
      }
    };
  }

  /** The close of a puller gives the dead letters of its partition new deliveries. */
  static Partition closeRedrives(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        return new DelegatingPuller(super.puller(options)) {
          @Override
          public void close() {
            super.close();
            DeadLetters letters = partition.deadLetters();
            letters.list(MORE).forEach(letter -> letters.redrive(letter.id()));
          }
        };
      }
    };
  }

  /** Tasks that are leased as soon as they are pushed, for idle pullers. */
  static Partition leasesForTheIdle(Partition partition) {
    return new DelegatingPartition(partition) {
      private final List<Buffering> pullers = new ArrayList<>();

      @Override
      public Puller puller(PullOptions options) {
        Puller puller = super.puller(options.withPrefetch(0));
        if (options.prefetch() == 0) {
          return puller;
        }
        pullers.add(new Buffering(puller));
        return pullers.get(pullers.size() - 1);
      }

      @Override
      public PushReceipt push(Task task) {
        PushReceipt receipt = super.push(task);
        pullers.forEach(Buffering::fill);
        return receipt;
      }
    };
  }

  /** A buffer that hands out the last task first. */
  static Puller bufferIsAStack(Puller puller) {
    return new Buffering(puller) {
      @Override
      Delivery next() {
        return buffer.removeLast();
      }
    };
  }

  /** A buffer that does not check its leases. */
  static Puller handsOutWhatRanOut(Puller puller) {
    return new Buffering(puller);
  }

  /** A pull that costs an attempt after a pull that returned no task. */
  static Puller waitingCostsAnAttempt(Puller puller) {
    return new DelegatingPuller(puller) {
      private boolean inVain;

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        boolean before = inVain;
        inVain = true;
        List<Delivery> got = super.pull(max, wait);
        inVain = got.isEmpty();
        if (before && !inVain) {
          got.forEach(Delivery::nak);
          return super.pull(max, wait);
        }
        return got;
      }
    };
  }

  /** A buffer whose give-back counts as a failure. */
  static Puller closeNaks(Puller puller) {
    return new Buffering(puller) {
      @Override
      public void close() {
        buffer.forEach(Delivery::nak);
        super.close();
      }
    };
  }

  /** A close that drops the task that a waiting pull has just received. */
  static Puller closeDropsWhatCame(Puller puller) {
    return new DelegatingPuller(puller) {
      private final Gap gap = new Gap();
      private volatile boolean closed;

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = super.pull(max, wait);
        if (!got.isEmpty()) {
          gap.open();
        }
        if (closed) {
          throw new QueueClosedException("closed", null);
        }
        return got;
      }

      @Override
      public void close() {
        closed = true;
        gap.open();
        super.close();
      }
    };
  }

  /** A puller with a buffer of its own. */
  private static class Buffering extends DelegatingPuller {
    final Deque<Delivery> buffer = new ArrayDeque<>();

    Buffering(Puller puller) {
      super(puller);
    }

    @Override
    public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
      if (buffer.isEmpty()) {
        buffer.addAll(super.pull(max + MORE, wait));
      }
      List<Delivery> got = new ArrayList<>();
      while (got.size() < max && !buffer.isEmpty()) {
        got.add(next());
      }
      return got;
    }

    Delivery next() {
      return buffer.removeFirst();
    }

    void fill() {
      try {
        buffer.addAll(super.pull(MORE, Duration.ZERO));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
