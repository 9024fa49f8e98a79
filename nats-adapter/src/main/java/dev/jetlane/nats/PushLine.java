// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.nats.request.JetStreamApi;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The asynchronous pushes into one partition that wait until the client knows the room of the
 * partition. One thread at a time sends them, in the order of their calls; it exists only while
 * pushes wait. The pushes that wait together are sent together, with one question for the room.
 *
 * <p>This class is thread-safe.
 */
final class PushLine {

  /** A push that waits. It holds a permit. */
  record Waiting(Task task, DriverFuture<PushReceipt> outcome, long deadlineNanos) {}

  private final JetStreamApi api;
  private final Consumer<List<Waiting>> sender;
  private final BiConsumer<Waiting, TaskQueueException> refused;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Waiting> waiting = new ArrayList<>();

  /** The number of pushes that joined the line; {@code left} counts those that left it. */
  private long joined;

  private long left;

  /** Whether a thread sends. Changes under the lock. */
  private volatile boolean busy;

  /**
   * @param sender sends pushes in the order of the list, on another thread; completes each that it
   *     does not send
   * @param refused completes a push for which there is no thread
   */
  PushLine(
      JetStreamApi api,
      Consumer<List<Waiting>> sender,
      BiConsumer<Waiting, TaskQueueException> refused) {
    this.api = api;
    this.sender = sender;
    this.refused = refused;
  }

  /** Returns whether no push waits. */
  boolean isEmpty() {
    return !busy;
  }

  void add(Waiting push) {
    lock.lock();
    try {
      waiting.add(push);
      joined++;
      if (busy) {
        return;
      }
      busy = true;
    } finally {
      lock.unlock();
    }
    var unused =
        api.runAsync(this::sendAll)
            .whenComplete(
                (sent, error) -> {
                  if (error != null) {
                    failAll(error);
                  }
                });
  }

  private void sendAll() {
    List<Waiting> next = take(0);
    while (!next.isEmpty()) {
      sender.accept(next);
      next = take(next.size());
    }
  }

  /** Takes the waiting pushes, after the previous ones have left. */
  private List<Waiting> take(int sent) {
    lock.lock();
    try {
      left += sent;
      changed.signalAll();
      List<Waiting> next = List.copyOf(waiting);
      waiting.clear();
      busy = !next.isEmpty();
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void failAll(Throwable error) {
    for (List<Waiting> next = take(0); !next.isEmpty(); next = take(next.size())) {
      next.forEach(push -> refused.accept(push, notSent(push.task.id(), error)));
    }
  }

  private static TaskQueueException notSent(String taskId, Throwable error) {
    return error instanceof QueueClosedException
        ? new QueueClosedException("push of " + taskId + ": closed", error)
        : new QueueUnavailableException("push of " + taskId + ": not sent: " + error, error);
  }

  /**
   * Waits until the pushes that wait now are sent, or the time is over. An interrupt ends the wait,
   * and stays set.
   *
   * @return whether the time is not over
   */
  boolean awaitSent(long untilNanos) {
    if (isEmpty()) {
      return true;
    }
    lock.lock();
    try {
      long last = joined;
      long leftNanos = untilNanos - System.nanoTime();
      while (left < last && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
      return left >= last;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      lock.unlock();
    }
  }
}
