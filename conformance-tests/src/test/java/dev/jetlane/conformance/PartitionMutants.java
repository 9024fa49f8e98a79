// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.util.List;

/** Queues that open their partitions in a broken way. */
final class PartitionMutants {

  private PartitionMutants() {}

  static List<Mutant> all() {
    return List.of(
        Mutant.ofQueue("PART-1", "tasks of another partition delivered", BrokenQueues::crossTalk),
        Mutant.ofQueue(
            "PART-2", "each client has its own partitions", BrokenQueues::partitionsAreTheClients),
        Mutant.ofQueue("PART-3", "names in lower case", BrokenQueues::namesAreLowered),
        new Mutant("second creator fails", "PART-4", BrokenStorage::secondCreatorFails),
        new Mutant("other settings ignored", "PART-5", BrokenStorage::driftIsIgnored),
        Mutant.ofPartition(
            "PART-6", "empty partition cannot be counted", BrokenPartitions::emptyCannotBeCounted),
        Mutant.ofPartition("PART-7", "another object each time", DelegatingPartition::new),
        Mutant.ofPuller("PART-8", "deleted partition not restored", BrokenPullers::staysBroken),
        new Mutant("own settings are drift", "PART-10", BrokenStorage::ownSettingsAreDrift),
        new Mutant("settings of the first client", "PART-10", BrokenStorage::driftIsIgnored),
        new Mutant("lowEvery of the first client", "PART-10", BrokenStorage::lowEveryIsOfTheFirst),
        Mutant.ofQueue(
            "PART-9", "sends a request at each opening", BrokenQueues::asksAtEachOpening),
        Mutant.ofPartition("STATS-10", "age needs the counts", BrokenPartitions::countsForTheAge),
        new Mutant("queue settings ignored", "PART-11", BrokenStorage::queueDriftIsIgnored));
  }
}
