package dev.jetlane.inmemory;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** Takes tasks out of a {@link PartitionState}; with prefetch, ahead of the pulls. */
final class InMemoryPuller implements Puller {

  private final InMemoryQueue queue;
  private final PartitionState state;
  private final Time time;

  /** Keeps the buffer full; null without prefetch. Its deliveries are the buffer. */
  private final @Nullable PullRequest standing;

  private final Set<PullRequest> blocked = new LinkedHashSet<>();
  private boolean closed;

  /** The caller holds the lock. */
  InMemoryPuller(InMemoryQueue queue, PartitionState state, int prefetch, long now) {
    this.queue = queue;
    this.state = state;
    time = queue.time;
    standing = prefetch == 0 ? null : request(prefetch, Time.NEVER, null);
    queue.opened(this);
    refill(now);
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    Limits.checkPullSize(max);
    Limits.checkWait(wait);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    queue.lock();
    try {
      requireOpen();
      long now = state.catchUp(time);
      List<Delivery> there = takeWhatIsThere(max, now);
      if (!there.isEmpty() || wait.isZero()) {
        return there;
      }
      return await(request(max, now + wait.toNanos(), standing), now);
    } finally {
      queue.unlock();
    }
  }

  @Override
  public void close() {
    queue.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      queue.closed(this);
      long now = state.catchUp(time);
      for (PullRequest request : blocked) {
        request.closed = true;
        state.withdraw(request);
        request.finish();
      }
      if (standing != null) {
        state.withdraw(standing);
        giveBack(standing, now);
      }
      for (PullRequest request : blocked) {
        giveBack(request, now);
      }
    } finally {
      queue.unlock();
    }
  }

  /** Called when a request's turn has come, with a task that was just taken. */
  void deliver(StoredTask task, PullRequest request) {
    request.deliveries.addLast(delivery(task));
  }

  private List<Delivery> takeWhatIsThere(int max, long now) {
    List<Delivery> taken = new ArrayList<>(Math.min(max, 16));
    if (standing != null) {
      // What expired in the buffer is, or will be, delivered again.
      standing.deliveries.removeIf(delivery -> delivery.leaseEndedAt(now));
      while (taken.size() < max && !standing.deliveries.isEmpty()) {
        taken.add(standing.deliveries.removeFirst());
      }
    }
    while (taken.size() < max) {
      StoredTask task = state.take(now);
      if (task == null) {
        break;
      }
      taken.add(delivery(task));
    }
    refill(now);
    return taken;
  }

  private void refill(long now) {
    if (standing != null && !standing.isFull()) {
      state.withdraw(standing);
      state.enqueue(standing, now);
    }
  }

  /**
   * Waits for a request to be served. An interrupt that comes after it was served is kept for
   * later: what it got is leased already, so it is handed out.
   */
  private List<Delivery> await(PullRequest request, long now) throws InterruptedException {
    if (standing != null) {
      state.withdraw(standing);
    }
    state.enqueue(request, now);
    blocked.add(request);
    try {
      while (!request.done) {
        time.await(request.ended, state.nextEventNanos());
        state.catchUp(time);
      }
    } catch (InterruptedException e) {
      if (request.deliveries.isEmpty() && !request.closed) {
        state.cancel(request);
        throw e;
      }
      Thread.currentThread().interrupt();
    } finally {
      blocked.remove(request);
    }
    if (request.closed) {
      requireOpen();
    }
    return new ArrayList<>(request.deliveries);
  }

  private void giveBack(PullRequest request, long now) {
    for (InMemoryDelivery delivery : request.deliveries) {
      if (!delivery.leaseEndedAt(now)) {
        delivery.giveBack(now);
      }
    }
    request.deliveries.clear();
  }

  private InMemoryDelivery delivery(StoredTask task) {
    return new InMemoryDelivery(queue, state, task);
  }

  private PullRequest request(int max, long deadlineNanos, @Nullable PullRequest steppingBack) {
    Condition ended = time.lock.newCondition();
    return new PullRequest(this, max, deadlineNanos, steppingBack, ended);
  }

  private void requireOpen() {
    queue.requireOpen();
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
  }
}
