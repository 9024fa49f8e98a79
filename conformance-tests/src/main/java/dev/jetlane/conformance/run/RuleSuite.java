// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.conformance.harness.Harness;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.jspecify.annotations.Nullable;

/** The base of a suite, with any selection of the families of rules. */
@AddLifecycleHook(TimeLimit.class)
@AddLifecycleHook(RuleHook.class)
@AddLifecycleHook(SuiteSummary.class)
public abstract class RuleSuite implements Rules {

  /** Created on first use, because it calls methods of the subclass. */
  private @Nullable RuleRun run;

  /**
   * Returns a harness over empty storage. Called for every plan; from several threads if plans run
   * in parallel.
   */
  protected abstract Harness harness();

  /**
   * Returns how many plans may run in parallel. More than one helps in real time, where a plan
   * mostly waits.
   */
  protected int plansAtOnce() {
    return 1;
  }

  @Override
  public final synchronized RuleRun rules() {
    if (run == null) {
      run = new RuleRun(this::harness, plansAtOnce(), getClass().getSimpleName());
    }
    return run;
  }
}
