package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Pulls from a partition with priorities, over one subscription.
 *
 * <p>A pull first takes what is there, priority by priority, with requests that the server answers
 * at once. If there is nothing it waits with one request for one task at each priority, so that the
 * first task of any wakes it. The other requests are then taken back, by dropping the subscription,
 * before anything else is asked for; what came for them meanwhile is handed out with the rest if
 * there is room, and given back at once if there is none. Nothing is leased ahead.
 *
 * <p>On 2.9 a redelivery may be delayed until its lease runs out when it comes up while only
 * requests that were taken back are waiting: see {@link NatsPuller}.
 */
final class PriorityPuller implements PartitionPuller {

  private static final long SLICE_NANOS = SECONDS.toNanos(4);

  /** How long a pull that does not wait lets a task show that was pushed just now. */
  private static final long SETTLED_NANOS = MILLISECONDS.toNanos(20);

  private static final long PAUSE_NANOS = MILLISECONDS.toNanos(50);
  private static final long STEP_NANOS = MILLISECONDS.toNanos(20);
  private static final long MAX_STEP_NANOS = SECONDS.toNanos(1);

  private final ConnectionMonitor link;
  private final PartitionAddress lane;
  private final Consumer<PartitionPuller> onClose;
  private final ReentrantLock lock = new ReentrantLock();
  private final PullInbox inbox;
  private final List<PriorityLevel> levels = new ArrayList<>();
  private final PriorityOrder order;
  private volatile boolean closed;

  PriorityPuller(
      Session session,
      PartitionAddress[] lanes,
      PullOptions options,
      Consumer<PartitionPuller> onClose) {
    this.onClose = onClose;
    link = session.link;
    lane = lanes[0];
    List<PullContext> contexts = new ArrayList<>();
    for (PartitionAddress each : lanes) {
      contexts.add(new PullContext(session, each, options));
    }
    inbox = new PullInbox(link, NatsPuller.slackNanos(contexts.get(0)));
    for (PullContext context : contexts) {
      levels.add(new PriorityLevel(context, inbox, this::requireOpen));
    }
    order = new PriorityOrder(levels, session.options.queue(), options.maxBytes());
  }

