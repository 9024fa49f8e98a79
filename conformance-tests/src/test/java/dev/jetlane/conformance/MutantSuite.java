package dev.jetlane.conformance;

/** The suite as it is run on a mutant: by {@link MutantsTest} alone, a rule at a time. */
class MutantSuite extends TaskQueueConformance {

  /**
   * Which mutant the next property runs on; the engine makes the instances, so it cannot be an
   * argument.
   */
  static final ThreadLocal<Mutant> MUTANT = new ThreadLocal<>();

  @Override
  protected Harness harness() {
    return MUTANT.get().harness().get();
  }
}
