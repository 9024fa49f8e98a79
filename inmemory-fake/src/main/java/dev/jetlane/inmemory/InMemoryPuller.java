package dev.jetlane.inmemory;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.LeaseKeeping;
import dev.jetlane.spi.PriorityTurns;
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

  /**
   * Keeps the buffer full from the first pull on that gets something; null without prefetch. Its
   * deliveries are the buffer.
   */
  private final @Nullable PullRequest standing;

  private final Set<PullRequest> blocked = new LinkedHashSet<>();
  final LeaseKeeper keeper;
  final PriorityTurns turns;
  private final LeaseKeeping keeping;
  private final String name;
  private boolean closed;

  /** When this will have been idle for half a lease; {@link Time#NEVER} while it cannot be. */
  private long idleNanos = Time.NEVER;

  /** The caller holds the lock. */
  InMemoryPuller(InMemoryQueue queue, PartitionState state, PullOptions options) {
    this.queue = queue;
    this.state = state;
    time = queue.time;
    name = "puller " + queue.server.nextPullerNumber();
    keeper = queue.keeper(state);
    keeping = LeaseKeeping.of(keeper, options, state.config.lease());
    turns = new PriorityTurns(state.config);
    // What is leased ahead would be in the way of a higher priority.
    int prefetch = state.config.priorities() > 1 ? 0 : options.prefetch();
    standing = prefetch == 0 ? null : request(prefetch, Time.NEVER);
    queue.opened(this);
    if (standing != null) {
      state.leasingAhead.add(this);
    }
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
      queue.faults.arrivePull();
      long now = state.catchUp(time);
      queue.faults.requireConsumer(state);
      List<Delivery> there = takeWhatIsThere(max, now);
      if (!there.isEmpty() || wait.isZero()) {
        used(now);
        return there;
      }
      return await(request(max, now + wait.toNanos()), now);
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
      keeping.close();
      queue.closed(this);
      long now = state.catchUp(time);
      for (PullRequest request : blocked) {
        request.closed = true;
        state.pulls.withdraw(request);
        request.finish();
      }
      if (standing != null) {
        state.pulls.withdraw(standing);
        state.leasingAhead.remove(this);
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
    request.deliveries.addLast(delivery(task, task.leasedAtNanos));
  }

  /** A task that this would have got used up its deliveries. The caller holds the lock. */
  void exhausted(StoredTask task) {
    queue.observation.exhausted(state.name, task.task.id());
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
      StoredTask task = state.take(now, this);
      if (task == null) {
        break;
      }
      taken.add(delivery(task, now));
    }
    if (!taken.isEmpty()) {
      refill(now);
    }
    return taken;
  }

  private void refill(long now) {
    if (standing != null && !standing.isFull()) {
      state.pulls.withdraw(standing);
      state.pulls.add(standing, now);
    }
  }

  /** A pull came to its end. */
  private void used(long now) {
    if (standing != null) {
      idleNanos = now + state.config.lease().toNanos() / 2;
    }
  }

  /** When this gives back what it leased ahead, unless somebody pulls before. */
  long idleNanos() {
    return idleNanos;
  }

  /**
   * Once nobody pulled for half a lease what was leased ahead goes back, unless it is kept, and
   * nothing more is leased until somebody pulls. The caller holds the lock.
   */
  void idleAt(long now) {
    if (idleNanos > now) {
      return;
    }
    idleNanos = Time.NEVER;
    if (standing == null || !blocked.isEmpty()) {
      return; // The end of the pull says when to look again.
    }
    state.pulls.withdraw(standing);
    if (!keeping.isOn()) {
      giveBack(standing, now);
      standing.deliveries.clear();
    }
  }

  /**
   * Waits for a request to be served; the buffer must not snatch what it waits for. An interrupt
   * that comes after it was served is kept for later: what it got is leased already, so it is
   * handed out.
   */
  private List<Delivery> await(PullRequest request, long since) throws InterruptedException {
    long now = since;
    if (standing != null) {
      state.pulls.withdraw(standing);
    }
    state.pulls.add(request, now);
    blocked.add(request);
    time.changed();
    try {
      while (!request.done) {
        if (!time.runLater()) {
          time.await(request.ended, state.nextEventNanos());
        }
        now = time.nanos();
        state.catchUp(now);
      }
    } catch (InterruptedException e) {
      if (!request.done) {
        state.pulls.withdraw(request);
        throw e;
      }
      Thread.currentThread().interrupt();
    } finally {
      blocked.remove(request);
      used(now);
    }
    if (request.closed) {
      requireOpen();
    }
    if (request.failure != null) {
      throw new QueueUnavailableException(request.failure, null);
    }
    if (!request.deliveries.isEmpty()) {
      refill(now);
    }
    return new ArrayList<>(request.deliveries);
  }

  private void giveBack(PullRequest request, long now) {
    for (InMemoryDelivery delivery : request.deliveries) {
      // Without a connection nothing can be given back: the leases run out instead.
      if (!delivery.leaseEndedAt(now) && !queue.faults.isDisconnected()) {
        delivery.giveBack(now);
      }
    }
  }

  private InMemoryDelivery delivery(StoredTask task, long now) {
    queue.faults.delay(state, task);
    queue.server.log.add(now, state.name, task, "leased to", name, task.deadlineNanos);
    InMemoryDelivery delivery = new InMemoryDelivery(queue, state, task, this);
    keeping.keep(delivery);
    queue.faults.duplicate(state, task, now);
    return delivery;
  }

  private PullRequest request(int max, long deadlineNanos) {
    Condition ended = time.lock.newCondition();
    return new PullRequest(this, max, deadlineNanos, ended);
  }

  String name() {
    return name;
  }

  /**
   * Whether this has leased the delivery ahead of a pull and not handed it out. The caller holds
   * the lock.
   */
  boolean buffers(InMemoryDelivery delivery) {
    return standing != null && standing.deliveries.contains(delivery);
  }

  /** What a person would call this. */
  @Override
  public String toString() {
    return name + " of partition " + state.name;
  }

  /** The close of the queue closes this too. */
  private void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
  }
}
