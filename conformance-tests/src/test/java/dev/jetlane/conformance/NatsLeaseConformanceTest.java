package dev.jetlane.conformance;

/** The rules about leases on a server: they wait the most. */
class NatsLeaseConformanceTest extends NatsRuleSuite
    implements LeaseRules, SettleRules, LateRules, KeepRules, LostRules {}
