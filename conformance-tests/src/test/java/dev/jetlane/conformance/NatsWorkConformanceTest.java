// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.AheadRules;
import dev.jetlane.conformance.rules.BlameRules;
import dev.jetlane.conformance.rules.DeadLetterRules;
import dev.jetlane.conformance.rules.ExpiryRules;
import dev.jetlane.conformance.rules.LimitRules;
import dev.jetlane.conformance.rules.RetryRules;
import dev.jetlane.conformance.rules.StatsRules;
import dev.jetlane.conformance.rules.TypedRules;
import dev.jetlane.conformance.rules.WorkRules;
import dev.jetlane.conformance.rules.WorkerLifeRules;

/** The rules about workers, typed tasks, prefetch, limits, dead letters and counts on a server. */
class NatsWorkConformanceTest extends NatsRuleSuite
    implements WorkRules,
        RetryRules,
        WorkerLifeRules,
        AheadRules,
        BlameRules,
        ExpiryRules,
        TypedRules,
        LimitRules,
        DeadLetterRules,
        StatsRules {}