  @Override
  public PriorityPuller connect() {
    lock.lock();
    try {
      levels.forEach(level -> level.requests.probe());
    } finally {
      lock.unlock();
    }
    return this;
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    Limits.checkPullSize(max);
    long waitNanos = Limits.checkWait(wait).toNanos();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    requireOpen();
    long untilNanos = System.nanoTime() + waitNanos;
    if (!lock.tryLock(waitNanos, TimeUnit.NANOSECONDS)) {
      return new ArrayList<>();
    }
    try {
      requireOpen();
      List<Delivery> pulled = pull(max, untilNanos);
      lane.pulledAtNanos = System.nanoTime();
      lane.failedPull = null;
      return pulled;
    } catch (QueueClosedException e) {
      throw e;
    } catch (TaskQueueException e) {
      lane.failedPull = new FailedPull(e, System.nanoTime(), link.epoch());
      throw e;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    levels.forEach(PriorityLevel::stopKeeping);
    inbox.wake();
    boolean interrupted = false;
    lock.lock();
    try {
      takeBack();
      levels.forEach(PriorityLevel::giveBack);
      link.flush();
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (IllegalStateException notFlushed) {
      // Then the leases run out.
    } finally {
      lock.unlock();
    }
    onClose.accept(this);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
    link.requireOpen();
  }

  private List<Delivery> pull(int max, long untilNanos) throws InterruptedException {
    boolean done = false;
    try {
      find(max, untilNanos);
      done = true;
      return order.draw(max);
    } finally {
      if (!done) {
        takeBack();
      }
      levels.forEach(PriorityLevel::giveBack);
    }
  }

  private void find(int max, long untilNanos) throws InterruptedException {
    PullEnd shot = order.take(max);
    long shortestNanos = SETTLED_NANOS;
    while (order.found() == 0) {
      long leftNanos = untilNanos - System.nanoTime();
      switch (shot) {
        case LOST -> awaitReconnect(untilNanos);
        case AGAIN -> pause(leftNanos);
        default -> {
          shot = awaitAny(Math.min(SLICE_NANOS, Math.max(leftNanos, shortestNanos)));
          shortestNanos = MILLISECONDS.toNanos(1);
          if (shot == PullEnd.OVER && untilNanos - System.nanoTime() <= 0) {
            return;
          }
          continue;
        }
      }
      shot = order.take(max);
    }
    int room = max - order.found();
    if (room > 0 && shot == PullEnd.FILLED && link.isConnected()) {
      order.take(room); // What came with the task that ended the wait.
    }
  }

  /** Waits until a task of any priority comes; takes back what came of it and what did not. */
  private PullEnd awaitAny(long expiresNanos) throws InterruptedException {
    if (!link.isConnected()) {
      return PullEnd.LOST;
    }
    int epoch = link.epoch();
    PullEnd shot;
    try {
      for (int i = levels.size() - 1; i >= 0; i--) {
        levels.get(i).ask(expiresNanos);
      }
      shot = await(expiresNanos, epoch);
    } catch (IllegalStateException notSent) {
      shot = PullEnd.LOST;
    }
    if (levels.stream().anyMatch(PriorityLevel::isWaiting)) {
      takeBack();
    }
    levels.forEach(PriorityLevel::moveExhausted);
    return shot;
  }

  private PullEnd await(long expiresNanos, int epoch) throws InterruptedException {
    long start = System.nanoTime();
    long stepNanos = STEP_NANOS;
    while (true) {
      long overNanos = expiresNanos + levels.get(0).requests.graceNanos();
      long leftNanos = overNanos - (System.nanoTime() - start);
      Message message = inbox.poll(Math.min(Math.max(0, leftNanos), stepNanos));
      if (message == null) {
        levels.forEach(level -> level.requests.requireUsable());
        if (link.epoch() != epoch || !link.isConnected()) {
          return PullEnd.LOST;
        }
        if (leftNanos <= 0) {
          throw levels
              .get(0)
              .requests
              .unavailable("no answer: a consumer is gone, or the server is not reachable");
        }
        stepNanos = Math.min(stepNanos * 2, MAX_STEP_NANOS);
      } else if (!message.isStatusMessage()) {
        accept(message);
        return PullEnd.FILLED;
      } else if (ended(message) == PullEnd.AGAIN) {
        return PullEnd.AGAIN;
      } else if (levels.stream().noneMatch(PriorityLevel::isWaiting)) {
        return PullEnd.OVER;
      }
    }
  }

  private PullEnd ended(Message status) {
    PullEnd shot = PullEnd.OVER;
    for (PriorityLevel level : levels) {
      if (level.ends(status)) {
        shot = level.requests.ended(status.getStatus(), 0);
      }
    }
    return shot;
  }

  private void accept(Message message) {
    for (PriorityLevel level : levels) {
      if (level.accepts(message)) {
        return;
      }
    }
  }

  /** Takes back every request that waits; what had come for one of them is found. */
  private void takeBack() {
    for (Message message : inbox.drop()) {
      if (!message.isStatusMessage()) {
        accept(message);
      }
    }
    levels.forEach(PriorityLevel::waitsNoMore);
  }

  private void pause(long leftNanos) throws InterruptedException {
    if (leftNanos <= 0) {
      throw levels.get(0).requests.unavailable(levels.get(0).requests.lastStatus());
    }
    link.pause(Math.min(leftNanos, PAUSE_NANOS));
  }

  private void awaitReconnect(long untilNanos) throws InterruptedException {
    PullRequests requests = levels.get(0).requests;
    if (!link.awaitConnected(untilNanos, requests::requireAlive)) {
      requireOpen();
      throw requests.unavailable(link.whyDown());
    }
  }
}
