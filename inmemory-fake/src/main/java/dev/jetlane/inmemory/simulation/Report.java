// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

/** The report of a failed run. */
final class Report {

  private Report() {}

  static AssertionError of(String name, Run.Failed failed, int played) {
    History shown = failed.shortest();
    StringBuilder text = new StringBuilder(failed.found().what());
    text.append("\nseed ").append(failed.found().script().seed());
    text.append(", after ").append(played).append(played == 1 ? " history" : " histories");
    if (!failed.repeatable()) {
      text.append(
          "\nThe same seed made another history: the test uses something that the simulation does"
              + " not control (a thread, a clock, a random number, the order of a hash table)."
              + " The first difference:\n");
      return error(text.append(failed.difference()), failed);
    }
    text.append("\nThe shortest history that was found:\n").append(shown.text());
    String repeat = shown.script().text();
    text.append("\nAs a page: ").append(TimelinePage.write(name, shown));
    text.append("\nRepeat it: @SimulatedTest(repeat = \"").append(repeat);
    text.append("\"), or SimulationOptions.seeds(1).repeating(\"").append(repeat).append("\")");
    return error(text, failed);
  }

  private static AssertionError error(StringBuilder text, Run.Failed failed) {
    return new AssertionError(text.toString(), failed.shortest().failure());
  }
}
