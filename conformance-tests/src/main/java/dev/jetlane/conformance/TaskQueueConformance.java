// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.AheadRules;
import dev.jetlane.conformance.rules.AsyncPullRules;
import dev.jetlane.conformance.rules.AtomicRules;
import dev.jetlane.conformance.rules.BatchRules;
import dev.jetlane.conformance.rules.BlameRules;
import dev.jetlane.conformance.rules.BrowseRules;
import dev.jetlane.conformance.rules.CloseRules;
import dev.jetlane.conformance.rules.DeadLetterAdminRules;
import dev.jetlane.conformance.rules.DeadLetterRules;
import dev.jetlane.conformance.rules.DeadlineRules;
import dev.jetlane.conformance.rules.DedupRules;
import dev.jetlane.conformance.rules.DelayRules;
import dev.jetlane.conformance.rules.ErrorRules;
import dev.jetlane.conformance.rules.EventRules;
import dev.jetlane.conformance.rules.ExpiryRules;
import dev.jetlane.conformance.rules.FaultRules;
import dev.jetlane.conformance.rules.InputRules;
import dev.jetlane.conformance.rules.InterruptRules;
import dev.jetlane.conformance.rules.KeepRules;
import dev.jetlane.conformance.rules.LateRules;
import dev.jetlane.conformance.rules.LeaseRules;
import dev.jetlane.conformance.rules.LifeRules;
import dev.jetlane.conformance.rules.LimitRules;
import dev.jetlane.conformance.rules.ListenerRules;
import dev.jetlane.conformance.rules.LostRules;
import dev.jetlane.conformance.rules.OperateRules;
import dev.jetlane.conformance.rules.PartitionRules;
import dev.jetlane.conformance.rules.PriorityRules;
import dev.jetlane.conformance.rules.PullRules;
import dev.jetlane.conformance.rules.PushRules;
import dev.jetlane.conformance.rules.RaceRules;
import dev.jetlane.conformance.rules.ReconnectRules;
import dev.jetlane.conformance.rules.RetryRules;
import dev.jetlane.conformance.rules.ServerFaultRules;
import dev.jetlane.conformance.rules.SettleRules;
import dev.jetlane.conformance.rules.ShareRules;
import dev.jetlane.conformance.rules.StatsRules;
import dev.jetlane.conformance.rules.TieRules;
import dev.jetlane.conformance.rules.TypedRules;
import dev.jetlane.conformance.rules.WaitRules;
import dev.jetlane.conformance.rules.WorkRules;
import dev.jetlane.conformance.rules.WorkerLifeRules;
import dev.jetlane.conformance.run.RuleSuite;

/**
 * The rules of a Jetlane queue. Subclass it to verify a queue:
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
 * <p>The jqwik engine runs it. Set the number of tries with {@code jqwik.tries.default} in {@code
 * junit-platform.properties}, or with {@code @PropertyDefaults(tries = 100)} on the subclass. A
 * failure shows the id of the broken rule, the smallest plan that breaks it, the history of that
 * plan, and the path of its timeline under {@code target/conformance} (system property {@code
 * jetlane.conformance.reports}).
 */
public abstract class TaskQueueConformance extends RuleSuite
    implements PushRules,
        DedupRules,
        AtomicRules,
        PullRules,
        TieRules,
        WaitRules,
        AsyncPullRules,
        AheadRules,
        LeaseRules,
        SettleRules,
        LateRules,
        KeepRules,
        LostRules,
        WorkRules,
        RetryRules,
        WorkerLifeRules,
        BatchRules,
        ShareRules,
        BlameRules,
        TypedRules,
        DeadLetterRules,
        DeadLetterAdminRules,
        BrowseRules,
        OperateRules,
        LimitRules,
        ErrorRules,
        DelayRules,
        ExpiryRules,
        PriorityRules,
        PartitionRules,
        LifeRules,
        CloseRules,
        InputRules,
        InterruptRules,
        RaceRules,
        StatsRules,
        EventRules,
        FaultRules,
        ServerFaultRules,
        DeadlineRules,
        ReconnectRules,
        ListenerRules {

  /** For subclasses. */
  protected TaskQueueConformance() {}
}
