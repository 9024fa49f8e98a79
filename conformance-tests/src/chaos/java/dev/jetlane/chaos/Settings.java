// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The size of a run, from system properties.
 *
 * @param profile the name in the report: {@code ci}, {@code default}, {@code long}
 * @param time the duration of the faults
 * @param seed the seed of the schedule and of the workers
 * @param tasksPerSecond the rate of all producers together
 * @param sync the server's {@code sync_interval}, {@code default} or {@code always}
 * @param replicas the number of replicas of each stream
 * @param faults the allowed faults
 */
record Settings(
    String profile,
    Duration time,
    long seed,
    int tasksPerSecond,
    String sync,
    int replicas,
    Set<Fault> faults) {

  static final String PROPERTY = "jetlane.chaos.";

  static Settings read() {
    String profile = System.getProperty(PROPERTY + "profile", "default");
    String minutes =
        switch (profile) {
          case "ci" -> "1";
          case "long" -> "60";
          default -> "15";
        };
    return new Settings(
        profile,
        Duration.ofMillis((long) (60_000 * Double.parseDouble(property("minutes", minutes)))),
        Long.parseLong(property("seed", Long.toString(System.nanoTime() % 1_000_000))),
        Integer.parseInt(property("rate", "300")),
        property("sync", "default"),
        1,
        faults(property("only", ""), property("without", "")));
  }

  /** Returns all faults, or the selected ones. */
  private static Set<Fault> faults(String only, String without) {
    Set<Fault> faults = only.isEmpty() ? EnumSet.allOf(Fault.class) : named(only);
    faults.removeAll(named(without));
    return faults;
  }

  private static Set<Fault> named(String names) {
    return Arrays.stream(names.split(",", -1))
        .filter(name -> !name.isEmpty())
        .map(Fault::valueOf)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Fault.class)));
  }

  Settings withReplicas(int count) {
    return new Settings(profile, time, seed, tasksPerSecond, sync, count, faults);
  }

  /** Returns the same settings without a fault that this machine cannot inject. */
  Settings without(Fault fault) {
    Set<Fault> others = EnumSet.copyOf(faults);
    others.remove(fault);
    return new Settings(profile, time, seed, tasksPerSecond, sync, replicas, others);
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  /** The maximum time for the remaining tasks after all faults. */
  Duration drainLimit() {
    return isCi() ? Duration.ofMinutes(1) : Duration.ofMinutes(10);
  }

  boolean isCi() {
    return profile.equals("ci");
  }

  int partitions() {
    return 4;
  }

  int producers() {
    return 2;
  }

  int workers() {
    return 3;
  }

  /** The number of threads of each worker. */
  int threads() {
    return 8;
  }

  static String property(String name, String otherwise) {
    return System.getProperty(PROPERTY + name, otherwise);
  }
}
