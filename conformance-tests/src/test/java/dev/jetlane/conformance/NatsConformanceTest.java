// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.AsyncPullRules;
import dev.jetlane.conformance.rules.AtomicRules;
import dev.jetlane.conformance.rules.DedupRules;
import dev.jetlane.conformance.rules.DelayRules;
import dev.jetlane.conformance.rules.InputRules;
import dev.jetlane.conformance.rules.LifeRules;
import dev.jetlane.conformance.rules.PartitionRules;
import dev.jetlane.conformance.rules.PriorityRules;
import dev.jetlane.conformance.rules.PullRules;
import dev.jetlane.conformance.rules.PushRules;
import dev.jetlane.conformance.rules.RaceRules;
import dev.jetlane.conformance.rules.TieRules;
import dev.jetlane.conformance.rules.WaitRules;

/** The rules that no other class of this kind runs on a server. */
class NatsConformanceTest extends NatsRuleSuite
    implements PushRules,
        DedupRules,
        AtomicRules,
        PullRules,
        TieRules,
        WaitRules,
        AsyncPullRules,
        DelayRules,
        PriorityRules,
        PartitionRules,
        LifeRules,
        InputRules,
        RaceRules {}
