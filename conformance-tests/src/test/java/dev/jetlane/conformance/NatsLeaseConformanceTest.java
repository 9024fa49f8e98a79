package dev.jetlane.conformance;

/** The rules about leases and listeners on a server: those about leases wait the most. */
class NatsLeaseConformanceTest extends NatsRuleSuite
    implements LeaseRules,
        SettleRules,
        LateRules,
        KeepRules,
        LostRules,
        EventRules,
        ListenerRules {}
