package dev.jetlane.conformance.harness;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.TaskQueueConformance;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Connects the kit to one queue implementation, with empty storage of its own, and owns the time of
 * that queue.
 *
 * <p>One harness serves one plan and is closed after it. Several harnesses may be in use at the
 * same time ({@link TaskQueueConformance#plansAtOnce}); each is used by one thread at a time,
 * {@link #nowNanos} by several.
 */
public interface Harness extends AutoCloseable {

  /**
   * Opens a client. Every call opens another client of the same storage; the kit closes each of
   * them.
   */
  TaskQueue open(QueueConfig config);

  /**
   * As {@link #open(QueueConfig)}, with listeners that receive the events of this client. To be
   * overridden where {@link Capability#LISTENERS} is declared.
   */
  default TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    throw new UnsupportedOperationException(
        "a harness that declares LISTENERS overrides open(config, listeners)");
  }

  /**
   * As {@link #open(QueueConfig)}, for a client that no fault of {@link #faults} reaches. To be
   * overridden where {@link Capability#FAULTS_APART} is declared.
   */
  default TaskQueue openApart(QueueConfig config) {
    throw new UnsupportedOperationException(
        "a harness that declares FAULTS_APART overrides openApart(config)");
  }

  /**
   * Lets time pass. With a virtual clock, everything that became due has happened when this
   * returns; in real time this sleeps.
   */
  void advance(Duration time);

  /** Now, on the monotonic clock that {@link #advance} moves. */
  long nowNanos();

  /**
   * The unit of all plans: a lease is about ten of them. Long enough that a client does a few calls
   * in one.
   */
  Duration tick();

  /**
   * How late the queue may be with what it must do. Zero means virtual time: then everything is
   * judged exactly. Being early is never tolerated.
   */
  Duration tolerance();

  /**
   * The faults that this harness can cause, in the clients that {@link #open} returns. To be
   * overridden where {@link Capability#FAULTS} is declared. The kit asks for them before it opens
   * the first client, and only where it causes faults.
   *
   * @return the same object each time
   */
  default FaultHands faults() {
    throw new UnsupportedOperationException("a harness that declares FAULTS overrides faults()");
  }

  /**
   * How long a call of the clients that {@link #open} returns may take, with faults. To be
   * overridden where {@link Capability#SLOW_ANSWERS} is declared.
   */
  default Duration requestTimeout() {
    throw new UnsupportedOperationException(
        "a harness that declares SLOW_ANSWERS overrides requestTimeout()");
  }

  /**
   * What the queue can do; by default everything but listeners and faults, which need a method
   * more.
   */
  default Set<Capability> capabilities() {
    return EnumSet.complementOf(
        EnumSet.of(
            Capability.LISTENERS,
            Capability.FAULTS,
            Capability.FAULTS_APART,
            Capability.SLOW_ANSWERS,
            Capability.FAULTS_OF_MOVES,
            Capability.LEADER_CHANGES));
  }

  /**
   * How the rules pull that are not about a certain way to pull; {@link PullOptions#defaults()} if
   * nothing else is said. Run the suite once more with prefetch to hold a queue to its rules with
   * it.
   */
  default PullOptions pulling() {
    return PullOptions.defaults();
  }

  /** Removes what this harness stored. The kit has closed all clients. */
  @Override
  void close();
}
