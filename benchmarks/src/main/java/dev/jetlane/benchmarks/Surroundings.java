// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The conditions of a measurement, which are shown beside the numbers. */
final class Surroundings {

  private static final Path CPUS = Path.of("/proc/cpuinfo");

  /** The load of other programs, per core, above which it affects the ratios. */
  private static final double BUSY = 0.5;

  private static final List<String> NAMES = List.of("machine", "load", "JVM", "server", "command");

  private Surroundings() {}

  /** Returns the values in the order in which they are shown, unknown names last. */
  static Map<String, String> ordered(Map<String, String> surroundings) {
    Map<String, String> ordered = new LinkedHashMap<>();
    for (String name : NAMES) {
      String value = surroundings.get(name);
      if (value != null) {
        ordered.put(name, value);
      }
    }
    ordered.putAll(surroundings);
    return ordered;
  }

  /** Returns names and values, in the order in which they are shown. */
  static Map<String, String> of(String server, String command) {
    Map<String, String> all = new LinkedHashMap<>();
    int cores = Runtime.getRuntime().availableProcessors();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    all.put(
        "machine",
        "%d cores (%s), %s %s; client and server share it"
            .formatted(
                cores, processor(), System.getProperty("os.name"), System.getProperty("os.arch")));
    all.put(
        "load",
        String.format(
            Locale.ROOT,
            "%.1f when this started%s",
            load,
            load > cores * BUSY
                ? ": others were at work, or a section of this run before it"
                : ""));
    all.put("JVM", System.getProperty("java.vm.name") + " " + Runtime.version());
    all.put("server", server);
    all.put("command", command);
    return all;
  }

  static String lines(Map<String, String> surroundings) {
    StringBuilder text = new StringBuilder();
    surroundings.forEach(
        (name, value) -> text.append(String.format(Locale.ROOT, "%-8s %s%n", name + ":", value)));
    return text.toString();
  }

  private static String processor() {
    if (Files.isReadable(CPUS)) {
      try (var lines = Files.lines(CPUS)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown");
      } catch (IOException e) {
        return "unknown";
      }
    }
    return "unknown";
  }
}
