// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** The task of a delivery, read from its lease. */
abstract class LeasedTask implements LeasedDelivery {

  final DeliveryContext context;
  final Lease lease;

  LeasedTask(DeliveryContext context, Lease lease) {
    this.context = context;
    this.lease = lease;
  }

  @Override
  public final Lease lease() {
    return lease;
  }

  @Override
  public final String taskId() {
    return lease.taskId();
  }

  @Override
  public final byte[] payload() {
    return lease.payload();
  }

  @Override
  public final String text() {
    return new String(lease.payload(), StandardCharsets.UTF_8);
  }

  @Override
  public final Map<String, String> headers() {
    return lease.headers();
  }

  @Override
  public final String partition() {
    return context.partition;
  }

  @Override
  public final int attempt() {
    return lease.attempt();
  }

  @Override
  public final int priority() {
    return lease.priority();
  }

  @Override
  public final Instant storedAt() {
    return lease.storedAt();
  }

  @Override
  public final Optional<Instant> deadline() {
    return Optional.ofNullable(lease.deadline());
  }

  /** Whether the task has a deadline that has passed. */
  public final boolean hasExpired() {
    Instant deadline = lease.deadline();
    return deadline != null && !context.clock.now().isBefore(deadline);
  }

  /** Names the task, the attempt and the partition; a payload may be confidential. */
  @Override
  public final String toString() {
    return "Delivery[" + taskId() + " in " + partition() + ", attempt " + attempt() + "]";
  }
}
