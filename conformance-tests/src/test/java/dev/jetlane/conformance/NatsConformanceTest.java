package dev.jetlane.conformance;

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
        DeadLetterRules,
        LimitRules,
        DelayRules,
        PriorityRules,
        PartitionRules,
        LifeRules,
        InputRules,
        RaceRules,
        StatsRules {}
