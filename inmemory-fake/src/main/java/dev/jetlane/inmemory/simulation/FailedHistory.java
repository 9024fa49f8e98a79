// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;

/**
 * A failed history, in its original and its shortened form.
 *
 * @param repeatable whether the same seed makes the same history again
 * @param difference the first difference if it does not; otherwise empty
 */
record FailedHistory(History found, History shortest, boolean repeatable, String difference) {

  /**
   * Returns the error that reports it.
   *
   * @param name the name of the page
   * @param played the number of histories up to this one
   */
  AssertionError report(String name, int played) {
    StringBuilder text = new StringBuilder(found.what());
    text.append("\nseed ").append(found.script().seed());
    text.append(", after ").append(played).append(played == 1 ? " history" : " histories");
    if (!repeatable) {
      text.append(
          "\nThe same seed made another history: the test uses something that the simulation does"
              + " not control (a thread, a clock, a random number, the order of a hash table)."
              + " The first difference:\n");
      return error(text.append(difference));
    }
    text.append("\nThe shortest history that was found:\n").append(shortest.text());
    String repeat = shortest.script().text();
    text.append("\nAs a page: ").append(page(name));
    text.append("\nRepeat it: @SimulatedTest(repeat = \"").append(repeat);
    text.append("\"), or SimulationOptions.seeds(1).repeating(\"").append(repeat).append("\")");
    return error(text);
  }

  /** Returns the path of the page. A page that cannot be written must not hide the failure. */
  private String page(String name) {
    try {
      return TimelinePage.write(name, shortest).toString();
    } catch (UncheckedIOException | InvalidPathException e) {
      return "not written (" + e.getMessage() + ")";
    }
  }

  private AssertionError error(StringBuilder text) {
    boolean alike = shortest.what().equals(found.what());
    return new AssertionError(text.toString(), (alike ? shortest : found).failure());
  }
}
