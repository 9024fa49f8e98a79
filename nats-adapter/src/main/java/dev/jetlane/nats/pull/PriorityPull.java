// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.Delivery;
import dev.jetlane.driver.PullDriver;
import io.nats.client.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pulls from a partition with priorities, over one subscription.
 *
 * <p>A pull first takes the available tasks, priority by priority, with requests that the server
 * answers immediately. If there are none, it waits with one request for one task at each priority,
 * so that the first task of any priority ends the wait. Before the next request it withdraws the
 * other ones by dropping the subscription. Tasks that arrived for them meanwhile are handed out if
 * there is room, otherwise given back immediately. A pull without a caller that waits hands the
 * first task over before this withdrawal, which takes an exchange and several thread switches. For
 * a moment it keeps the tasks that there was room for, because a worker with free handlers pulls
 * again immediately. Otherwise no task is leased ahead. Where a server serves a withdrawn request
 * ({@link PullContext#outlivesInterest}), the pull waits until the server ends it.
 *
 * <p>On 2.9 a redelivery can be delayed by another lease if it becomes due while only withdrawn
 * requests wait: see {@link NatsPull}.
 */
final class PriorityPull extends SharedPull {

  /**
   * How long a pull that does not wait allows for a task that was pushed just now to become
   * visible.
   */
  private static final long SETTLED_NANOS = MILLISECONDS.toNanos(20);

  private static final long STEP_NANOS = MILLISECONDS.toNanos(20);

  /** The longest wait where a task that comes waits for the end of the other requests. */
  private static final long SHORT_SLICE_NANOS = MILLISECONDS.toNanos(200);

  private static final long MAX_STEP_NANOS = SECONDS.toNanos(1);

  /** How long a puller that has handed out its first task keeps the others for its next pull. */
  private static final long KEPT_NANOS = MILLISECONDS.toNanos(20);

  private final PullContext first;
  private final List<PriorityLevel> levels = new ArrayList<>();
  private final PriorityOrder order;
  private final long sliceNanos;

  /** Whether the last pull has handed its tasks over before it released the turn. */
  private volatile boolean handedOver;

  /** Whether tasks are kept for the next pull. */
  private volatile boolean keeping;

  /**
   * @param contexts by priority
   */
  PriorityPull(List<PullContext> contexts, Consumer<PullDriver> onClose) {
    super(
        contexts.get(0).session,
        contexts.get(0).status,
        new PullInbox(contexts.get(0).session, contexts.get(0).leaseNanos),
        onClose);
    first = contexts.get(0);
    for (PullContext context : contexts) {
      levels.add(new PriorityLevel(context, inbox, this::requireOpen));
    }
    sliceNanos = first.outlivesInterest ? SHORT_SLICE_NANOS : first.sliceNanos;
    order = new PriorityOrder(levels, first.session.settings.queue());
  }

  @Override
  public void connect(long deadlineNanos) {
    turn.acquireUninterruptibly();
    try {
      levels.forEach(level -> level.requests.probe(deadlineNanos));
    } finally {
      turn.release();
    }
  }

  @Override
  void wake() {
    inbox.wake(first.address.nextSubject);
  }

  @Override
  void giveBackAll() {
    takeBack();
    levels.forEach(PriorityLevel::giveBack);
  }

  /** A pull that does not wait finds the available tasks even while the last one withdraws. */
  @Override
  long patienceNanos() {
    return handedOver ? MAX_STEP_NANOS : 0;
  }

  @Override
  List<? extends Delivery> pullAlone(
      int max, long maxBytes, long untilNanos, @Nullable Consumer<List<Delivery>> early)
      throws InterruptedException {
    boolean done = false;
    handedOver = false;
    keeping = false;
    try {
      levels.forEach(PriorityLevel::dropExpired);
      find(max, maxBytes, untilNanos, early != null);
      List<Delivery> drawn = order.draw(max, maxBytes);
      if (early != null && isAnyWaiting()) {
        handOver(drawn, max - drawn.size(), early);
        drawn = List.of();
      }
      done = true;
      return drawn;
    } finally {
      if (!done) {
        takeBack();
      }
      if (!keeping) {
        levels.forEach(PriorityLevel::giveBack);
      }
    }
  }

  private void handOver(List<Delivery> drawn, int room, Consumer<List<Delivery>> early) {
    handedOver = true;
    early.accept(drawn);
    takeBack();
    for (PriorityLevel level : levels) {
      level.giveBack(order.found() - room);
    }
    keeping = order.found() > 0 && !isClosed();
    if (keeping) {
      giveBackLater();
    }
  }

  private void giveBackLater() {
    // A closed queue refuses; the leases expire instead.
    boolean unused =
        first.session.timer.after(
            "giving back tasks of other priorities", KEPT_NANOS, this::giveBackKept);
  }

  private void giveBackKept() {
    if (!keeping) {
      return; // The next pull took them.
    }
    if (!turn.tryAcquire()) {
      giveBackLater();
      return;
    }
    try {
      keeping = false;
      levels.forEach(PriorityLevel::giveBack);
    } finally {
      turn.release();
    }
  }

  private boolean isAnyWaiting() {
    return levels.stream().anyMatch(PriorityLevel::isWaiting);
  }

  private void find(int max, long maxBytes, long untilNanos, boolean early)
      throws InterruptedException {
    PullEnd end = order.take(max - order.found(), maxBytes);
    long shortestNanos = SETTLED_NANOS;
    while (order.found() == 0) {
      long leftNanos = untilNanos - System.nanoTime();
      switch (end) {
        case LOST -> levels.get(0).requests.awaitReconnect(untilNanos);
        case AGAIN -> pause(leftNanos);
        default -> {
          end = awaitAny(Math.min(sliceNanos, Math.max(leftNanos, shortestNanos)), early);
          shortestNanos = MILLISECONDS.toNanos(1);
          if (end == PullEnd.OVER && untilNanos - System.nanoTime() <= 0) {
            return;
          }
          continue;
        }
      }
      end = order.take(max, maxBytes);
    }
    int room = max - order.found();
    if (room > 0 && !isAnyWaiting() && end == PullEnd.FILLED && monitor.isReady()) {
      order.take(room, maxBytes); // Other tasks that arrived with the one that ended the wait.
    }
  }

  /**
   * Waits for a task of any priority, then withdraws all requests.
   *
   * @param early whether the caller withdraws them if there is a task
   */
  private PullEnd awaitAny(long expiresNanos, boolean early) throws InterruptedException {
    if (!monitor.isReady()) {
      return PullEnd.LOST;
    }
    RequestTarget target = first.target();
    PullEnd end;
    try {
      for (int i = levels.size() - 1; i >= 0; i--) {
        levels.get(i).ask(expiresNanos);
      }
      end = await(expiresNanos, target);
    } catch (IllegalStateException notSent) {
      end = PullEnd.LOST;
    }
    if (isAnyWaiting() && !(early && order.found() > 0)) {
      takeBack();
    }
    for (PriorityLevel level : levels) {
      level.moveExhausted();
    }
    return end;
  }

  private PullEnd await(long expiresNanos, RequestTarget target) throws InterruptedException {
    long start = System.nanoTime();
    long stepNanos = STEP_NANOS;
    while (true) {
      long overNanos = expiresNanos + first.graceNanos;
      long leftNanos = overNanos - (System.nanoTime() - start);
      Message message = inbox.poll(Math.min(Math.max(0, leftNanos), stepNanos));
      if (message == null) {
        levels.forEach(level -> level.requests.requireUsable());
        if (!target.equals(first.target()) || !monitor.isConnected()) {
          return PullEnd.LOST;
        }
        if (leftNanos <= 0) {
          throw first.unavailable("no answer: a consumer is gone, or the server is not reachable");
        }
        stepNanos = Math.min(stepNanos * 2, MAX_STEP_NANOS);
      } else if (!message.isStatusMessage()) {
        accept(message);
        return PullEnd.FILLED;
      } else if (isClosed()) {
        requireOpen();
      } else if (ended(message) == PullEnd.AGAIN) {
        return PullEnd.AGAIN;
      } else if (!isAnyWaiting()) {
        return PullEnd.OVER;
      }
    }
  }

  private PullEnd ended(Message status) {
    PullEnd end = PullEnd.OVER;
    for (PriorityLevel level : levels) {
      if (level.ends(status)) {
        end = level.requests.status.ended(status.getStatus(), 0);
      }
    }
    return end;
  }

  private void accept(Message message) {
    for (PriorityLevel level : levels) {
      if (level.accepts(message)) {
        return;
      }
    }
  }

  /**
   * Withdraws every waiting request; tasks that had arrived for one of them are in {@code found}.
   */
  private void takeBack() {
    if (first.outlivesInterest) {
      awaitEnds();
    }
    inbox.drop(
        message -> {
          if (!message.isStatusMessage()) {
            accept(message);
          }
        });
    levels.forEach(PriorityLevel::waitsNoMore);
  }

  /** Accepts messages until the server has ended each request. Ignores interrupts. */
  private void awaitEnds() {
    boolean interrupted = Thread.interrupted();
    int epoch = monitor.epoch();
    long untilNanos = System.nanoTime() + PullRequests.OUTLIVES_NANOS;
    while (isAnyWaiting()
        && untilNanos - System.nanoTime() > 0
        && first.serverAnswers()
        && monitor.epoch() == epoch) {
      try {
        Message message = inbox.poll(STEP_NANOS);
        if (message != null && !message.isStatusMessage()) {
          accept(message);
        } else if (message != null) {
          levels.forEach(level -> level.ends(message));
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void pause(long leftNanos) throws InterruptedException {
    if (leftNanos <= 0) {
      throw first.unavailable(lastStatus());
    }
    monitor.pause(Math.min(leftNanos, PAUSE_NANOS));
  }

  /** Returns the text of the status because of which the pull pauses. */
  private String lastStatus() {
    return levels.stream()
        .map(level -> level.requests.status)
        .filter(PullStatus::isBetween)
        .findFirst()
        .orElse(levels.get(0).requests.status)
        .last();
  }
}
