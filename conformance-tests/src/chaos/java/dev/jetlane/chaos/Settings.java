package dev.jetlane.chaos;

import java.time.Duration;

/**
 * How large a run is, from system properties.
 *
 * @param profile the name in the report: {@code ci}, {@code default}, {@code long}
 * @param time how long faults happen
 * @param seed of the schedule and of the workers
 * @param tasksPerSecond what all producers together push
 * @param sync the server's {@code sync_interval}, {@code default} or {@code always}
 * @param replicas of the streams
 */
record Settings(
    String profile, Duration time, long seed, int tasksPerSecond, String sync, int replicas) {

  static final String PROPERTY = "jetlane.chaos.";

  static Settings read() {
    String profile = System.getProperty(PROPERTY + "profile", "default");
    String minutes =
        switch (profile) {
          case "ci" -> "0.75";
          case "long" -> "60";
          default -> "15";
        };
    return new Settings(
        profile,
        Duration.ofMillis((long) (60_000 * Double.parseDouble(property("minutes", minutes)))),
        Long.parseLong(property("seed", Long.toString(System.nanoTime() % 1_000_000))),
        Integer.parseInt(property("rate", "300")),
        property("sync", "default"),
        1);
  }

  Settings withReplicas(int count) {
    return new Settings(profile, time, seed, tasksPerSecond, sync, count);
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
    return 2;
  }

  /** Of each worker. */
  int threads() {
    return 8;
  }

  String serverConfig() {
    return sync.equals("default") ? "" : "jetstream { sync_interval: " + sync + " }\n";
  }

  static String property(String name, String otherwise) {
    return System.getProperty(PROPERTY + name, otherwise);
  }
}
