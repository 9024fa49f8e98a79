// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Harness;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The suite for a mutant. Only {@link MutantsTest} runs it, a rule at a time. */
class MutantSuite extends TaskQueueConformance {

  /**
   * The mutant of the next property. The engine creates the instances and shrinks on its own
   * threads, so the mutant cannot be an argument.
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
