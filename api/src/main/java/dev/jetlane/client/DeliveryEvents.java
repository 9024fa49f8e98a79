// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.QueueEvent;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.LeaseAction;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Reports the events of one delivery to the listeners. Exists only if there are listeners.
 *
 * <p>This class is thread-safe.
 */
final class DeliveryEvents {

  private final Listeners listeners;
  private final Delivery delivery;
  private volatile long pulledNanos;

  // Guarded by this object's monitor.
  private boolean lost;
  private @Nullable CompletionStage<Void> toldOfLoss;

  DeliveryEvents(Listeners listeners, Delivery delivery) {
    this.listeners = listeners;
    this.delivery = delivery;
  }

  void handedOut(long now) {
    pulledNanos = now;
  }

  /** Reports a settlement that succeeded. */
  void settled(Intent intent, long calledNanos, long nowNanos) {
    LeaseAction action = intent.asked();
    Duration held = Duration.ofNanos(calledNanos - pulledNanos);
    Duration took = Duration.ofNanos(nowNanos - calledNanos);
    if (action instanceof LeaseAction.Ack) {
      boolean late = action.result() == Settlement.SETTLED_LATE;
      if (late) {
        leaseLost();
      }
      listeners.acked(new QueueEvent.Acked(delivery, late, held, took));
    } else if (action instanceof LeaseAction.Nak nak) {
      listeners.givenBack(new QueueEvent.GivenBack(delivery, nak.delay(), held, took));
    } else if (action instanceof LeaseAction.PutBack) {
      listeners.givenBack(new QueueEvent.GivenBack(delivery, Duration.ZERO, held, took));
    } else if (action instanceof LeaseAction.MoveToDeadLetters move) {
      listeners.deadLettered(new QueueEvent.DeadLettered(delivery, move.reason(), held, took));
    }
    if (intent.exhausts()) {
      listeners.exhausted(delivery.partition(), delivery.taskId());
    }
  }

  void extended() {
    listeners.extended(new QueueEvent.Extended(delivery));
  }

  /** Reports a settlement or an extension that failed. */
  void failed(TaskQueueException error) {
    if (error instanceof LeaseExpiredException) {
      leaseLost();
    } else {
      listeners.settleFailed(new QueueEvent.SettleFailed(delivery, error));
    }
  }

  /** Reports that the holder's lease is lost, at most once. */
  void leaseLost() {
    synchronized (this) {
      if (lost) {
        return;
      }
      lost = true;
    }
    listeners.leaseLost(new QueueEvent.LeaseLost(delivery));
  }

  /**
   * Returns the stage that completes after the listeners were called: the same one at each call.
   */
  CompletionStage<Void> afterLoss(CompletionStage<Void> loss) {
    synchronized (this) {
      if (toldOfLoss != null) {
        return toldOfLoss;
      }
    }
    // Outside the lock: if the lease is already lost, thenRun calls the listeners on this thread.
    CompletionStage<Void> stage = loss.thenRun(this::leaseLost);
    synchronized (this) {
      toldOfLoss = toldOfLoss == null ? stage : toldOfLoss;
      return toldOfLoss;
    }
  }
}
