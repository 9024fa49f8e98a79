package dev.jetlane.inmemory;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.inmemory.model.Attempt;
import dev.jetlane.inmemory.model.Holder;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.PriorityTurns;
import dev.jetlane.inmemory.model.PullRequest;
import dev.jetlane.inmemory.model.StoredTask;
import dev.jetlane.inmemory.time.Time;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes tasks out of a {@link PartitionState}; with prefetch, ahead of the pulls. Guarded by the
 * lock of the server's time.
 *
 * <p>A pull takes what its buffer and the partition have. If that is nothing, its request waits in
 * the partition, and the call or event that makes a task visible gives it to the request.
 */
final class InMemoryPullDriver implements PullDriver, Holder, Timed {

  private final Connection connection;
  private final PartitionState state;
  private final Function<Lease, LeasedDelivery> deliveries;
  private final Time time;
  private final boolean keepsLeases;
  private final PriorityTurns turns;
  private final String name;

  /**
   * Keeps the buffer full from the first pull on that gets something; null without prefetch. What
   * it holds is the buffer.
   */
  private final @Nullable Request buffer;

  /** The pulls that wait, or were served and have not returned. */
  private final Set<Request> waiting = new LinkedHashSet<>();

  private volatile boolean closed;

  /** When this will have been idle for half a lease; {@link Timed#NEVER} while it cannot be. */
  private long idleNanos = NEVER;

  /** The caller holds the lock. */
  InMemoryPullDriver(
      Connection connection,
      PartitionState state,
      PullOptions options,
      Function<Lease, LeasedDelivery> deliveries) {
    this.connection = connection;
    this.state = state;
    this.deliveries = deliveries;
    time = connection.time;
    name = connection.server.nextHolderName();
    keepsLeases = !options.keepFor().isZero();
    turns = new PriorityTurns(state.config);
    // What is leased ahead would be in the way of a higher priority.
    int ahead = state.config.priorities() > 1 ? 0 : options.prefetch();
    buffer = ahead == 0 ? null : new Request(ahead, Long.MAX_VALUE, NEVER, true);
    connection.server.holders.add(this);
    if (buffer != null) {
      state.buffers.add(this);
    }
  }

  @Override
  public List<Delivery> pull(int max, long maxBytes, long untilNanos) throws InterruptedException {
    requireOpen();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return connection.perform(
        Operation.PULL,
        state,
        now -> {
          Request request = new Request(max, maxBytes, untilNanos, false);
          if (!servedAt(now, request)) {
            await(request);
          }
          return request.handOut();
        });
  }

