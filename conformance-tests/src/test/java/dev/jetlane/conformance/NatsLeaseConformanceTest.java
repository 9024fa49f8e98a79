// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.EventRules;
import dev.jetlane.conformance.rules.KeepRules;
import dev.jetlane.conformance.rules.LateRules;
import dev.jetlane.conformance.rules.LeaseRules;
import dev.jetlane.conformance.rules.ListenerRules;
import dev.jetlane.conformance.rules.LostRules;
import dev.jetlane.conformance.rules.SettleRules;

/** The rules about leases and listeners on a server; those about leases wait the most. */
class NatsLeaseConformanceTest extends NatsRuleSuite
    implements LeaseRules,
        SettleRules,
        LateRules,
        KeepRules,
        LostRules,
        EventRules,
        ListenerRules {}
