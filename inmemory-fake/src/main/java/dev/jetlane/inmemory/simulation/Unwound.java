// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

/** Ends the threads of a finished history. User code should not catch it. */
final class Unwound extends Error {

  private static final long serialVersionUID = 1L;

  Unwound() {
    super("the simulated history is over", null, false, false);
  }
}
