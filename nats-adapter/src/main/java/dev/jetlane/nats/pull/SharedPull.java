package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FlushLock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What all pulls have in common: one at a time, each one noted in the status of the partition, and
 * a close that gives back.
 *
 * <p>The lock is held for a whole pull, also while it waits. A close wakes the pull by dropping its
 * subscription. Whoever closes, and in whatever order several do, returns when what was not handed
 * out has been given back.
 */
abstract class SharedPull implements PartitionPull {

  /**
   * The longest single request: how long one can be waited for that a new leader does not know of.
   */
  static final long SLICE_NANOS = SECONDS.toNanos(4);

  static final long PAUSE_NANOS = MILLISECONDS.toNanos(50);

  final ConnectionMonitor monitor;
  final ReentrantLock lock = new ReentrantLock();
  final PullInbox inbox;
  private final PartitionStatus status;
  private final FlushLock flushLock;
  private final JetStreamApi api;
  private final Consumer<PullDriver> onClose;
  private volatile boolean closed;

  /** Guarded by the lock. */
  private boolean gaveBack;

  SharedPull(
      Session session, PartitionStatus status, PullInbox inbox, Consumer<PullDriver> onClose) {
    monitor = session.monitor;
    flushLock = session.flushLock;
    api = session.api;
    this.status = status;
    this.inbox = inbox;
    this.onClose = onClose;
  }

  /** One pull. The caller holds the lock. */
  abstract List<? extends Delivery> pullAlone(int max, long maxBytes, long untilNanos)
      throws InterruptedException;

  /** After each pull. The caller holds the lock. */
  void pulled() {}

  /** How much longer than its wait a pull may wait for the lock. */
  long patienceNanos() {
    return 0;
  }

  /** Before a close waits for the lock. */
  void stop() {}

  /** Gives back what was leased and not handed out. The caller holds the lock. */
  abstract void giveBackAll();

  @Override
  public final List<Delivery> pull(int max, long maxBytes, long untilNanos)
      throws InterruptedException {
    requireOpen();
    long waitNanos = Math.max(0, untilNanos - System.nanoTime());
    if (!lock.tryLock(waitNanos, TimeUnit.NANOSECONDS)
        && !lock.tryLock(patienceNanos(), TimeUnit.NANOSECONDS)) {
      return new ArrayList<>();
    }
    try {
      requireOpen();
      List<Delivery> handedOut = new ArrayList<>(pullAlone(max, maxBytes, untilNanos));
      status.pulled();
      return handedOut;
    } catch (QueueClosedException e) {
      throw e;
    } catch (TaskQueueException e) {
      status.failed(e, monitor.epoch());
      throw e;
    } finally {
      pulled();
      lock.unlock();
    }
  }

  @Override
  public final CompletableFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    AsyncPull pull = new AsyncPull(this, max, maxBytes, untilNanos, completion);
    var unused =
        api.runAsync(pull)
            .whenComplete(
                (ran, refused) -> {
                  if (refused != null) {
                    pull.fail(new QueueClosedException("the queue is closed", refused));
                  }
                });
    return pull;
  }

  @Override
  public final void close(long deadlineNanos) {
    closed = true;
    stop();
    inbox.wake();
    boolean interrupted = false;
    lock.lock();
    try {
      if (!gaveBack) {
        giveBackAll();
        flushLock.flush();
        gaveBack = true;
      }
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

  final boolean isClosed() {
    return closed;
  }

  final void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
    monitor.requireOpen();
  }
}
