// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Harness;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The suite as it is run on a mutant: by {@link MutantsTest} alone, a rule at a time. */
class MutantSuite extends TaskQueueConformance {

  /**
   * Which mutant the next property runs on. The engine makes the instances, so it cannot be an
   * argument, and shrinks on threads of its own.
   */
  private static volatile @Nullable Mutant mutant;

  static void runsOn(Mutant next) {
    mutant = next;
  }

  @Override
  protected Harness harness() {
    return Objects.requireNonNull(mutant).harness().get();
  }
}
