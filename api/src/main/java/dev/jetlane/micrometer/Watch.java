package dev.jetlane.micrometer;

import dev.jetlane.Partition;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueueException;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What was last known of a partition. Its gauges are read one by one and share one stats. */
final class Watch {

  private final Partition partition;
  private final Pause pause;
  private @Nullable Stats stats;
  private boolean asked;
  private long askedNanos;

  Watch(Partition partition, Pause pause) {
    this.partition = partition;
    this.pause = pause;
  }

  double ready() {
    return read(Stats::ready);
  }

  double outstanding() {
    return read(Stats::outstanding);
  }

  double dead() {
    return read(Stats::dead);
  }

  private synchronized double read(ToDoubleFunction<Stats> value) {
    long now = pause.clock.monotonicTime();
    if (!asked || now - askedNanos >= QueueMetrics.INTERVAL.toNanos()) {
      asked = true;
      askedNanos = now;
      stats = pause.isOver() ? ask() : null;
    }
    return stats == null ? Double.NaN : value.applyAsDouble(stats);
  }

  private @Nullable Stats ask() {
    try {
      return partition.stats();
    } catch (TaskQueueException e) {
      pause.failed();
      return null;
    }
  }
}
