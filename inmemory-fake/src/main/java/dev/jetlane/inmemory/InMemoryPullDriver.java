// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Leases tasks of a {@link PartitionState}; with prefetch, before a pull asks for them. Guarded by
 * the lock of the server's time.
 *
 * <p>A pull takes the tasks of the buffer and of the partition. If there are none, its request
 * waits in the partition, and the call or event that makes a task visible gives it to the request.
 */
final class InMemoryPullDriver implements PullDriver, Holder, Timed {

  private final Connection connection;
  private final PartitionState state;
  private final Function<Lease, LeasedDelivery> deliveries;
  private final Time time;
  private final boolean keepsLeases;
  private final PriorityTurns turns;
  private final int maxDeliveries;
  private final String name;

  /**
   * The buffer of leased tasks, which is kept full after the first pull that gets a task; null
   * without prefetch.
   */
  private final @Nullable Buffer buffer;

  /** The pulls that have not returned: they wait, or were just served. */
  private final Set<Pull> waiting = new LinkedHashSet<>();

  private volatile boolean closed;

  /** When this puller becomes idle, half a lease after its last pull; or {@link Timed#NEVER}. */
  private long idleNanos = NEVER;

  /**
   * The caller holds the lock.
   *
   * @param config the settings of the client
   */
  InMemoryPullDriver(
      Connection connection,
      PartitionState state,
      QueueConfig config,
      PullOptions options,
      Function<Lease, LeasedDelivery> deliveries) {
    this.connection = connection;
    this.state = state;
    this.deliveries = deliveries;
    time = connection.time;
    name = connection.server.nextHolderName();
    keepsLeases = !options.keepFor().isZero();
    turns = new PriorityTurns(config);
    maxDeliveries = config.maxDeliveries();
    // Tasks leased ahead would delay a higher priority.
    int ahead = state.config().priorities() > 1 ? 0 : options.prefetch();
    buffer = ahead == 0 ? null : new Buffer(ahead);
    connection.server.holders.add(this);
    if (buffer != null) {
      state.buffers.add(this);
    }
  }

