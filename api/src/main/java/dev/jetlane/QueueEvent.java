// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;

/**
 * An event that a {@link QueueListener} receives. Only the queue creates events, so a new version
 * may add components.
 */
public sealed interface QueueEvent {

  /**
   * A push was confirmed.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   * @param duplicate whether an earlier push had stored the task
   */
  record Pushed(String partition, String taskId, boolean duplicate) implements QueueEvent {}

  /**
   * A push failed, or its outcome is unknown.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   * @param error the exception of the caller
   */
  record PushFailed(String partition, String taskId, TaskQueueException error)
      implements QueueEvent {}

  /**
   * A pull returned.
   *
   * @param partition the name of the partition
   * @param deliveries its tasks; none if the wait ended; immutable
   */
  record Pulled(String partition, List<Delivery> deliveries) implements QueueEvent {

    /**
     * Copies the deliveries.
     *
     * @param partition see {@link #partition}
     * @param deliveries see {@link #deliveries}
     */
    public Pulled {
      deliveries = List.copyOf(deliveries);
    }

    /**
     * Returns the number of tasks.
     *
     * @return zero if the wait ended
     */
    public int tasks() {
      return deliveries.size();
    }
  }

  /**
   * A pull returned a task that was delivered before.
   *
   * @param delivery the delivery
   */
  record Redelivered(Delivery delivery) implements QueueEvent {}

  /**
   * A pull failed. An interrupt is not reported.
   *
   * @param partition the name of the partition
   * @param error the exception of the caller
   */
  record PullFailed(String partition, TaskQueueException error) implements QueueEvent {}

  /**
   * A task was acked.
   *
   * @param delivery the delivery
   * @param late whether the lease had expired; {@link QueueListener#leaseLost} was called before
   * @param held from the end of the pull to the call of the settlement
   * @param took from the call of the settlement to its confirmation
   */
  record Acked(Delivery delivery, boolean late, Duration held, Duration took)
      implements QueueEvent {}

  /**
   * A task was given back: by a nak, a release, or {@link Delivery#close}.
   *
   * @param delivery the delivery
   * @param delay the delay until the redelivery; zero for none
   * @param held from the end of the pull to the call of the settlement
   * @param took from the call of the settlement to its confirmation
   */
  record GivenBack(Delivery delivery, Duration delay, Duration held, Duration took)
      implements QueueEvent {}

  /**
   * A lease was restarted by {@link Delivery#extend}. Automatic extensions are not reported.
   *
   * @param delivery the delivery
   */
  record Extended(Delivery delivery) implements QueueEvent {}

  /**
   * A holder moved its task to the dead letters.
   *
   * @param delivery the delivery
   * @param reason the reason
   * @param held from the end of the pull to the call of the settlement
   * @param took from the call of the settlement to its confirmation
   */
  record DeadLettered(Delivery delivery, String reason, Duration held, Duration took)
      implements QueueEvent {}

  /**
   * A task went to the dead letters because it had used up its {@link QueueConfig#maxDeliveries()}.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   */
  record Exhausted(String partition, String taskId) implements QueueEvent {}

  /**
   * A holder noticed that its lease had expired.
   *
   * @param delivery the delivery
   */
  record LeaseLost(Delivery delivery) implements QueueEvent {}

  /**
   * A settlement or an extension failed, or its outcome is unknown.
   *
   * @param delivery the delivery
   * @param error the exception of the caller
   */
  record SettleFailed(Delivery delivery, TaskQueueException error) implements QueueEvent {}

  /**
   * The queue works but needs attention.
   *
   * @param text one readable line without secrets
   */
  record Warned(String text) implements QueueEvent {}
}
