// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.plan.Settings;

/** The turns of the lower priorities for one open puller, as far as its history shows them. */
final class Turns {

  static final int HIGHEST = -1;

  private final Settings settings;
  private long taken;
  private boolean known = true;

  Turns(Settings settings) {
    this.settings = settings;
  }

  /** Whether it is known whose turn the next task is. */
  boolean areKnown() {
    return known || settings.lowEvery() == 0;
  }

  /** Returns the priority whose turn the next task is; {@link #HIGHEST} if it is no turn. */
  int next() {
    int every = settings.lowEvery();
    long number = taken + 1;
    return every == 0 || number % every != 0
        ? HIGHEST
        : (int) ((number / every - 1) % (settings.priorities() - 1));
  }

  void took() {
    taken++;
  }

  /** Records that the puller may have taken tasks that it did not hand out. */
  void tookUnseen() {
    known = false;
  }
}
