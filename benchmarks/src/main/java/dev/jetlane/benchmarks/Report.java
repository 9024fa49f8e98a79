// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * The results of a section.
 *
 * @param section the name of the section
 * @param surroundings the conditions of the measurements
 * @param standings the standings of its finished contests
 */
record Report(String section, Map<String, String> surroundings, List<Standings> standings) {

  boolean failed() {
    return standings.stream().anyMatch(each -> !each.failures().isEmpty());
  }

  /** Returns the tables, with the conditions of the measurements. */
  String text() {
    StringBuilder text = new StringBuilder();
    standings.forEach(each -> text.append(Table.of(each)).append('\n'));
    return text.append(Surroundings.lines(surroundings)).toString();
  }
}
