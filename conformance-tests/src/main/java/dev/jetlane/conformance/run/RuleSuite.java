package dev.jetlane.conformance.run;

import dev.jetlane.conformance.harness.Harness;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.jspecify.annotations.Nullable;

/** What any choice of the families of rules needs to be run. */
@AddLifecycleHook(TimeLimit.class)
@AddLifecycleHook(RuleHook.class)
@AddLifecycleHook(SuiteSummary.class)
public abstract class RuleSuite implements Rules {

  /** Made when it is first asked for, because it asks the subclass. */
  private @Nullable RuleRun run;

  /**
   * A harness over empty storage: called for every plan, from several threads where plans run in
   * parallel.
   */
  protected abstract Harness harness();

  /**
   * How many plans may run in parallel. More than one is for real time, where a plan spends most of
   * its time waiting.
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
