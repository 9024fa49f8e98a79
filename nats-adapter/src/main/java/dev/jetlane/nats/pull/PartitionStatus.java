// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueueException;
import io.nats.client.api.ConsumerConfiguration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The state of one partition of this client: the effective settings, and the result of its last
 * pull. Thread-safe.
 */
public final class PartitionStatus {

  /** Longer than any process runs. */
  private static final long NEVER_NANOS = Long.MAX_VALUE / 2;

  /**
   * The settings of the consumer of one priority. They differ from the configured ones where a
   * difference is accepted.
   */
  public record Terms(long leaseNanos, int maxOutstanding) {

    static Terms of(ConsumerConfiguration consumer) {
      long max = consumer.getMaxAckPending();
      return new Terms(
          consumer.getAckWait().toNanos(),
          max <= 0 ? Limits.MAX_OUTSTANDING : (int) Math.min(max, Limits.MAX_OUTSTANDING));
    }
  }

  /**
   * A failed pull, until one succeeds.
   *
   * @param epoch the epoch of its connection
   */
  public record FailedPull(TaskQueueException error, long atNanos, int epoch) {}

  private volatile List<Terms> terms;
  private final AtomicInteger recreations = new AtomicInteger();
  private volatile long pulledAtNanos = System.nanoTime() - NEVER_NANOS;
  private volatile @Nullable FailedPull failedPull;
  private volatile long shutDownAtNanos = System.nanoTime() - NEVER_NANOS;

  /** Starts with the configured settings. */
  public PartitionStatus(QueueConfig wanted) {
    Terms each = new Terms(wanted.lease().toNanos(), wanted.maxOutstanding());
    terms = Collections.nCopies(wanted.priorities(), each);
  }

  /** Records that the partition was opened and its objects were checked. */
  public void opened(List<ConsumerConfiguration> consumers) {
    found(consumers);
    failedPull = null;
  }

  /** Records the settings of the consumers, by priority; an empty list if they were not checked. */
  public void found(List<ConsumerConfiguration> consumers) {
    if (!consumers.isEmpty()) {
      terms = consumers.stream().map(Terms::of).toList();
    }
  }

  /**
   * Records that a deleted consumer was created again: the new one does not know earlier requests.
   * A server that deletes a stream with many consumers does not end the requests of all of them (2
   * to 65 of 100 on 2.15.1, 5 on 2.10.27, seen in 3 of 10 and 1 of 10 deletions).
   */
  public void recreated() {
    var unused = recreations.incrementAndGet();
  }

  /** Returns how often a consumer was created again. */
  int recreations() {
    return recreations.get();
  }

  /** Returns the settings of the consumer of a priority. */
  public Terms terms(int priority) {
    return terms.get(priority);
  }

  /**
   * Returns the shortest lease of all priorities. An extension counts with it: a lease that is
   * assumed too short is safe.
   */
  public long shortestLeaseNanos() {
    return terms.stream().mapToLong(Terms::leaseNanos).min().orElseThrow();
  }

  /** Records a successful pull, empty or not. */
  void pulled() {
    pulledAtNanos = System.nanoTime();
    if (failedPull != null) {
      failedPull = null;
    }
  }

  /** Records a failed pull. */
  void failed(TaskQueueException error, int epoch) {
    failedPull = new FailedPull(error, System.nanoTime(), epoch);
  }

  /**
   * Records that the server ended a request because of its shutdown. It affects the requests of all
   * priorities.
   */
  void shutDown() {
    shutDownAtNanos = System.nanoTime();
  }

  /** Returns whether the server ended a request because of its shutdown within this time. */
  boolean shutDownWithin(long nanos) {
    return System.nanoTime() - shutDownAtNanos < nanos;
  }

  /** Returns the last pull if it failed, otherwise null. */
  public @Nullable FailedPull failedPull() {
    return failedPull;
  }

  /** Forgets a failed pull, because the partition was usable after it. */
  public void forget(FailedPull failed) {
    if (failed.equals(failedPull)) {
      failedPull = null;
    }
  }

  /** Returns the time of the last successful pull; a time long ago if there was none. */
  public long pulledAtNanos() {
    return pulledAtNanos;
  }

  /** Returns whether a pull ever succeeded. */
  public boolean hasPulled() {
    return System.nanoTime() - pulledAtNanos < NEVER_NANOS / 2;
  }
}
