package dev.jetlane.benchmarks;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The queue itself, in its modes. */
final class JetlanePull implements PullLoop {

  /** How a task is acked. */
  enum Acks {
    /** {@code ackAsync}: confirmed, without waiting for one before the next. */
    PIPELINED,
    /** {@code ack}: confirmed one by one. */
    BLOCKING,
    /** Not confirmed. */
    UNCONFIRMED
  }

  private static final Duration WAIT = Duration.ofSeconds(10);

  private final TaskQueue queue;
  private final Partition partition;
  private final PullOptions options;
  private final Acks acks;
  private final int batch;
  private @Nullable Puller puller;

  JetlanePull(Target target, int prefetch, Acks acks) {
    queue = target.connect();
    partition = queue.partition(Target.PARTITION);
    PullOptions confirmed = PullOptions.defaults().withPrefetch(prefetch);
    options = acks == Acks.UNCONFIRMED ? confirmed.withUnconfirmedAcks() : confirmed;
    this.acks = acks;
    batch = target.batch();
  }

  @Override
  public void drain(int tasks, EmptyPulls emptyPulls) throws Exception {
    Puller open = partition.puller(options);
    puller = open;
    Queue<CompletableFuture<Settlement>> unconfirmed = new ArrayDeque<>();
    for (int left = tasks; left > 0; ) {
      List<Delivery> deliveries = open.pull(Math.min(left, batch), WAIT);
      if (deliveries.isEmpty()) {
        emptyPulls.emptyPulls++;
      }
      left -= deliveries.size();
      for (Delivery delivery : deliveries) {
        if (acks == Acks.PIPELINED) {
          unconfirmed.add(delivery.ackAsync());
        } else {
          require(delivery.ack());
        }
      }
      while (!unconfirmed.isEmpty() && unconfirmed.element().isDone()) {
        require(unconfirmed.remove().join());
      }
    }
    while (!unconfirmed.isEmpty()) {
      require(unconfirmed.remove().get(WAIT.toSeconds(), TimeUnit.SECONDS));
    }
    if (acks == Acks.UNCONFIRMED) {
      awaitEmpty();
    }
  }

  /**
   * Nobody confirms these acks, so the clock stops when the server no longer counts their tasks.
   */
  private void awaitEmpty() {
    while (partition.stats().backlog() > 0) {
      Thread.onSpinWait();
    }
  }

  private static void require(Settlement settlement) {
    if (settlement != Settlement.SETTLED) {
      throw new IllegalStateException("an ack came to " + settlement);
    }
  }

  @Override
  public void afterDrain() {
    if (puller != null) {
      puller.close();
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
