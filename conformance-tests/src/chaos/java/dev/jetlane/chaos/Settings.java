// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How large a run is, from system properties.
 *
 * @param profile the name in the report: {@code ci}, {@code default}, {@code long}
 * @param time how long faults happen
 * @param seed of the schedule and of the workers
 * @param tasksPerSecond what all producers together push
 * @param sync the server's {@code sync_interval}, {@code default} or {@code always}
 * @param replicas of the streams
 * @param faults those that may happen
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

  /** All faults, or only some, without others. */
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

  /** The same without a fault that this machine cannot do. */
  Settings without(Fault fault) {
    Set<Fault> others = EnumSet.copyOf(faults);
    others.remove(fault);
    return new Settings(profile, time, seed, tasksPerSecond, sync, replicas, others);
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  /** How long the rest of the tasks may take once all faults are over. */
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

  /** Of each worker. */
  int threads() {
    return 8;
  }

  static String property(String name, String otherwise) {
    return System.getProperty(PROPERTY + name, otherwise);
  }
}
