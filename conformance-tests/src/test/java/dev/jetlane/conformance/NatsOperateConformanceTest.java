// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.BrowseRules;
import dev.jetlane.conformance.rules.CloseRules;
import dev.jetlane.conformance.rules.DeadLetterAdminRules;
import dev.jetlane.conformance.rules.ErrorRules;
import dev.jetlane.conformance.rules.OperateRules;

/** The rules about what an operator sees and does on a server, and about closes. */
class NatsOperateConformanceTest extends NatsRuleSuite
    implements BrowseRules, OperateRules, DeadLetterAdminRules, CloseRules, ErrorRules {}
