// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A client that has tasks and does not settle them. */
final class LeaseHolder implements AutoCloseable {

  private static final int BATCH = 1_000;
  private static final Duration WAIT = Duration.ofSeconds(60);

  private final TaskQueue queue;
  private final List<Delivery> held = new ArrayList<>();

  /** Leases this number of tasks, which must be stored already. */
  LeaseHolder(Target target, Place place, int tasks, PullOptions options)
      throws InterruptedException {
    queue = target.connect();
    Puller puller = queue.partition(place.partition()).puller(options);
    while (held.size() < tasks) {
      held.addAll(puller.pull(Math.min(BATCH, tasks - held.size()), WAIT));
    }
  }

  /**
   * @throws IllegalStateException if a lease was lost meanwhile
   */
  @Override
  public void close() {
    long lost = held.stream().filter(Delivery::leaseExpired).count();
    queue.close();
    if (lost > 0) {
      throw new IllegalStateException(lost + " leases were lost");
    }
  }
}
