package dev.jetlane.nats.pull;

import dev.jetlane.Limits;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueueException;
import io.nats.client.api.ConsumerConfiguration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known about one partition of this client: the settings in force, and how its last pull
 * went. Thread-safe.
 */
public final class PartitionStatus {

  /** Longer than any process runs. */
  private static final long NEVER_NANOS = Long.MAX_VALUE / 2;

  /**
   * The settings of the consumer of one priority, which differ from those that were asked for where
   * a difference is accepted.
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
   * A pull that failed, until one goes well.
   *
   * @param epoch of the connection that it failed on
   */
  public record FailedPull(TaskQueueException error, long atNanos, int epoch) {}

  private volatile List<Terms> terms;
  private volatile long pulledAtNanos = System.nanoTime() - NEVER_NANOS;
  private volatile @Nullable FailedPull failedPull;

  /** Before anything is known: the settings as they are wanted. */
  public PartitionStatus(QueueConfig wanted) {
    Terms each = new Terms(wanted.lease().toNanos(), wanted.maxOutstanding());
    terms = Collections.nCopies(wanted.priorities(), each);
  }

  /** It was opened, and everything that it needs was looked at. */
  public void opened(List<ConsumerConfiguration> consumers) {
    found(consumers);
    failedPull = null;
  }

  /** These are the settings of the consumers, by priority; none if they were not looked at. */
  public void found(List<ConsumerConfiguration> consumers) {
    if (!consumers.isEmpty()) {
      terms = consumers.stream().map(Terms::of).toList();
    }
  }

  /** The settings of the consumer of a priority. */
  public Terms terms(int priority) {
    return terms.get(priority);
  }

  /** A pull went well, empty or not. */
  void pulled() {
    pulledAtNanos = System.nanoTime();
    if (failedPull != null) {
      failedPull = null;
    }
  }

  /** A pull failed. */
  void failed(TaskQueueException error, int epoch) {
    failedPull = new FailedPull(error, System.nanoTime(), epoch);
  }

  /** The last pull, if it failed. */
  public @Nullable FailedPull failedPull() {
    return failedPull;
  }

  /** The partition was found usable after this pull. */
  public void forget(FailedPull failed) {
    if (failed.equals(failedPull)) {
      failedPull = null;
    }
  }

  /** When a pull last went well; long ago if none did. */
  public long pulledAtNanos() {
    return pulledAtNanos;
  }

  /** Whether a pull ever went well. */
  public boolean hasPulled() {
    return System.nanoTime() - pulledAtNanos < NEVER_NANOS / 2;
  }
}
