package dev.jetlane.inmemory.simulation;

import dev.jetlane.InvalidInputException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What may go wrong in a simulated history: by default everything, up to three faults. The seed
 * decides what goes wrong, and where.
 *
 * <p>Faults hit the threads of {@linkplain Simulation#process processes} alone, at calls of the
 * queue and at {@linkplain Simulation#point points}.
 */
public final class SimulationFaults {

  /** A fault. */
  public enum Kind {
    /**
     * A process dies: its threads stop where they are, nothing that it holds is given back. It is
     * started again, with an empty memory.
     */
    CRASH,
    /** A call takes effect and its confirmation does not come: {@code OutcomeUnknownException}. */
    CONFIRMATION_LOST,
    /** A call does not reach the server: {@code OutcomeUnknownException} too. */
    REQUEST_LOST,
    /** The server delivers a task a second time although its lease runs. */
    DUPLICATE,
    /** The server cannot be reached for a while. */
    DISCONNECT,
    /** The server dies, comes back, and has forgotten its latest deliveries. */
    SERVER_CRASH,
    /** A thread takes long, often longer than a lease. */
    SLOW_THREAD,
    /** A process stands still, often longer than a lease, and so does its lease keeping. */
    PROCESS_PAUSE,
    /** The {@linkplain Simulation#clock wall clock} of a process jumps. */
    CLOCK_JUMP
  }

  /** They hit a call on its way; the others hit a thread wherever it is. */
  private static final Set<Kind> OF_CALLS =
      EnumSet.of(Kind.CONFIRMATION_LOST, Kind.REQUEST_LOST, Kind.DUPLICATE);

  private final Set<Kind> kinds = EnumSet.allOf(Kind.class);

  /** Those that hit a thread; asked for at each step. */
  private List<Kind> ofThreads = withoutThoseOfCalls();

  private int most = 3;

  SimulationFaults() {}

  /**
   * Nothing goes wrong but these.
   *
   * @return this
   */
  public SimulationFaults only(Kind... only) {
    List<Kind> all = present(only);
    kinds.clear();
    kinds.addAll(all);
    ofThreads = withoutThoseOfCalls();
    return this;
  }

  /**
   * These do not happen.
   *
   * @return this
   */
  public SimulationFaults without(Kind... none) {
    kinds.removeAll(present(none));
    ofThreads = withoutThoseOfCalls();
    return this;
  }

  /** Nothing goes wrong: the seed decides who goes on, and nothing else. */
  public SimulationFaults none() {
    kinds.clear();
    ofThreads = List.of();
    return this;
  }

  /**
   * So many faults happen in a history, at most.
   *
   * @param faults from 0; by default 3
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

  /** Those that hit a thread wherever it is, and not a call on its way. */
  List<Kind> ofThreads() {
    return ofThreads;
  }

  private List<Kind> withoutThoseOfCalls() {
    return kinds.stream().filter(kind -> !OF_CALLS.contains(kind)).toList();
  }

  int most() {
    return most;
  }

  private static List<Kind> present(Kind[] kinds) {
    if (kinds == null || Arrays.stream(kinds).anyMatch(Objects::isNull)) {
      throw new InvalidInputException("kinds of faults", null, "must not be null");
    }
    return List.of(kinds);
  }
}