  @Override
  public CompletableFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    Request request = new Request(max, maxBytes, untilNanos, false);
    PullFuture future = new PullFuture(request, completion);
    List<Delivery> there;
    try {
      requireOpen();
      there =
          connection.<@Nullable List<Delivery>, RuntimeException>perform(
              Operation.PULL,
              state,
              now -> {
                request.future = future;
                return servedAt(now, request) ? request.handOut() : null;
              });
    } catch (TaskQueueException e) {
      future.fail(e);
      return future;
    }
    if (there != null) {
      future.succeed(there);
    }
    return future;
  }

  /** Gives a request what is there; returns false if it waits now. */
  private boolean servedAt(long now, Request request) {
    requireOpen();
    if (buffer != null) {
      buffer.moveTo(request);
    }
    while (!request.isFull()) {
      StoredTask next = state.next(now, this);
      if (next == null || !request.hasRoomFor(next)) {
        break;
      }
      request.give(state.take(next, now, this));
    }
    if (request.size() > 0 || request.untilNanos - now <= 0) {
      ended(request, now);
      refill(request, now);
      return true;
    }
    if (buffer != null) {
      state.pulls.withdraw(buffer); // It must not take what the pull waits for.
    }
    waiting.add(request);
    if (request.future != null) {
      connection.server.unattended++;
    }
    state.pulls.add(request, now);
    return false;
  }

  /**
   * Waits until a request has ended. An interrupt that comes after it was served is kept for later:
   * what it got is leased already, so it is handed out.
   */
  private void await(Request request) throws InterruptedException {
    try {
      while (!request.hasEnded()) {
        time.await(request.over(), state.nextEventNanos());
        state.catchUp(time.nanos());
      }
    } catch (InterruptedException e) {
      if (!request.hasEnded()) {
        state.pulls.withdraw(request);
        throw e;
      }
      Thread.currentThread().interrupt();
    } finally {
      ended(request, time.nanos());
    }
    refill(request, time.nanos());
    TaskQueueException failure = errorOf(request);
    if (failure != null) {
      throw failure;
    }
  }

  /** A pull has come to its end. */
  private void ended(Request request, long now) {
    waiting.remove(request);
    if (buffer != null) {
      idleNanos = now + state.config.lease().toNanos() / 2;
    }
  }

  /** Leases ahead again after a pull that got something. */
  private void refill(Request request, long now) {
    if (buffer != null && !closed && request.size() > 0 && !buffer.isFull()) {
      state.pulls.withdraw(buffer);
      state.pulls.add(buffer, now);
    }
  }

  /** What an asynchronous pull got, it got while requests were being served. */
  private void refillLater(Request request) {
    if (buffer == null) {
      return;
    }
    time.lock();
    try {
      refill(request, time.nanos());
    } finally {
      time.unlock();
    }
  }

  private @Nullable TaskQueueException errorOf(Request request) {
    if (closed) {
      return closedException();
    }
    String why = request.failure();
    return why == null ? null : new QueueUnavailableException(why, null);
  }

  @Override
  public void close(long deadlineNanos) {
    time.enter();
    try {
      if (closed) {
        return;
      }
      closed = true;
      connection.server.holders.remove(this);
      state.buffers.remove(this);
      state.catchUp(time.nanos());
      List<Request> all = new ArrayList<>(waiting);
      if (buffer != null) {
        all.add(0, buffer);
      }
      all.forEach(state.pulls::withdraw);
      all.forEach(Request::end);
      all.forEach(request -> request.giveBack(time.nanos()));
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
    time.afterUnlock(() -> connection.events.exhausted(state.name, task.id()));
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
    if (buffer == null || !waiting.isEmpty()) {
      return; // The end of the pull says when to look again.
    }
    state.pulls.withdraw(buffer);
    if (!keepsLeases) {
      buffer.giveBack(now);
    }
  }

  /** What a person would call this. */
  @Override
  public String toString() {
    return name + " of partition " + state.name;
  }

  private void requireOpen() {
    if (closed) {
      throw closedException();
    }
  }

  private static QueueClosedException closedException() {
    return new QueueClosedException("the puller is closed", null);
  }

  /** One pull, or the standing request that is the buffer. */
  private final class Request extends PullRequest {

    final long untilNanos;
    @Nullable PullFuture future;
    private final ArrayDeque<LeasedDelivery> leased = new ArrayDeque<>(4);
    private @Nullable Condition over;

    Request(int max, long maxBytes, long untilNanos, boolean standing) {
      super(InMemoryPullDriver.this, max, maxBytes, untilNanos, standing);
      this.untilNanos = untilNanos;
    }

    /** Signalled when it has ended. */
    Condition over() {
      Condition made = over;
      if (made == null) {
        made = time.newCondition();
        over = made;
      }
      return made;
    }

    @Override
    protected void served(Attempt attempt) {
      LeasedDelivery delivery = deliveries.apply(new InMemoryLease(connection, state, attempt));
      attempt.refersTo(delivery);
      leased.addLast(delivery);
    }

    @Override
    protected void ended() {
      if (over != null) {
        over.signal();
      }
      PullFuture asynchronous = future;
      if (asynchronous == null) {
        return;
      }
      future = null;
      connection.server.unattended--;
      InMemoryPullDriver.this.ended(this, time.nanos());
      TaskQueueException failure = errorOf(this);
      List<Delivery> result = failure == null ? handOut() : List.of();
      time.afterUnlock(
          () -> {
            refillLater(this);
            asynchronous.end(result, failure);
          });
    }

    /** Moves what is not lost, as far as there is room, to a pull. */
    void moveTo(Request pull) {
      while (!leased.isEmpty()) {
        LeasedDelivery first = leased.getFirst();
        Attempt attempt = attempt(first);
        if (first.leaseExpired()) { // It is, or will be, delivered again.
          first.dropped();
        } else if (pull.hasRoomFor(attempt.task)) {
          pull.take(first);
        } else {
          break;
        }
        leased.removeFirst();
        left(attempt);
      }
    }

    private void take(LeasedDelivery delivery) {
      count(attempt(delivery));
      leased.addLast(delivery);
    }

    /** What it got, for the user. */
    List<Delivery> handOut() {
      leased.forEach(delivery -> attempt(delivery).inHands = true);
      return new ArrayList<>(leased);
    }

    /** Gives back what was not handed out. Without a connection, the leases run out instead. */
    void giveBack(long now) {
      for (LeasedDelivery delivery : leased) {
        InMemoryLease lease = (InMemoryLease) delivery.lease();
        if (!delivery.leaseExpired() && !connection.faults.isDisconnected()) {
          lease.giveBack(now);
        }
        left(lease.attempt);
        delivery.dropped();
      }
      leased.clear();
    }
  }

  private static Attempt attempt(LeasedDelivery delivery) {
    return ((InMemoryLease) delivery.lease()).attempt;
  }

  /** The future of a pull, whose cancellation ends the wait. */
  private final class PullFuture extends DriverFuture<List<Delivery>> {

    private final Request request;

    PullFuture(Request request, Completion<? super List<Delivery>> completion) {
      super(completion);
      this.request = request;
    }

    void end(List<Delivery> result, @Nullable TaskQueueException failure) {
      if (failure == null) {
        succeed(result);
      } else {
        fail(failure);
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      time.enter();
      try {
        if (!request.hasEnded()) {
          state.pulls.withdraw(request);
          request.end();
        }
      } finally {
        time.unlock();
      }
      return false;
    }
  }
}
