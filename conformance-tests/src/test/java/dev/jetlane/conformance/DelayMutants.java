// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.util.List;

/** Queues with faults in delays and priorities, and the rule that must find each. */
final class DelayMutants {

  private DelayMutants() {}

  static List<Mutant> delaying() {
    return List.of(
        Mutant.ofPartition("DELAY-1", "delay ends at half of its time", BrokenDelays::comesEarly),
        Mutant.ofPartition("DELAY-2", "delay added twice", BrokenDelays::comesLate),
        Mutant.ofPartition("DELAY-3", "headers lost while delayed", BrokenDelays::headersAreLost),
        Mutant.ofPartition("DELAY-4", "due in the order of the pushes", BrokenDelays::dueByAge),
        Mutant.ofPartition(
            "DELAY-5", "cancellation removes nothing", BrokenDelays::cancelDoesNothing),
        Mutant.ofPartition(
            "DELAY-5", "cancellation always succeeds", BrokenDelays::cancelAlwaysSucceeds),
        Mutant.ofPartition("DELAY-6", "delayed tasks have new ids", BrokenDelays::idsAreNew),
        Mutant.ofPartition(
            "DELAY-7", "full partition drops delayed tasks", BrokenDelays::fullDropsDelayed),
        Mutant.ofPartition(
            "DELAY-8",
            "due task dropped when there is no room",
            BrokenDelays::dueIsDroppedWhenFull),
        Mutant.ofQueue(
            "DELAY-9", "delayed tasks end with the client", BrokenDelays::clientsKeepDelays),
        Mutant.ofPartition("DELAY-10", "redrive delayed again", BrokenDelays::redriveIsDelayed),
        Mutant.ofPartition("DELAY-11", "two cancellations win", BrokenDelays::cancelsInTwoSteps),
        Mutant.ofPartition(
            "DELAY-13",
            "duplicates of a batch take room",
            partition -> BrokenDelays.batchesCountTheirList(partition, 2)),
        Mutant.ofPartition("DELAY-14", "instants ignored", BrokenDelays::instantsAreIgnored),
        Mutant.ofPartition("STATS-5", "delayed tasks look ready", BrokenDelays::delayedLookReady),
        Mutant.ofPartition(
            "STATS-6", "redeliveries not counted", BrokenDelays::redeliveredAreNotCounted),
        Mutant.ofPartition("STATS-7", "age of ready tasks only", BrokenDelays::ageOfTheReadyOnly),
        Mutant.ofPartition(
            "STATS-8", "a task that becomes due is not counted", BrokenDelays::dueTasksAreNowhere));
  }

  static List<Mutant> prioritising() {
    return List.of(
        Mutant.ofPartition("PRIO-1", "priorities ignored", BrokenPriorities::areIgnored),
        Mutant.ofQueue(
            "PRIO-2", "whole wait at each empty priority", BrokenPriorities::waitsAtEach),
        Mutant.ofQueue("PRIO-3", "waits for the lowest only", BrokenPriorities::waitsAtTheLowest),
        Mutant.ofPuller(
            "PRIO-4", "redelivery overtakes all", BrokenPriorities::redeliveriesOvertake),
        Mutant.ofPartition(
            "PRIO-5", "redriven task has the lowest priority", BrokenPriorities::redriveLosesThem),
        Mutant.ofPartition(
            "DEAD-25", "dead letters without priority", BrokenPriorities::lettersHaveNone),
        Mutant.ofPartition(
            "PRIO-6", "priority lost while delayed", BrokenPriorities::delayLosesThem),
        Mutant.ofPartition(
            "PRIO-6", "only the lowest can be cancelled", BrokenPriorities::cancelsTheLowestOnly),
        new Mutant("lower priorities have no share", "PRIO-7", BrokenPriorities::shareIsForgotten),
        new Mutant("share comes one task late", "PRIO-7", BrokenPriorities::shareIsSmaller),
        Mutant.ofPartition(
            "PRIO-8", "each priority has its own ids", BrokenPriorities::idsAreOfEach),
        Mutant.ofPartition(
            "PRIO-9", "one capacity for all priorities", BrokenPriorities::capacityIsOfAll),
        Mutant.ofPartition(
            "PRIO-10",
            "one limit of outstanding tasks for all",
            BrokenPriorities::outstandingIsOfAll),
        Mutant.ofPartition("PRIO-11", "only the lowest counted", BrokenPriorities::lowestIsCounted),
        Mutant.ofPartition("PRIO-12", "age of the youngest task", BrokenPriorities::ageOfTheLast),
        Mutant.ofPartition(
            "PRIO-13", "unknown priority treated as lowest", BrokenPriorities::tooHighIsTheLowest),
        new Mutant("other number of priorities ignored", "PRIO-14", BrokenStorage::driftIsIgnored),
        Mutant.ofPuller("PRIO-15", "leases ahead", BrokenPullers::prefetchedIsLost),
        Mutant.ofPartition(
            "PRIO-19", "priority lost while delayed", BrokenPriorities::delayLosesThem),
        Mutant.ofPartition("PRIO-18", "limit of bytes forgotten", BrokenPullers::anyNumberOfBytes));
  }
}
