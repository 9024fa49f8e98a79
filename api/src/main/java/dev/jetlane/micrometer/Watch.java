// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The last known counts of a partition. A registry reads the gauges one by one; they share one
 * answer.
 */
final class Watch {

  private record Answer(Stats stats, double oldestAgeSeconds) {}

  private final Partition partition;
  private final Pause pause;
  private final Runnable onClosed;
  private @Nullable Answer answer;
  private boolean asked;
  private long askedNanos;

  /**
   * @param onClosed called when a request fails because the queue of the partition is closed
   */
  Watch(Partition partition, Pause pause, Runnable onClosed) {
    this.partition = partition;
    this.pause = pause;
    this.onClosed = onClosed;
  }

  double count(ToDoubleFunction<Stats> which) {
    return read(known -> which.applyAsDouble(known.stats()));
  }

  double oldestAgeSeconds() {
    return read(Answer::oldestAgeSeconds);
  }

  private synchronized double read(ToDoubleFunction<Answer> value) {
    long now = pause.clock.monotonicTime();
    if (!asked || now - askedNanos >= QueueMetrics.INTERVAL.toNanos()) {
      asked = true;
      askedNanos = now;
      answer = pause.isOver() ? ask() : null;
    }
    return answer == null ? Double.NaN : value.applyAsDouble(answer);
  }

  private @Nullable Answer ask() {
    try {
      return new Answer(partition.stats(), oldestAge());
    } catch (QueueClosedException e) {
      onClosed.run();
      return null;
    } catch (PermissionDeniedException | QueueRejectedException e) {
      return null; // The queue answers, so the other partitions are asked.
    } catch (TaskQueueException e) {
      pause.failed();
      return null;
    }
  }

  /**
   * Failures are handled separately: on a server this needs a permission that the other gauges do
   * not need.
   */
  private double oldestAge() {
    try {
      return partition.oldestAge().orElse(Duration.ZERO).toNanos() / 1e9;
    } catch (PermissionDeniedException e) {
      return Double.NaN;
    }
  }
}
