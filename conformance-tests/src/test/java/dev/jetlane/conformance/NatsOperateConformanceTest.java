// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.BatchRules;
import dev.jetlane.conformance.rules.BrowseRules;
import dev.jetlane.conformance.rules.CloseRules;
import dev.jetlane.conformance.rules.DeadLetterAdminRules;
import dev.jetlane.conformance.rules.ErrorRules;
import dev.jetlane.conformance.rules.InterruptRules;
import dev.jetlane.conformance.rules.OperateRules;
import dev.jetlane.conformance.rules.ShareRules;

/** The rules about operators, closes, batches and shares on a server. */
class NatsOperateConformanceTest extends NatsRuleSuite
    implements BrowseRules,
        OperateRules,
        DeadLetterAdminRules,
        CloseRules,
        ErrorRules,
        InterruptRules,
        BatchRules,
        ShareRules {}
