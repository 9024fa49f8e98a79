// SPDX-License-Identifier: Apache-2.0
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
 * Connects the suite to one queue implementation, with its own empty storage, and controls the time
 * of that queue.
 *
 * <p>One harness serves one plan and is closed after it. Several harnesses may be in use at the
 * same time ({@link TaskQueueConformance#plansAtOnce}). One thread at a time calls a harness,
 * except {@link #nowNanos}, which several threads call.
 */
public interface Harness extends AutoCloseable {

  /**
   * Opens a client. Every call opens another client of the same storage; the suite closes each of
   * them.
   *
   * @param config the settings of the queue
   * @return the client, which the suite closes
   */
  TaskQueue open(QueueConfig config);

  /**
   * As {@link #open(QueueConfig)}, with listeners that receive the events of this client. Override
   * it if {@link Capability#LISTENERS} is declared.
   *
   * @param config the settings of the queue
   * @param listeners the listeners of this client
   * @return the client, which the suite closes
   */
  default TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    throw new UnsupportedOperationException(
        "a harness that declares LISTENERS overrides open(config, listeners)");
  }

  /**
   * As {@link #open(QueueConfig)}, for a client that {@link #faults} do not affect. Override it if
   * {@link Capability#FAULTS_APART} is declared.
   *
   * @param config the settings of the queue
   * @return the client, which the suite closes
   */
  default TaskQueue openApart(QueueConfig config) {
    throw new UnsupportedOperationException(
        "a harness that declares FAULTS_APART overrides openApart(config)");
  }

  /**
   * Spreads the partitions over several streams. A plan with several streams calls it before it
   * opens the first client. Override it if {@link Capability#STREAMS} is declared.
   *
   * @param streams the number of streams, more than one
   */
  default void spread(int streams) {
    throw new UnsupportedOperationException("a harness that declares STREAMS overrides spread");
  }

  /**
   * Moves the time forward. With a virtual clock, this method does all work that becomes due, then
   * returns. In real time this method sleeps.
   *
   * @param time the duration, zero or more
   */
  void advance(Duration time);

  /**
   * Returns the time of the monotonic clock that {@link #advance} moves.
   *
   * @return nanoseconds, to be compared by subtraction
   */
  long nowNanos();

  /**
   * Returns the unit of all plans: a lease is about ten of them. It must be long enough for several
   * calls of a client.
   *
   * @return the length of a tick
   */
  Duration tick();

  /**
   * Returns the maximum lateness of an event of the queue. Zero means virtual time, in which every
   * event must be exactly on time. No event may be early.
   *
   * @return the tolerance
   */
  Duration tolerance();

  /**
   * Returns the faults that this harness can cause in the clients that {@link #open} returns.
   * Override it if {@link Capability#FAULTS} is declared. A rule with faults calls it before it
   * opens the first client; other rules do not call it.
   *
   * @return the same object each time
   */
  default FaultHands faults() {
    throw new UnsupportedOperationException("a harness that declares FAULTS overrides faults()");
  }

  /**
   * Returns the maximum duration of a call during faults, for the clients that {@link #open}
   * returns. Override it if {@link Capability#SLOW_ANSWERS} is declared.
   *
   * @return the timeout
   */
  default Duration requestTimeout() {
    throw new UnsupportedOperationException(
        "a harness that declares SLOW_ANSWERS overrides requestTimeout()");
  }

  /**
   * Returns the capabilities of the queue. The default is all capabilities except listeners,
   * streams and faults, which need a further method.
   *
   * @return the declared capabilities
   */
  default Set<Capability> capabilities() {
    return EnumSet.complementOf(
        EnumSet.of(
            Capability.LISTENERS,
            Capability.STREAMS,
            Capability.FAULTS,
            Capability.FAULTS_APART,
            Capability.SLOW_ANSWERS,
            Capability.FAULTS_OF_MOVES,
            Capability.LEADER_CHANGES,
            Capability.SILENCE,
            Capability.RESTARTS,
            Capability.CRASHES,
            Capability.REFUSED_LOGINS,
            Capability.FULL_STORAGE));
  }

  /**
   * Returns the options of pullers in rules that do not depend on a special option. To verify
   * prefetch, run the suite a second time with prefetch.
   *
   * @return the options; {@link PullOptions#defaults()} by default
   */
  default PullOptions pulling() {
    return PullOptions.defaults();
  }

  /** Removes the storage of this harness. The suite has closed all clients. */
  @Override
  void close();
}