  @Override
  public List<Delivery> pull(int max, long maxBytes, long untilNanos) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return connection.perform(
        Operation.PULL,
        state,
        NEVER,
        now -> {
          Pull request = new Pull(max, maxBytes, untilNanos);
          if (!servedAt(now, request)) {
            await(request);
          }
          return request.leased;
        });
  }

  @Override
  public DriverFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    Pull request = new Pull(max, maxBytes, untilNanos);
    PullFuture future = new PullFuture(request, completion);
    Optional<List<Delivery>> there;
    try {
      there =
          connection.perform(
              Operation.PULL,
              state,
              NEVER,
              now -> {
                request.future = future;
                return servedAt(now, request) ? Optional.of(request.leased) : Optional.empty();
              });
    } catch (TaskQueueException e) {
      future.fail(e);
      return future;
    }
    there.ifPresent(future::succeed);
    return future;
  }

  /** Gives a request the available tasks; returns false if it waits now. */
  private boolean servedAt(long now, Pull request) {
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
    if (request.size() > 0 || request.deadlineNanos() - now <= 0) {
      ended(request, now);
      refill(request, now);
      return true;
    }
    if (buffer != null) {
      state.pulls.withdraw(
          buffer); // The buffer must not take the tasks that the waiting pull needs.
    }
    waiting.add(request);
    if (request.future != null) {
      connection.server.unattended++;
    }
    state.pulls.add(request, now);
    return false;
  }

  /**
   * Waits until a request has ended. If an interrupt comes after the request was served, its tasks
   * are leased, so they are handed out and the interrupt flag stays set.
   */
  private void await(Pull request) throws InterruptedException {
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

  /** Called when a pull has ended. */
  private void ended(Pull request, long now) {
    if (!waiting.isEmpty()) { // The hash of a request is the most expensive part of a pull.
      waiting.remove(request);
    }
    if (buffer != null) {
      idleNanos = now + state.config().lease().toNanos() / 2;
    }
  }

  /** Leases ahead again after a pull that got a task, unless another pull needs the tasks. */
  private void refill(Pull request, long now) {
    if (buffer == null || closed || request.size() == 0 || buffer.isFull()) {
      return;
    }
    if (waiting.stream().allMatch(PullRequest::hasEnded)) {
      state.pulls.withdraw(buffer);
      state.pulls.add(buffer, now);
    }
  }

  /**
   * Leases ahead again after an asynchronous pull. Not done when the pull ends, because the
   * partition is still serving its requests then.
   */
  private void refillLater(Pull request) {
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

  private @Nullable TaskQueueException errorOf(Pull request) {
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
      long now = time.nanos();
      state.catchUp(now);
      List<Pull> all = List.copyOf(waiting);
      all.forEach(state.pulls::withdraw);
      all.forEach(PullRequest::end);
      if (buffer != null) {
        state.pulls.withdraw(buffer);
        buffer.giveBack(now);
      }
      all.forEach(pull -> pull.giveBack(now));
    } finally {
      time.unlock();
    }
  }

  /** Ends this puller silently if its process crashed. The caller holds the lock. */
  void abandonWith(Connection gone) {
    if (connection != gone) {
      return;
    }
    closed = true;
    idleNanos = NEVER;
    connection.server.holders.remove(this);
    state.buffers.remove(this);
    if (buffer != null) {
      state.pulls.withdraw(buffer);
    }
    for (Pull pull : waiting) {
      state.pulls.withdraw(pull);
      if (pull.future != null) {
        connection.server.unattended--;
      }
    }
    waiting.clear();
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
  public int maxDeliveries() {
    return maxDeliveries;
  }

  @Override
  public void exhausted(StoredTask task) {
    connection.react(() -> connection.events.exhausted(state.name, task.id()));
  }

  /** When this gives back the tasks leased ahead, unless there is a pull before. */
  @Override
  public long nextEventNanos() {
    return idleNanos;
  }

  /**
   * Stops leasing ahead until the next pull, after half a lease without one. Gives back the tasks
   * leased ahead, unless their leases are kept.
   */
  @Override
  public void catchUp(long now) {
    idleNanos = NEVER;
    if (buffer == null || !waiting.isEmpty()) {
      return; // The end of the waiting pull sets the next time.
    }
    state.pulls.withdraw(buffer);
    if (!keepsLeases) {
      buffer.giveBack(now);
    }
  }

  /** The name in messages. */
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

  private LeasedDelivery delivery(Attempt attempt) {
    LeasedDelivery delivery = deliveries.apply(new InMemoryLease(connection, state, attempt));
    attempt.refersTo(delivery);
    return delivery;
  }

  private static Attempt attempt(LeasedDelivery delivery) {
    return ((InMemoryLease) delivery.lease()).attempt;
  }

  /** Gives back a task that was not handed out. Without a connection its lease expires instead. */
  private void giveBack(LeasedDelivery delivery, long now) {
    if (!delivery.leaseExpired() && !connection.faults.isDisconnected()) {
      ((InMemoryLease) delivery.lease()).giveBack(maxDeliveries, now);
    }
    attempt(delivery).inHands = false;
    delivery.dropped();
  }

  /** The standing request that keeps deliveries for later pulls. */
  private final class Buffer extends PullRequest {

    private final ArrayDeque<LeasedDelivery> leased = new ArrayDeque<>();

    Buffer(int max) {
      super(InMemoryPullDriver.this, max, Long.MAX_VALUE, NEVER, true);
    }

    @Override
    protected void served(Attempt attempt) {
      leased.addLast(delivery(attempt));
    }

    @Override
    protected void ended() {}

    /** Moves tasks to a pull while it has room. Drops the tasks whose lease expired. */
    void moveTo(Pull pull) {
      while (!leased.isEmpty()) {
        LeasedDelivery first = leased.getFirst();
        Attempt attempt = attempt(first);
        if (first.leaseExpired()) { // The queue delivers this task again.
          first.dropped();
        } else if (pull.hasRoomFor(attempt.task)) {
          pull.add(first, attempt);
        } else {
          break;
        }
        leased.removeFirst();
        left();
      }
    }

    void giveBack(long now) {
      for (LeasedDelivery delivery : leased) {
        left();
        InMemoryPullDriver.this.giveBack(delivery, now);
      }
      leased.clear();
    }
  }

  /** One pull. */
  private final class Pull extends PullRequest {

    /** The deliveries for the user. */
    final List<Delivery> leased;

    /** The future of an asynchronous pull; null if a thread waits. */
    @Nullable PullFuture future;

    private @Nullable Condition over;

    Pull(int max, long maxBytes, long untilNanos) {
      super(InMemoryPullDriver.this, max, maxBytes, untilNanos, false);
      leased = new ArrayList<>(Math.min(max, 10));
    }

    /** Returns the condition that is signalled when the pull has ended. */
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
      attempt.inHands = true;
      leased.add(delivery(attempt));
    }

    /** Adds a delivery from the buffer. */
    void add(LeasedDelivery delivery, Attempt attempt) {
      attempt.inHands = true;
      count(attempt);
      leased.add(delivery);
    }

    @Override
    protected void ended() {
      if (over != null) {
        time.signal(over);
      }
      PullFuture asynchronous = future;
      if (asynchronous == null) {
        return;
      }
      future = null;
      connection.server.unattended--;
      InMemoryPullDriver.this.ended(this, time.nanos());
      TaskQueueException failure = errorOf(this);
      connection.react(
          () -> {
            refillLater(this);
            asynchronous.end(leased, failure);
          });
    }

    void giveBack(long now) {
      leased.forEach(delivery -> InMemoryPullDriver.this.giveBack((LeasedDelivery) delivery, now));
      leased.clear();
    }
  }

  /** The future of a pull, whose cancellation ends the wait. */
  private final class PullFuture extends DriverFuture<List<Delivery>> {

    private final Pull request;

    PullFuture(Pull request, Completion<? super List<Delivery>> completion) {
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
        if (!isDone() && !request.hasEnded()) { // Otherwise it may never have waited.
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
