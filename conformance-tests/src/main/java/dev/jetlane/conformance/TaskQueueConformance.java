package dev.jetlane.conformance;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a Jetlane queue. Subclass it to hold a queue to all of them:
 *
 * <pre>{@code
 * class MyQueueConformanceTest extends TaskQueueConformance {
 *   @Override
 *   protected Harness harness() {
 *     return new MyHarness(); // open(config), advance(time), nowNanos(), tick(), tolerance(), close()
 *   }
 * }
 * }</pre>
 *
 * <p>The jqwik engine runs it. How often each property is tried is the subclass's choice: {@code
 * jqwik.tries.default} in its {@code junit-platform.properties}, or {@code @PropertyDefaults(tries
 * = 100)} on it. A failure shows the broken rule's id, the smallest plan that breaks it, the
 * history of that plan, and the place of a drawing of it under {@code target/conformance} (system
 * property {@code jetlane.conformance.reports}).
 */
@AddLifecycleHook(RuleHook.class)
@AddLifecycleHook(SuiteSummary.class)
public abstract class TaskQueueConformance
    implements PushRules,
        DedupRules,
        PullRules,
        TieRules,
        WaitRules,
        AheadRules,
        LeaseRules,
        SettleRules,
        LateRules,
        KeepRules,
        LostRules,
        WorkRules,
        RetryRules,
        DeadLetterRules,
        LimitRules,
        DelayRules,
        PriorityRules,
        PartitionRules,
        LifeRules,
        InputRules,
        RaceRules,
        StatsRules {

  /** Made when it is first asked for, because it asks the subclass. */
  private @Nullable RuleRun run;

  /** For subclasses. */
  protected TaskQueueConformance() {}

  /**
   * A harness over empty storage: called for every plan, from several threads where plans run at
   * once.
   */
  protected abstract Harness harness();

  /**
   * How many plans may run at once. More than one is for real time, where a plan spends most of its
   * time waiting.
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
