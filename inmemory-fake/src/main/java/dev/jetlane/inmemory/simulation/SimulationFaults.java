// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.InvalidInputException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The faults of a simulated history: by default all kinds, and at most three faults. The seed
 * decides which fault happens, and where.
 *
 * <p>Faults happen only on the threads of {@linkplain Simulation#process processes}, at calls of
 * the queue and at {@linkplain Simulation#point points}. A lost connection and a crash of the
 * server affect the client of the test too.
 */
public final class SimulationFaults {

  /** A kind of fault. */
  public enum Kind {
    /**
     * A process crashes: its threads stop, and its tasks are not given back. It is started again,
     * with an empty memory.
     */
    CRASH,
    /** A call takes effect and its confirmation is lost: {@code OutcomeUnknownException}. */
    CONFIRMATION_LOST,
    /** A call does not reach the server, and throws {@code OutcomeUnknownException} too. */
    REQUEST_LOST,
    /** The server delivers a task a second time although its lease has not expired. */
    DUPLICATE,
    /** The server cannot be reached for a time. */
    DISCONNECT,
    /** The server crashes and restarts, and has forgotten its latest deliveries. */
    SERVER_CRASH,
    /** A thread is slow, often for longer than a lease. */
    SLOW_THREAD,
    /** A process stalls, often for longer than a lease, and its lease keeping too. */
    PROCESS_PAUSE,
    /** The {@linkplain Simulation#clock wall clock} of a process jumps. */
    CLOCK_JUMP
  }

  /** The kinds that hit a call; the others hit a thread at any place. */
  private static final Set<Kind> OF_CALLS =
      EnumSet.of(Kind.CONFIRMATION_LOST, Kind.REQUEST_LOST, Kind.DUPLICATE);

  private final Set<Kind> kinds = EnumSet.allOf(Kind.class);

  /** The kinds that hit a thread; read at each step. */
  private List<Kind> ofThreads = withoutThoseOfCalls();

  private int most = 3;
  private int happened;

  SimulationFaults() {}

  /**
   * Allows these kinds only.
   *
   * @param only the kinds
   * @return this
   * @throws InvalidInputException if one is null
   */
  public SimulationFaults only(Kind... only) {
    List<Kind> all = present(only);
    kinds.clear();
    kinds.addAll(all);
    ofThreads = withoutThoseOfCalls();
    return this;
  }

  /**
   * Excludes these kinds.
   *
   * @param none the kinds
   * @return this
   * @throws InvalidInputException if one is null
   */
  public SimulationFaults without(Kind... none) {
    kinds.removeAll(present(none));
    ofThreads = withoutThoseOfCalls();
    return this;
  }

  /**
   * Excludes all faults: the seed decides only which thread continues.
   *
   * @return this
   */
  public SimulationFaults none() {
    kinds.clear();
    ofThreads = List.of();
    return this;
  }

  /**
   * Limits the number of faults in a history.
   *
   * @param faults the largest number, from 0; 3 by default
   * @return this
   * @throws InvalidInputException if it is negative
   */
  public SimulationFaults atMost(int faults) {
    if (faults < 0) {
      throw new InvalidInputException("faults", faults, "must not be negative");
    }
    most = faults;
    return this;
  }

  boolean has(Kind kind) {
    return kinds.contains(kind);
  }

  /** Returns the kinds that hit a thread at any place. */
  List<Kind> ofThreads() {
    return ofThreads;
  }

  private List<Kind> withoutThoseOfCalls() {
    return kinds.stream().filter(kind -> !OF_CALLS.contains(kind)).toList();
  }

  /** Returns whether another fault may happen. */
  boolean areLeft() {
    return happened < most;
  }

  /** Counts a fault that happens. */
  void count() {
    happened++;
  }

  private static List<Kind> present(Kind[] kinds) {
    if (kinds == null || Arrays.stream(kinds).anyMatch(Objects::isNull)) {
      throw new InvalidInputException("kinds of faults", null, "must not be null");
    }
    return List.of(kinds);
  }
}
