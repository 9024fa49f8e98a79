// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The options of a simulation. Immutable; each {@code with} method returns a copy. */
public final class SimulationOptions {

  private static final Duration MOST_TIME = Duration.ofDays(1);

  private final int seeds;
  private final long firstSeed;
  private final Duration limit;
  private final QueueConfig config;
  private final List<QueueListener> listeners;
  private final String repeat;

  private SimulationOptions(
      int seeds,
      long firstSeed,
      Duration limit,
      QueueConfig config,
      List<QueueListener> listeners,
      String repeat) {
    this.seeds = seeds;
    this.firstSeed = firstSeed;
    this.limit = limit;
    this.config = config;
    this.listeners = listeners;
    this.repeat = repeat;
  }

  /**
   * Returns options for a number of seeds, from seed 1 on, one history each; with a time limit of a
   * minute, and the default settings.
   *
   * @param seeds the number, from 1
   * @return the options
   * @throws InvalidInputException if it is below 1
   */
  public static SimulationOptions seeds(int seeds) {
    if (seeds < 1) {
      throw new InvalidInputException("seeds", seeds, "must be at least 1");
    }
    return new SimulationOptions(
        seeds, 1, Duration.ofMinutes(1), QueueConfig.defaults(), List.of(), "");
  }

  /**
   * Returns these options with another first seed.
   *
   * @param seed any
   * @return a copy with this value
   */
  public SimulationOptions withFirstSeed(long seed) {
    return new SimulationOptions(seeds, seed, limit, config, listeners, repeat);
  }

  /**
   * Returns these options with another time limit, in real time, after which no history begins. A
   * minute by default.
   *
   * @param time above zero, up to a day
   * @return a copy with this value
   * @throws InvalidInputException if it is out of that range
   */
  public SimulationOptions withTimeLimit(Duration time) {
    boolean valid =
        time != null && !time.isNegative() && !time.isZero() && time.compareTo(MOST_TIME) <= 0;
    if (!valid) {
      throw new InvalidInputException("time limit", time, "must be above zero, up to " + MOST_TIME);
    }
    return new SimulationOptions(seeds, firstSeed, time, config, listeners, repeat);
  }

  /**
   * Returns these options with other settings of the queue.
   *
   * @param settings the settings
   * @return a copy with this value
   * @throws InvalidInputException if they are null
   */
  public SimulationOptions withConfig(QueueConfig settings) {
    if (settings == null) {
      throw new InvalidInputException("queue settings", null, "must not be null");
    }
    return new SimulationOptions(seeds, firstSeed, limit, settings, listeners, repeat);
  }

  /**
   * Returns these options with listeners of every client.
   *
   * @param all the listeners
   * @return a copy with these values
   * @throws InvalidInputException if one is null
   */
  public SimulationOptions withListeners(QueueListener... all) {
    if (all == null || Arrays.stream(all).anyMatch(Objects::isNull)) {
      throw new InvalidInputException("listeners", null, "must not be null");
    }
    return new SimulationOptions(seeds, firstSeed, limit, config, List.of(all), repeat);
  }

  /**
   * Returns these options for a single history, which a failure named.
   *
   * @param history the text that the report of a failure shows
   * @return a copy with this value
   * @throws InvalidInputException if it is not the text of a history
   */
  public SimulationOptions repeating(String history) {
    Script unused = Script.parse(history);
    return new SimulationOptions(seeds, firstSeed, limit, config, listeners, history);
  }

  int seeds() {
    return seeds;
  }

  long firstSeed() {
    return firstSeed;
  }

  Duration timeLimit() {
    return limit;
  }

  QueueConfig config() {
    return config;
  }

  List<QueueListener> listeners() {
    return listeners;
  }

  /** Returns the history to repeat; empty for all seeds. */
  String repeat() {
    return repeat;
  }
}
