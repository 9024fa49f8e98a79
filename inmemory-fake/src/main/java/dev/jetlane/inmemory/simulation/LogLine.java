// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

/**
 * An event of a history.
 *
 * @param actor the actor that had the turn
 * @param text as in the event log of the server
 */
record LogLine(String actor, String text) {

  @Override
  public String toString() {
    return String.format("%-20s %s", actor, text);
  }
}
