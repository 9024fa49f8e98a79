// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.Delivery;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PullDriver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pulls with its own requests over one long-lived subscription.
 *
 * <p>One pull is one request with {@code no_wait} and {@code expires}: nats-server (consumer.go,
 * 2.9 to 2.15) waits for a task, sends the available ones, and ends the request with a status. In
 * three cases the status is missing. Then dropping the subscription withdraws the request:
 *
 * <ul>
 *   <li>at maxAckPending with undelivered tasks the server does not answer until the request
 *       expires;
 *   <li>on 2.9 and 2.10 a request without {@code expires} that loses the race for the last task is
 *       never answered;
 *   <li>on 2.9 no answer comes for a deleted consumer.
 * </ul>
 *
 * <p>Only on 2.9, a redelivery that becomes due while only withdrawn requests wait is delayed by
 * another lease: that server removes it from its queue and does not put it back.
 */
final class NatsPull extends SharedPull {

  /**
   * A request with a shorter expiry may expire before a busy server reads it, so the pull first
   * asks for the available tasks and then waits.
   */
  private static final long SHORT_WAIT_NANOS = MILLISECONDS.toNanos(200);

  /** How long the pull of a worker waits for a connection. The worker then pulls again. */
  private static final long OUTAGE_NANOS = SECONDS.toNanos(2);

  /**
   * Pulls of workers end at common moments, so that the ends of many requests arrive together: each
   * arrival wakes several threads.
   */
  private static final long TOGETHER_NANOS = SECONDS.toNanos(1);

  /**
   * The pulls that wait for the turn. The caller that removes a pull begins it again, or ends it.
   */
  final Set<IdlePull> waiting = ConcurrentHashMap.newKeySet();

  private final PullContext context;
  private final Deque<LeasedDelivery> kept = new ArrayDeque<>();
  private final OpenRequests credits = new OpenRequests();
  private final PullRequests requests;
  private final PrefetchWatch watch;
  private RequestTarget creditsTarget;

  /** Whether all pulls are those of a worker. */
  private volatile boolean ofWorker;

  /** The pull that waits without a thread and has the turn. */
  private volatile @Nullable IdlePull idle;

  NatsPull(PullContext context, Consumer<PullDriver> onClose) {
    super(
        context.session,
        context.status,
        new PullInbox(context.session, context.leaseNanos),
        onClose);
    this.context = context;
    requests = new PullRequests(context, inbox, credits, kept, this::requireOpen);
    watch = new PrefetchWatch(context, requests, inbox, credits, turn);
    creditsTarget = context.target();
  }

  @Override
  public void connect(long deadlineNanos) {
    turn.acquireUninterruptibly();
    try {
      requests.probe(deadlineNanos);
    } finally {
      turn.release();
    }
    watch.start();
  }

  PullContext context() {
    return context;
  }

  /**
   * A pull that does not wait finds the available tasks even while the prefetch watch has the turn.
   */
  @Override
  long patienceNanos() {
    return watch.isAtWork() ? SECONDS.toNanos(1) : 0;
  }

  @Override
  void pulled() {
    idle = null; // It refers to the deliveries.
    inbox.observe();
    if (context.options.prefetch() > 0) {
      watch.used();
    }
  }

  @Override
  public void ofWorker() {
    ofWorker = true;
  }

  @Override
  void wake() {
    IdlePull waiting = idle;
    if (waiting != null && waiting.isEnding()) {
      return;
    }
    inbox.wake(context.address.nextSubject);
    if (waiting != null) {
      waiting.ring();
    }
  }

  @Override
  @Nullable DriverFuture<List<Delivery>> pullIdly(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    if (context.options.prefetch() > 0 || untilNanos - System.nanoTime() < SHORT_WAIT_NANOS) {
      return null;
    }
    long endNanos = ofWorker ? together(untilNanos) : untilNanos;
    IdlePull pull = new IdlePull(this, new PullBatch(max, maxBytes), endNanos, completion);
    pull.begin();
    return pull;
  }

  private static long together(long untilNanos) {
    return untilNanos + Math.floorMod(-untilNanos, TOGETHER_NANOS);
  }

  /**
   * Takes the next step of a pull that waits without a thread and has the turn.
   *
   * @return false if the pull waits: an arrival or its own check then rings it
   */
  boolean step(IdlePull pull) throws InterruptedException {
    idle = pull;
    boolean done = false;
    try {
      requireOpen();
      boolean over = !goesOnWaiting(pull) && takeStep(pull);
      done = true;
      return over;
    } finally {
      if (!done) {
        giveBack(pull.batch);
      }
    }
  }

