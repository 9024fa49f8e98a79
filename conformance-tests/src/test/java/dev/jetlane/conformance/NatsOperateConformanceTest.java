// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.BrowseRules;
import dev.jetlane.conformance.rules.CloseRules;
import dev.jetlane.conformance.rules.DeadLetterAdminRules;
import dev.jetlane.conformance.rules.ErrorRules;
import dev.jetlane.conformance.rules.InterruptRules;
import dev.jetlane.conformance.rules.OperateRules;

/** The rules about operators and closes on a server. */
class NatsOperateConformanceTest extends NatsRuleSuite
    implements BrowseRules,
        OperateRules,
        DeadLetterAdminRules,
        CloseRules,
        ErrorRules,
        InterruptRules {}
