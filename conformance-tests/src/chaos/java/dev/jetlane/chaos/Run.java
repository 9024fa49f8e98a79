// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The histories of all processes of a run, by task.
 *
 * @param tasks the events of each task, in the order of time
 * @param faults the faults of the nemesis
 */
record Run(Map<String, List<Event>> tasks, List<Event> faults) {

  static Run of(List<Event> events) {
    Map<String, List<Event>> tasks = new HashMap<>();
    List<Event> faults = new ArrayList<>();
    for (Event event : events) {
      if (event.kind() == Event.Kind.FAULT) {
        faults.add(event);
      } else {
        tasks.computeIfAbsent(event.subject(), absent -> new ArrayList<>(6)).add(event);
      }
    }
    Comparator<Event> byTime = Comparator.comparingLong(Event::micros);
    tasks.values().forEach(life -> life.sort(byTime));
    faults.sort(byTime);
    return new Run(tasks, faults);
  }

  /** Reads every {@code *.history} in a folder. */
  static Run read(Path folder) {
    List<Event> events = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".history")).toList()) {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        // A killed process may leave an incomplete line; its event did not happen.
        int end = text.lastIndexOf('\n') + 1;
        text.substring(0, end).lines().map(Event::parse).forEach(events::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return of(events);
  }

  /** Returns the number of each fault. */
  Map<String, Integer> faultCounts() {
    Map<String, Integer> counts = new TreeMap<>();
    faults.forEach(fault -> counts.merge(fault.subject(), 1, Integer::sum));
    return counts;
  }

  /** Whether the server ended or may have lost its memory in that time. */
  boolean serverDiedBetween(long fromMicros, long toMicros) {
    for (Event fault : faults) {
      boolean overlaps = fault.sinceMicros() <= toMicros && fault.micros() >= fromMicros;
      if (overlaps && Fault.valueOf(fault.subject()).endsServer()) {
        return true;
      }
    }
    return false;
  }
}
