// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.rules.DeadlineRules;
import dev.jetlane.conformance.rules.FaultRules;
import dev.jetlane.conformance.rules.ReconnectRules;

/** The rules about lost requests and cut connections on a server, through the kit's proxy. */
class NatsFaultConformanceTest extends NatsRuleSuite
    implements FaultRules, DeadlineRules, ReconnectRules {}
