package dev.jetlane.inmemory;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.inmemory.model.Attempt;
import dev.jetlane.inmemory.model.Holder;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.PullRequest;
import dev.jetlane.inmemory.model.StoredTask;
import dev.jetlane.inmemory.time.Time;
import dev.jetlane.inmemory.time.Timed;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.LeaseKeeping;
import dev.jetlane.spi.Observation;
import dev.jetlane.spi.PriorityTurns;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** Takes tasks out of a {@link PartitionState}; with prefetch, ahead of the pulls. */
final class InMemoryPuller implements Puller, Holder, Timed {

  private final Connection connection;
  private final PartitionState state;
  private final Time time;
  private final LeaseKeeper keeper;
  private final LeaseKeeping keeping;
  private final Observation observation;
  private final PriorityTurns turns;
  private final String name;

  /**
   * Keeps the buffer full from the first pull on that gets something; null without prefetch. Its
   * deliveries are the buffer.
   */
  private final @Nullable Request standing;

  private final Set<Request> blocked = new LinkedHashSet<>();
  private volatile boolean closed;

  /** When this will have been idle for half a lease; {@link Timed#NEVER} while it cannot be. */
  private long idleNanos = NEVER;

  /** The caller holds the lock. */
  InMemoryPuller(
      Connection connection,
      PartitionState state,
      PullOptions options,
      LeaseKeeper keeper,
      Observation observation) {
    this.connection = connection;
    this.state = state;
    this.keeper = keeper;
    this.observation = observation;
    time = connection.time;
    name = connection.server.nextHolderName();
    keeping = LeaseKeeping.of(keeper, options, state.config.lease());
    turns = new PriorityTurns(state.config);
    // What is leased ahead would be in the way of a higher priority.
    int prefetch = state.config.priorities() > 1 ? 0 : options.prefetch();
    standing = prefetch == 0 ? null : new Request(prefetch, NEVER);
    connection.pullers.add(this);
    connection.server.holders.add(this);
    if (standing != null) {
      state.buffers.add(this);
    }
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    Limits.checkPullSize(max);
    Limits.checkWait(wait);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    requireOpen();
    return connection.perform(Operation.PULL, state, now -> pullAt(now, max, wait.toNanos()));
  }

  private List<Delivery> pullAt(long now, int max, long waitNanos) throws InterruptedException {
    requireOpen();
    List<Delivery> there = takeWhatIsThere(max, now);
    if (!there.isEmpty() || waitNanos == 0) {
      used(now);
      return there;
    }
    return await(new Request(max, now + waitNanos), now);
  }

  @Override
  public void close() {
    time.enter();
    try {
      if (closed) {
        return;
      }
      closed = true;
      keeping.close();
      connection.pullers.remove(this);
      connection.server.holders.remove(this);
      long now = time.nanos();
      state.catchUp(now);
      for (Request request : blocked) {
        state.pulls.withdraw(request);
        request.end();
      }
      if (standing != null) {
        state.pulls.withdraw(standing);
        state.buffers.remove(this);
        giveBack(standing, now);
      }
      for (Request request : blocked) {
        giveBack(request, now);
      }
    } finally {
      time.unlock();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PriorityTurns turns() {
    return turns;
  }

  @Override
  public void exhausted(StoredTask task) {
    time.afterUnlock(() -> observation.exhausted(state.name, task.id()));
  }

  private List<Delivery> takeWhatIsThere(int max, long now) {
    List<Delivery> taken = new ArrayList<>(Math.min(max, 16));
    if (standing != null) {
      standing.takeInto(taken, max, now);
    }
    while (taken.size() < max) {
      Attempt attempt = state.take(now, this);
      if (attempt == null) {
        break;
      }
      InMemoryDelivery delivery = delivery(attempt);
      delivery.handOut();
      taken.add(delivery);
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

  /** When this gives back what it leased ahead, unless a pull comes before. */
  @Override
  public long nextEventNanos() {
    return idleNanos;
  }

  /**
   * Once there was no pull for half a lease, what was leased ahead goes back, unless it is kept,
   * and nothing more is leased until the next pull.
   */
  @Override
  public void catchUp(long now) {
    idleNanos = NEVER;
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
   * Waits for a request to be served; the buffer must not take what it waits for. An interrupt that
   * comes after it was served is kept for later: what it got is leased already, so it is handed
   * out.
   */
  private List<Delivery> await(Request request, long since) throws InterruptedException {
    long now = since;
    if (standing != null) {
      state.pulls.withdraw(standing);
    }
    state.pulls.add(request, now);
    blocked.add(request);
    try {
      while (!request.hasEnded()) {
        time.await(request.over, state.nextEventNanos());
        now = time.nanos();
        state.catchUp(now);
      }
    } catch (InterruptedException e) {
      if (!request.hasEnded()) {
        state.pulls.withdraw(request);
        throw e;
      }
      Thread.currentThread().interrupt();
    } finally {
      blocked.remove(request);
      used(now);
    }
    requireOpen();
    if (request.failure() != null) {
      throw new QueueUnavailableException(request.failure(), null);
    }
    if (request.size() > 0) {
      refill(now);
    }
    request.deliveries.forEach(InMemoryDelivery::handOut);
    return new ArrayList<>(request.deliveries);
  }

  private void giveBack(Request request, long now) {
    for (InMemoryDelivery delivery : request.deliveries) {
      // Without a connection nothing can be given back: the leases run out instead.
      if (!delivery.leaseEndedAt(now) && !connection.faults.isDisconnected()) {
        delivery.giveBack(now);
      }
    }
  }

  private InMemoryDelivery delivery(Attempt attempt) {
    InMemoryDelivery delivery = new InMemoryDelivery(connection, state, attempt, keeper);
    attempt.refersTo(delivery);
    keeping.keep(delivery);
    return delivery;
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

  /** One pull that waits, or the standing request. */
  private final class Request extends PullRequest {

    final ArrayDeque<InMemoryDelivery> deliveries = new ArrayDeque<>();
    final Condition over = time.newCondition();

    Request(int max, long deadlineNanos) {
      super(InMemoryPuller.this, max, deadlineNanos);
    }

    @Override
    public int size() {
      return deliveries.size();
    }

    @Override
    protected void served(Attempt attempt) {
      deliveries.addLast(delivery(attempt));
    }

    @Override
    protected void ended() {
      over.signal();
    }

    /** What expired in the buffer is, or will be, delivered again. */
    void takeInto(List<Delivery> taken, int max, long now) {
      deliveries.removeIf(delivery -> delivery.leaseEndedAt(now));
      while (taken.size() < max && !deliveries.isEmpty()) {
        InMemoryDelivery delivery = deliveries.removeFirst();
        delivery.handOut();
        taken.add(delivery);
      }
    }
  }
}
