// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The options of a {@link Puller}. Immutable; each {@code with} method returns a copy.
 *
 * <p><b>Lease keeping.</b> With {@link #keepFor} above zero the queue extends the leases of all
 * fetched tasks, handed out or not, so that work may take longer than the lease. Keeping a lease
 * stops when its delivery is settled or closed, when the puller or the queue is closed, when the
 * application no longer references the delivery (after a garbage collection; the in-memory queue
 * ignores this), and after {@code keepFor}. Then the lease expires as usual. A failed extension is
 * repeated within the lease. An unconfirmed extension does not count: {@link
 * Delivery#leaseRemaining} is never longer than the last confirmed lease, and an expired lease is
 * not revived.
 */
@CheckReturnValue
public final class PullOptions {

  private static final PullOptions DEFAULTS = new PullOptions(new Values());

  /** The settings; modified only before they are published. */
  private static final class Values implements Cloneable {

    int prefetch;
    boolean confirmAcks = true;
    Duration keepFor = Duration.ZERO;
    Optional<Duration> keepEvery = Optional.empty();
    long maxBytes = 16L * 1024 * 1024;

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }

    List<Object> all() {
      return List.of(prefetch, confirmAcks, keepFor, keepEvery, maxBytes);
    }
  }

  private final Values values;

  private PullOptions(Values values) {
    this.values = values;
  }

  private PullOptions with(Consumer<Values> change) {
    Values changed = values.copy();
    change.accept(changed);
    return new PullOptions(changed);
  }

  /**
   * Returns the defaults: no prefetch, confirmed acks, no lease keeping, 16 MiB.
   *
   * @return the defaults
   */
  public static PullOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns how many tasks the puller may lease ahead of {@link Puller#pull}. Zero, the default,
   * leases only what a pull asks for.
   *
   * <p>A puller leases nothing ahead until one of its pulls gets a task. From then on it keeps at
   * least half the prefetch buffered or requested while tasks are available. Prefetched tasks are
   * pulled without a round trip, but their lease runs while they wait, and other pullers cannot
   * take them. A task whose lease expires in the buffer is dropped, because it is redelivered.
   *
   * <p>After half a lease without a pull the puller is idle: it gives the tasks in its buffer back,
   * unless their leases are kept, and leases nothing ahead until a pull gets a task. This costs
   * each of these tasks an attempt, so choose a prefetch that is used up in less time. A queue with
   * {@link QueueConfig#priorities} does not use a prefetch.
   *
   * @return from 0 to {@link Limits#MAX_PULL}
   */
  public int prefetch() {
    return values.prefetch;
  }

  /**
   * Returns whether {@code ack} and {@code ackAsync} wait for the queue's confirmation. Without it
   * they complete when the ack is written to the connection. This is faster, but a lost ack causes
   * a redelivery.
   *
   * @return true by default
   */
  public boolean confirmAcks() {
    return values.confirmAcks;
  }

  /**
   * Returns how long leases are kept, counted from the leasing of the task.
   *
   * @return up to {@link Limits#MAX_KEEP}; zero, the default, for not at all
   */
  public Duration keepFor() {
    return values.keepFor;
  }

  /**
   * Returns how often a kept lease is extended.
   *
   * @return at most half of the lease; empty, the default, for a third of it
   */
  public Optional<Duration> keepEvery() {
    return values.keepEvery;
  }

  /**
   * Returns the limit of payload bytes for one pull, and for the tasks leased ahead. A larger task
   * is returned alone. A pull that reaches this limit returns the tasks that it has. A nats-server
   * disconnects a client with more than 64 MB pending ({@code max_pending}), so keep the sum over
   * all active pullers of a client below that.
   *
   * @return from 1 to {@link Limits#MAX_PULL_BYTES}; 16 MiB by default
   */
  public long maxBytes() {
    return values.maxBytes;
  }

  /**
   * Returns a copy with another {@link #prefetch}.
   *
   * @param tasks from 0 to {@link Limits#MAX_PULL}
   * @return the copy
   * @throws InvalidInputException if the number is out of that range
   */
  public PullOptions withPrefetch(int tasks) {
    Limits.checkPrefetch(tasks);
    return with(v -> v.prefetch = tasks);
  }

  /**
   * Returns a copy with another {@link #confirmAcks}.
   *
   * @param confirm whether acks wait for a confirmation
   * @return the copy
   */
  public PullOptions withConfirmAcks(boolean confirm) {
    return with(v -> v.confirmAcks = confirm);
  }

  /**
   * Returns a copy with another {@link #keepFor}.
   *
   * @param time how long a lease is kept; zero for not at all
   * @return the copy
   * @throws InvalidInputException if the time is out of its range
   */
  public PullOptions withKeepFor(Duration time) {
    Limits.checkKeep("time to keep leases", time);
    return with(v -> v.keepFor = time);
  }

  /**
   * Returns a copy with another {@link #keepEvery}.
   *
   * @param interval from a millisecond on; {@link Partition#puller} refuses more than half of the
   *     lease, because one failed extension would then lose it
   * @return the copy
   * @throws InvalidInputException if the time is out of its range
   */
  public PullOptions withKeepEvery(Duration interval) {
    Limits.checkKeepEvery(interval);
    return with(v -> v.keepEvery = Optional.of(interval));
  }

  /**
   * Returns a copy with another {@link #maxBytes}.
   *
   * @param bytes from 1 to {@link Limits#MAX_PULL_BYTES}
   * @return the copy
   * @throws InvalidInputException if the number is out of that range
   */
  public PullOptions withMaxBytes(long bytes) {
    Limits.checkPullBytes(bytes);
    return with(v -> v.maxBytes = bytes);
  }

  /** Compares all options. */
  @Override
  public boolean equals(Object other) {
    return other instanceof PullOptions that && values.all().equals(that.values.all());
  }

  @Override
  public int hashCode() {
    return values.all().hashCode();
  }

  /** Contains every option. */
  @Override
  public String toString() {
    return "PullOptions[prefetch="
        + prefetch()
        + ", confirmAcks="
        + confirmAcks()
        + ", keepFor="
        + keepFor()
        + keepEvery().map(interval -> ", keepEvery=" + interval).orElse("")
        + ", maxBytes="
        + maxBytes()
        + "]";
  }
}
