// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The queue itself, in its modes. */
final class JetlanePull extends BatchLoop {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private final TaskQueue queue;
  private final List<Partition> partitions = new ArrayList<>();
  private final @Nullable Puller[] pullers;
  private final PullOptions options;
  private final boolean blocking;
  private final boolean alone;
  private final Queue<CompletableFuture<Settlement>> unconfirmed = new ArrayDeque<>();

  /**
   * @param blocking whether each ack is awaited before the next one; otherwise acks are pipelined
   */
  JetlanePull(Target target, List<Place> places, int batch, PullOptions options, boolean blocking) {
    super(places, batch);
    queue = target.connect();
    places.forEach(place -> partitions.add(queue.partition(place.partition())));
    pullers = new Puller[places.size()];
    this.options = options;
    this.blocking = blocking;
    alone = target.pullers() == 1;
  }

  @Override
  int pull(int place, int max) throws Exception {
    List<Delivery> deliveries = puller(place).pull(max, WAIT);
    for (Delivery delivery : deliveries) {
      if (blocking) {
        require(delivery.ack());
      } else {
        unconfirmed.add(delivery.ackAsync());
      }
    }
    while (!unconfirmed.isEmpty() && unconfirmed.element().isDone()) {
      require(unconfirmed.remove().join());
    }
    return deliveries.size();
  }

  /** Gives back prefetched tasks, because other pullers may be waiting for them. */
  @Override
  void exhausted(int place) {
    if (!alone) {
      close(place);
    }
  }

  @Override
  void finish() throws Exception {
    while (!unconfirmed.isEmpty()) {
      require(unconfirmed.remove().get(WAIT.toSeconds(), TimeUnit.SECONDS));
    }
  }

  private Puller puller(int place) {
    Puller open = pullers[place];
    if (open == null) {
      open = partitions.get(place).puller(options);
      pullers[place] = open;
    }
    return open;
  }

  private static void require(Settlement settlement) {
    if (settlement != Settlement.SETTLED) {
      throw new IllegalStateException("an ack returned " + settlement);
    }
  }

  /** A puller without prefetch leases nothing ahead, so it stays open, like that of a worker. */
  @Override
  public void afterDrain() {
    unconfirmed.clear();
    if (options.prefetch() > 0) {
      for (int place = 0; place < pullers.length; place++) {
        close(place);
      }
    }
  }

  private void close(int place) {
    Puller open = pullers[place];
    if (open != null) {
      open.close();
      pullers[place] = null;
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
