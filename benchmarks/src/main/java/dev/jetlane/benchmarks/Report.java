package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * What a section came to.
 *
 * @param section its name
 * @param surroundings what the numbers depend on
 * @param standings of its contests, those that are done
 */
record Report(String section, Map<String, String> surroundings, List<Standings> standings) {

  boolean failed() {
    return standings.stream().anyMatch(each -> !each.failures().isEmpty());
  }

  /** The tables, and what they depend on. */
  String text() {
    StringBuilder text = new StringBuilder();
    standings.forEach(each -> text.append(Table.of(each)).append('\n'));
    return text.append(Surroundings.lines(surroundings)).toString();
  }
}
