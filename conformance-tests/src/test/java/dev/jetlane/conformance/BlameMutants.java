// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.plain.BrokenSettlements;
import java.util.List;

/** Queues that count a failure against the wrong task, or count none. */
final class BlameMutants {

  private BlameMutants() {}

  static List<Mutant> all() {
    return List.of(
        Mutant.ofDelivery("SETTLE-11", "close gives back immediately", BrokenDeliveries::closeNaks),
        Mutant.ofDelivery("SETTLE-12", "release counts as failure", BrokenDeliveries::releaseNaks),
        Mutant.ofTasks(
            "DEAD-21", "last failure waits for a pull", BrokenSettlements::lastFailureWaits),
        Mutant.ofTasks(
            "DEAD-22", "used-up tasks not counted", BrokenSettlements::usedUpIsNotCounted),
        Mutant.ofTasks(
            "WORK-21", "released task dead-lettered", BrokenSettlements::releasedIsBuried),
        Mutant.ofPartition(
            "DEAD-24", "close gives a used-up task new attempts", BrokenAhead::closeRedrives),
        Mutant.ofPuller("AHEAD-12", "close naks its buffer", BrokenAhead::closeNaks),
        Mutant.ofPartition(
            "RETRY-5", "no pause after failures", BrokenWorkers::retriesWithoutPause));
  }
}
