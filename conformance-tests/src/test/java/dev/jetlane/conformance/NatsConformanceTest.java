package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.AheadRules;
import dev.jetlane.conformance.rules.DeadLetterRules;
import dev.jetlane.conformance.rules.DedupRules;
import dev.jetlane.conformance.rules.DelayRules;
import dev.jetlane.conformance.rules.InputRules;
import dev.jetlane.conformance.rules.LifeRules;
import dev.jetlane.conformance.rules.LimitRules;
import dev.jetlane.conformance.rules.PartitionRules;
import dev.jetlane.conformance.rules.PriorityRules;
import dev.jetlane.conformance.rules.PullRules;
import dev.jetlane.conformance.rules.PushRules;
import dev.jetlane.conformance.rules.RaceRules;
import dev.jetlane.conformance.rules.RetryRules;
import dev.jetlane.conformance.rules.StatsRules;
import dev.jetlane.conformance.rules.TieRules;
import dev.jetlane.conformance.rules.WaitRules;
import dev.jetlane.conformance.rules.WorkRules;
import dev.jetlane.conformance.rules.BlameRules;
import dev.jetlane.conformance.rules.WorkerLifeRules;

/** All rules on a server, but for those about leases and listeners. */
class NatsConformanceTest extends NatsRuleSuite
    implements PushRules,
        DedupRules,
        PullRules,
        TieRules,
        WaitRules,
        AheadRules,
        WorkRules,
        RetryRules,
        WorkerLifeRules,
        BlameRules,
        DeadLetterRules,
        LimitRules,
        DelayRules,
        PriorityRules,
        PartitionRules,
        LifeRules,
        InputRules,
        RaceRules,
        StatsRules {}
