// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.util.List;

/** Queues whose calls for operators are broken. */
final class OperatorMutants {

  private OperatorMutants() {}

  static List<Mutant> looking() {
    return List.of(
        Mutant.ofQueue(
            "LIST-1",
            "partitions in no order",
            queue -> DelegatingAdmin.listing(queue, BrokenAdmins::reversed)),
        Mutant.ofAdmin("LIST-2", "last task of a page lost", BrokenAdmins::losesTheLastOfAPage),
        Mutant.ofQueue("LIST-3", "browsing pulls tasks", BrokenAdmins::looksByPulling),
        Mutant.ofAdmin("LIST-4", "payloads always shown", BrokenAdmins::alwaysShowsPayloads),
        Mutant.ofAdmin("LIST-5", "each age is zero", BrokenAdmins::everythingIsNew),
        Mutant.ofAdmin(
            "LIST-6", "bad start treated as the beginning", BrokenAdmins::startsSomewhere),
        Mutant.ofAdmin("FIND-1", "outstanding task not found", BrokenAdmins::findsReadyAlone),
        Mutant.ofAdmin("FIND-2", "removal reported but not done", BrokenAdmins::removesNothing),
        Mutant.ofAdmin("FIND-3", "outstanding task removed", BrokenAdmins::removesOutstanding));
  }

  static List<Mutant> changing() {
    return List.of(
        Mutant.ofAdmin("PURGE-1", "purge removes dead letters too", BrokenAdmins::purgesTheDead),
        Mutant.ofQueue("PURGE-2", "purge leaves one", BrokenAdmins::purgeLeavesOne),
        Mutant.ofAdmin(
            "PURGE-3", "deletes a partition in use", BrokenAdmins::deletesWhatIsPulledFrom),
        Mutant.ofAdmin("PURGE-4", "deletion only purges", BrokenAdmins::deletionIsAPurge),
        Mutant.ofAdmin("PAUSE-1", "pause does nothing", BrokenAdmins::doesNotPause),
        Mutant.ofAdmin("PAUSE-2", "pause does not end", BrokenAdmins::pausesForever),
        Mutant.ofAdmin("PAUSE-3", "resume does nothing", BrokenAdmins::doesNotResume),
        Mutant.ofQueue(
            "PAUSE-4",
            "pause is not shown",
            queue -> DelegatingAdmin.listing(queue, BrokenAdmins::hidesPauses)),
        Mutant.ofAdmin("PAUSE-5", "deleted partition paused", BrokenAdmins::pausesTheDeleted),
        Mutant.ofQueue("PAUSE-6", "health without warnings", BrokenQueues::hidesProblems),
        Mutant.ofListener("PAUSE-6", "warning told twice", BrokenEvents::warningsAreToldTwice));
  }

  static List<Mutant> burying() {
    return List.of(
        Mutant.ofLetters("DEAD-14", "one page of letters", BrokenLetters::pagesEndEarly),
        Mutant.ofLetters("DEAD-15", "another letter removed", BrokenLetters::removesTheNewest),
        Mutant.ofLetters("DEAD-16", "redrives any letter", BrokenLetters::redrivesAny),
        Mutant.ofLetters("DEAD-17", "redrives without pause", BrokenLetters::redrivesWithoutPause),
        Mutant.ofQueue("DEAD-18", "move leaves the letter", BrokenLetters::moveLeavesTheLetter),
        Mutant.ofQueue("DEAD-19", "repeated move stores again", BrokenLetters::moveStoresAgain),
        Mutant.ofLetters("DEAD-26", "removes any letter", BrokenLetters::removesAny),
        Mutant.ofLetters("DEAD-27", "moves more letters", BrokenLetters::movesAll),
        Mutant.ofQueue(
            "DEAD-28", "continued redrive stores again", BrokenLetters::brokenRedriveStoresAgain),
        Mutant.ofLetters("DEAD-29", "refused redrive loses letters", BrokenLetters::refusedAreLost),
        Mutant.ofLetters("DEAD-30", "urgent task lost by a move", BrokenLetters::moveLosesUrgent),
        Mutant.ofLetters("DEAD-31", "no letter, no check", BrokenLetters::movesNoneAnywhere));
  }
}