  /**
   * Returns whether a ring had no reason: a step would then keep its thread until a reason comes.
   */
  private boolean goesOnWaiting(IdlePull pull) {
    return pull.sent != null && !pull.isWithdrawn() && !pull.hasArrived() && !looks(pull);
  }

  private boolean takeStep(IdlePull pull) throws InterruptedException {
    inbox.noBell();
    boolean over = pull.isWithdrawn() ? withdraw(pull.batch) : goOn(pull);
    if (ofWorker && pull.sent == null) {
      pull.endWithin(OUTAGE_NANOS);
    }
    return over;
  }

  private boolean goOn(IdlePull pull) throws InterruptedException {
    SentRequest sent = pull.sent;
    if (sent != null) {
      pull.sent = null;
      return collect(pull, requests.collect(pull.batch, sent));
    }
    takeKept(pull.batch);
    return !pull.batch.isEmpty() || ask(pull);
  }

  /** Ends the wait; the tasks leased for the pull are its result. */
  private boolean withdraw(PullBatch batch) {
    requests.awaitSent(batch);
    requests.takeBack(batch);
    context.moveExhausted(batch);
    requests.giveBackKept();
    return true;
  }

  /** Sends the waiting request; without a connection the pull waits for one. Returns false. */
  private boolean ask(IdlePull pull) {
    long leftNanos = pull.untilNanos() - System.nanoTime();
    if (monitor.isReady()) {
      pull.nothingHasArrived();
      pull.sent =
          requests.send(
              pull.kind, pull.batch, Math.min(leftNanos, context.longestNanos()), pull::came);
    } else {
      requests.requireAlive();
      if (leftNanos <= 0) {
        throw context.unavailable(monitor.whyDown());
      }
    }
    return false;
  }

  /** Handles the end of the waiting request; returns whether the pull has ended too. */
  private boolean collect(IdlePull pull, PullEnd end) throws InterruptedException {
    PullBatch batch = pull.batch;
    boolean nothing = batch.isEmpty() && !batch.hasExhausted();
    if (nothing && pull.untilNanos() - System.nanoTime() > 0) {
      switch (end) {
        case OVER, BUSY -> {
          context.status.pulled();
          pull.kind = end == PullEnd.BUSY ? PullRequests.Kind.ONE : PullRequests.Kind.SOME;
          return ask(pull);
        }
        case AGAIN, LOST -> {
          credits.reset(inbox.queued());
          return false; // The pull asks again a moment later.
        }
        default -> {
          // The steps of a pull that does not wait.
        }
      }
    }
    pullExactly(batch, System.nanoTime(), end);
    if (batch.isEmpty() && pull.untilNanos() - System.nanoTime() > 0) {
      pull.kind = PullRequests.Kind.SOME;
      return ask(pull); // There were only used-up tasks.
    }
    return true;
  }

  /** Returns whether a waiting pull should take a step without a ring. */
  boolean looks(IdlePull pull) {
    SentRequest sent = pull.sent;
    return isClosed()
        || monitor.isClosed()
        || (sent == null
            ? monitor.isReady() || monitor.isDead() || pull.isOver()
            : sent.isOver(System.nanoTime())
                || !sent.target().equals(context.target())
                || !monitor.isConnected()
                || requests.denied() != null);
  }

  @Override
  void stop() {
    watch.close();
    waiting.forEach(pull -> pull.refuse("the puller is closed"));
  }

  @Override
  List<? extends Delivery> pullAlone(
      int max, long maxBytes, long untilNanos, @Nullable Consumer<List<Delivery>> early)
      throws InterruptedException {
    PullBatch batch = new PullBatch(max, maxBytes);
    boolean done = false;
    try {
      takeKept(batch);
      if (context.options.prefetch() > 0) {
        pullAhead(batch, untilNanos);
      } else if (batch.isEmpty()) {
        pullExactly(batch, untilNanos, null);
      }
      done = true;
      return batch.deliveries();
    } finally {
      if (!done) {
        giveBack(batch);
      }
    }
  }

  private void takeKept(PullBatch batch) {
    for (LeasedDelivery next = kept.peek(); next != null; next = kept.peek()) {
      if (!next.leaseExpired()) {
        if (!batch.takes(next)) {
          return;
        }
        batch.add(next);
      }
      kept.remove();
    }
  }

