// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Pullers with one fault each. */
final class BrokenPullers {

  private BrokenPullers() {}

  /** A pull that adds a task of its own. */
  static Puller makesUpTasks(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = super.pull(max, wait);
        if (!got.isEmpty() && got.size() < max) {
          got.add(madeUp(got.get(0)));
        }
        return got;
      }
    };
  }

  /** A puller without a bound of bytes. */
  static Partition anyNumberOfBytes(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        return super.puller(options.withMaxBytes(Limits.MAX_PULL_BYTES));
      }
    };
  }

  /** An empty pull that returns the last task again. */
  static Puller repeatsTheLast(Puller puller) {
    return new DelegatingPuller(puller) {
      private List<Delivery> last = List.of();

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = super.pull(max, wait);
        if (got.isEmpty()) {
          return new ArrayList<>(last);
        }
        last = List.copyOf(got);
        return got;
      }
    };
  }

  /** A pull that does not wait. */
  static Puller doesNotWait(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        return super.pull(max, Duration.ZERO);
      }
    };
  }

  /** An interrupted pull that returns an empty list. */
  static Puller swallowsInterrupts(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        try {
          return super.pull(max, wait);
        } catch (InterruptedException e) {
          return new ArrayList<>();
        }
      }
    };
  }

  /** A pull with tasks that clears the interrupt. */
  static Puller forgetsInterrupts(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got;
        try {
          got = super.pull(max, wait);
        } catch (InterruptedException e) {
          got = super.pull(max, wait); // A task that arrives now hides the interrupt.
        }
        boolean unused = Thread.interrupted();
        return got;
      }
    };
  }

  /** An interrupted pull takes a task, which no worker has. */
  static Puller interruptedTakes(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        try {
          return super.pull(max, wait);
        } catch (InterruptedException e) {
          var unused = super.pull(max, Duration.ZERO);
          throw e;
        }
      }
    };
  }

  /** A list that its caller cannot change. */
  static Puller listIsFixed(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        return List.copyOf(super.pull(max, wait));
      }
    };
  }

  /** A close that gives back tasks that workers still hold. */
  static Puller closeGivesAllBack(Puller puller) {
    return new DelegatingPuller(puller) {
      private final List<Delivery> handedOut = new ArrayList<>();

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = super.pull(max, wait);
        handedOut.addAll(got);
        return got;
      }

      @Override
      public void close() {
        handedOut.forEach(Delivery::close);
        super.close();
      }
    };
  }

  /** Prefetched tasks that stay leased until the lease ends. */
  static Puller prefetchedIsLost(Puller puller) {
    return new DelegatingPuller(puller) {
      private final Deque<Delivery> ahead = new ArrayDeque<>();

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        if (ahead.isEmpty()) {
          ahead.addAll(super.pull(max + 2, wait));
        }
        List<Delivery> got = new ArrayList<>();
        while (got.size() < max && !ahead.isEmpty()) {
          got.add(ahead.removeFirst());
        }
        return got;
      }
    };
  }

  /** A puller that keeps its prefetched tasks until it is closed. */
  static Puller idleHoldsOn(Puller puller) {
    return new DelegatingPuller(puller) {
      private final Deque<Delivery> ahead = new ArrayDeque<>();

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        List<Delivery> got = new ArrayList<>();
        while (got.size() < max && !ahead.isEmpty()) {
          got.add(ahead.removeFirst());
        }
        if (got.size() < max) {
          got.addAll(super.pull(max - got.size(), got.isEmpty() ? wait : Duration.ZERO));
          ahead.addAll(super.pull(1, Duration.ZERO));
        }
        return got;
      }

      @Override
      public void close() {
        ahead.forEach(Delivery::close);
        super.close();
      }
    };
  }

  /** A pull that ends silently when its puller is closed. */
  static Puller closedLooksEmpty(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        try {
          return super.pull(max, wait);
        } catch (QueueClosedException e) {
          return new ArrayList<>();
        }
      }
    };
  }

  /** A puller whose second close fails. */
  static Puller closesOnce(Puller puller) {
    return new DelegatingPuller(puller) {
      private boolean closed;

      @Override
      public void close() {
        if (closed) {
          throw new IllegalStateException("closed");
        }
        closed = true;
        super.close();
      }
    };
  }

  /** A size out of its range that is taken for the nearest allowed one. */
  static Puller badSizesAreMended(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        return super.pull(Math.min(Math.max(1, max), Limits.MAX_PULL), wait);
      }
    };
  }

  /** A buffer that is read and emptied in two steps. */
  static Puller buffersWithoutALock(Puller puller) {
    return new DelegatingPuller(puller) {
      private final Queue<Delivery> buffer = new ConcurrentLinkedQueue<>();
      private final Gap gap = new Gap();

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        if (buffer.isEmpty()) {
          buffer.addAll(super.pull(2, wait));
        }
        Delivery first = buffer.peek();
        gap.open();
        buffer.poll();
        return first == null ? new ArrayList<>() : new ArrayList<>(List.of(first));
      }
    };
  }

  /** A puller that does not recover from a failure. */
  static Puller staysBroken(Puller puller) {
    return new DelegatingPuller(puller) {
      private @Nullable QueueUnavailableException broken;

      @Override
      public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
        if (broken != null) {
          throw broken;
        }
        try {
          return super.pull(max, wait);
        } catch (QueueUnavailableException e) {
          broken = e;
          throw e;
        }
      }
    };
  }

  /** An asynchronous pull that does not wait. */
  static Puller asyncDoesNotWait(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
        return super.pullAsync(max, Duration.ZERO);
      }
    };
  }

  /** An asynchronous pull whose future its receiver can complete. */
  static Puller futureIsTheReceivers(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
        return super.pullAsync(max, wait).copy();
      }
    };
  }

  /** A cancelled pull whose request still receives a task. */
  static Puller cancelsTheFutureAlone(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
        CompletableFuture<List<Delivery>> waiting = super.pullAsync(max, wait);
        CompletableFuture<List<Delivery>> future =
            new CompletableFuture<>() {
              @Override
              public boolean cancel(boolean mayInterruptIfRunning) {
                complete(new ArrayList<>());
                return false;
              }
            };
        var unused = waiting.thenAccept(future::complete);
        return future;
      }
    };
  }

  private static Delivery madeUp(Delivery like) {
    return new DelegatingDelivery(like) {
      @Override
      public String taskId() {
        return "made-up";
      }

      @Override
      public byte[] payload() {
        return "made up".getBytes(StandardCharsets.US_ASCII);
      }
    };
  }
}