  /**
   * Pulls without prefetch: leases no more tasks than requested.
   *
   * @param first the end of a waiting request that was sent before; null if none was sent
   */
  private void pullExactly(PullBatch batch, long untilNanos, @Nullable PullEnd first)
      throws InterruptedException {
    long leftNanos = untilNanos - System.nanoTime();
    PullRequests.Kind kind =
        first == null && leftNanos < SHORT_WAIT_NANOS
            ? PullRequests.Kind.NOW
            : PullRequests.Kind.SOME;
    PullEnd known = first;
    while (true) {
      PullEnd end = known;
      known = null;
      if (end == null) {
        end =
            monitor.isReady()
                ? requests.fire(kind, batch, Math.min(leftNanos, context.sliceNanos))
                : PullEnd.LOST;
      }
      // A task that is moved to the dead letters took a place in the batch, and one among the
      // outstanding tasks.
      boolean more = (end == PullEnd.FILLED || end == PullEnd.STALLED) && batch.hasExhausted();
      context.settleExhausted(batch);
      if (!batch.isEmpty() && !(more && batch.room() > 0)) {
        return;
      }
      leftNanos = untilNanos - System.nanoTime();
      if (leftNanos <= 0 && end == PullEnd.OVER) {
        if (kind == PullRequests.Kind.NOW) {
          kind = PullRequests.Kind.SETTLED;
          continue;
        }
        return;
      }
      if (leftNanos <= 0 && end == PullEnd.BUSY) {
        // The server may have assigned the available tasks to this puller's own requests: then they
        // are in flight.
        requests.awaitQueued(batch, System.nanoTime() + PAUSE_NANOS);
        context.settleExhausted(batch);
        return;
      }
      kind =
          switch (end) {
            case OVER -> PullRequests.Kind.SOME;
            case BUSY -> PullRequests.Kind.ONE;
            case FILLED, STALLED -> PullRequests.Kind.NOW;
            case SILENT -> afterSilence(kind, leftNanos);
            case AGAIN -> afterPause(leftNanos);
            case LOST -> afterReconnect(untilNanos);
          };
      leftNanos = untilNanos - System.nanoTime();
    }
  }

  /**
   * A server that cannot report the available tasks can report that a request expired; a server
   * that reports neither is gone.
   */
  private PullRequests.Kind afterSilence(PullRequests.Kind kind, long leftNanos) {
    if (kind == PullRequests.Kind.NOW) {
      return PullRequests.Kind.CONFIRM;
    }
    if (kind == PullRequests.Kind.CONFIRM || leftNanos <= 0) {
      throw context.unavailable("no answer: the consumer is gone, or the server is not reachable");
    }
    return PullRequests.Kind.CONFIRM;
  }

  /**
   * A server that is loading its streams answers later; a server that never answers must not look
   * like an empty queue.
   */
  private PullRequests.Kind afterPause(long leftNanos) throws InterruptedException {
    if (leftNanos <= 0) {
      throw context.unavailable(requests.status.last());
    }
    monitor.pause(Math.min(leftNanos, PAUSE_NANOS));
    return PullRequests.Kind.NOW;
  }

  private PullRequests.Kind afterReconnect(long untilNanos) throws InterruptedException {
    credits.reset(inbox.queued());
    requests.awaitReconnect(untilNanos);
    return PullRequests.Kind.NOW;
  }

  /** Pulls with prefetch: takes buffered tasks, while requests for more are open. */
  private void pullAhead(PullBatch batch, long untilNanos) throws InterruptedException {
    RequestTarget target = context.target();
    if (!creditsTarget.equals(target)) {
      creditsTarget = target;
      credits.reset(inbox.queued());
    }
    credits.expire(System.nanoTime(), inbox.queued());
    requests.takeQueued(batch);
    if (batch.isEmpty()) {
      long leftNanos = untilNanos - System.nanoTime();
      if (credits.anyOpen() && leftNanos > 0) {
        requests.awaitQueued(batch, untilNanos);
      }
      context.settleExhausted(batch);
      if (batch.isEmpty()) {
        pullExactly(batch, untilNanos, null);
      }
    } else if (batch.room() > 0 && !credits.anyOpen() && monitor.isReady()) {
      requests.fire(PullRequests.Kind.NOW, batch, 0);
    }
    context.settleExhausted(batch);
    if (!batch.isEmpty()) {
      requests.topUp();
    }
  }

  /**
   * Gives back tasks that were not handed out, except those that a puller with prefetch may keep.
   */
  private void giveBack(PullBatch batch) {
    requests.awaitSent(batch);
    requests.takeBack(batch);
    context.moveExhausted(batch);
    List<LeasedDelivery> got = batch.deliveries();
    for (int i = got.size() - 1; i >= 0; i--) {
      kept.addFirst(got.get(i));
    }
    boolean keep = context.options.prefetch() > 0 && !isClosed() && !monitor.isClosed();
    if (!keep) {
      requests.giveBackKept();
    }
  }

  @Override
  boolean hasGivenBack() {
    return context.hasGivenBack();
  }

  @Override
  void giveBackAll() {
    giveBack(new PullBatch(1, Long.MAX_VALUE));
  }
}
