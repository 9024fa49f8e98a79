// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.plain.BrokenPulls;
import dev.jetlane.conformance.plain.BrokenPushes;
import dev.jetlane.conformance.plain.BrokenSettlements;
import dev.jetlane.conformance.plain.BrokenTasks;
import dev.jetlane.conformance.plain.PlainHarness;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** All broken queues, and the rule that must find each. */
final class Mutants {

  /**
   * Rules about faults that only a server has. Faults in the source of the adapter break them
   * ({@code conformance-tests/faults}).
   */
  static final Set<String> ONLY_ON_A_SERVER = Set.of("FAULT-8", "FAULT-10", "FAULT-11");

  private Mutants() {}

  static List<Mutant> all() {
    return Stream.of(
            pushing(),
            pulling(),
            leasing(),
            keeping(),
            settling(),
            PartitionMutants.all(),
            clients(),
            working(),
            ahead(),
            races(),
            DelayMutants.delaying(),
            BrokenDeadlines.expiring(),
            DelayMutants.prioritising(),
            telling(),
            losing(),
            afterLosses(),
            OperatorMutants.looking(),
            OperatorMutants.changing(),
            OperatorMutants.burying(),
            BlameMutants.all(),
            BrokenTyped.mutants(),
            BrokenAtomic.mutants(),
            BrokenOutages.mutants())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Mutant> pushing() {
    return List.of(
        Mutant.ofTasks("PUSH-1", "every third push is lost", BrokenPushes::everyThirdIsLost),
        Mutant.ofDelivery(
            "PUSH-2", "redelivery without headers", BrokenDeliveries::headersLostOnRedelivery),
        Mutant.ofPuller("PUSH-3", "delivers a task without a push", BrokenPullers::makesUpTasks),
        Mutant.ofPartition(
            "PUSH-4", "last task of a batch not reported", BrokenPartitions::reportIsShort),
        Mutant.ofDelivery(
            "PUSH-6", "time of storage is that of delivery", BrokenDeliveries::storedWhenDelivered),
        Mutant.ofDelivery(
            "PRIO-16", "priority lost on redelivery", BrokenDeliveries::priorityLostOnRedelivery),
        Mutant.ofTasks("PUSH-5", "new id treated as known", BrokenPushes::idsAreCut),
        Mutant.ofTasks("DEDUP-1", "no dedup", BrokenPushes::noDedup),
        Mutant.ofTasks("DEDUP-2", "id forgotten on ack", BrokenTasks::dedupForgetsOnAck),
        Mutant.ofTasks("DEDUP-3", "dedup window never ends", BrokenPushes::windowNeverEnds),
        Mutant.ofTasks("DEDUP-4", "duplicate prolongs the window", BrokenTasks::duplicateProlongs),
        new Mutant(
            "dedup across partitions",
            "DEDUP-5",
            () -> new PlainHarness(BrokenPushes.dedupAcrossPartitions())),
        Mutant.ofTasks("DEDUP-6", "no dedup within a batch", BrokenPushes::dedupForgetsTheMoment),
        Mutant.ofTasks("LIMIT-1", "delayed nak frees its slot", BrokenTasks::delayFreesItsSlot),
        Mutant.ofTasks(
            "LIMIT-2",
            "limit of outstanding tasks stops redeliveries",
            BrokenPushes::limitBlocksRedelivery),
        Mutant.ofTasks("LIMIT-3", "settlement frees no slot", BrokenPushes::slotsAreNotFreed),
        Mutant.ofTasks("LIMIT-5", "full partition drops the oldest", BrokenTasks::dropsTheOldest),
        Mutant.ofPartition("ERROR-1", "error without its task", BrokenPartitions::errorsNameNoTask),
        Mutant.ofTasks("LIMIT-6", "full one task too soon", BrokenPushes::fullTooSoon),
        Mutant.ofTasks("LIMIT-6", "settled tasks still take room", BrokenPushes::settledStillCount),
        Mutant.ofPartition(
            "LIMIT-7",
            "refused tasks of a batch reported as stored",
            BrokenPartitions::refusedLooksStored),
        Mutant.ofTasks(
            "LIMIT-8", "limit checked before duplicates", BrokenPushes::fullBeforeDuplicate));
  }

  private static List<Mutant> pulling() {
    return List.of(
        Mutant.ofTasks("PULL-1", "one task too many", BrokenPulls::oneTooMany),
        Mutant.ofTasks("PULL-2", "one task at a time", BrokenPulls::oneAtATime),
        Mutant.ofPuller("PULL-3", "empty pull repeats the last one", BrokenPullers::repeatsTheLast),
        Mutant.ofPuller("PULL-4", "pull does not wait", BrokenPullers::doesNotWait),
        Mutant.ofTasks("PULL-5", "lost wake-up after a push", BrokenPulls::pushDoesNotWake),
        Mutant.ofTasks("PULL-6", "lost wake-up after a nak", BrokenPulls::nakDoesNotWake),
        Mutant.ofTasks(
            "PULL-7", "lost wake-up after an expired lease", BrokenPulls::expiryDoesNotWake),
        Mutant.ofTasks("PULL-8", "lost wake-up after a delay", BrokenPulls::delayDoesNotWake),
        Mutant.ofPuller(
            "PULL-9", "interrupt looks like an empty pull", BrokenPullers::swallowsInterrupts),
        Mutant.ofPuller("PULL-10", "list cannot be changed", BrokenPullers::listIsFixed),
        Mutant.ofTasks(
            "PULL-11",
            "lost wake-up after a settlement made room",
            BrokenPulls::freedSlotDoesNotWake),
        Mutant.ofTasks(
            "PULL-12", "only one waiting pull is ever served", BrokenPulls::onlyOneIsWoken),
        Mutant.ofTasks("ORDER-1", "last in, first out", BrokenTasks::lastInFirstOut),
        Mutant.ofTasks("ORDER-2", "nak goes behind new tasks", BrokenTasks::nakToTheBack),
        Mutant.ofTasks("ORDER-3", "nak order reversed", BrokenTasks::nakOrderReversed),
        Mutant.ofTasks(
            "ORDER-4", "expired leases in the order of the pushes", BrokenPulls::dueByAge),
        Mutant.ofTasks(
            "ORDER-5", "delayed naks in the order of the pushes", BrokenPulls::delaysByAge),
        Mutant.ofTasks("ORDER-6", "expired leases overtake naks", BrokenPulls::expiredOvertake),
        Mutant.ofDelivery("ATTEMPT-1", "attempts from zero", BrokenDeliveries::attemptsFromZero),
        Mutant.ofTasks("ATTEMPT-2", "attempts not counted", BrokenTasks::attemptsNotCounted),
        Mutant.ofTasks("ATTEMPT-3", "expired lease not counted", BrokenPulls::expiryDoesNotCount),
        Mutant.ofTasks(
            "ATTEMPT-4", "attempts go up without pulls", BrokenPulls::unservedLeasesCount));
  }

  private static List<Mutant> leasing() {
    return List.of(
        Mutant.ofTasks("LEASE-1", "lease ends early", BrokenTasks::expiresEarly),
        Mutant.ofTasks("LEASE-2", "lease never ends", BrokenTasks::neverExpires),
        Mutant.ofTasks(
            "LEASE-3", "second lease is the rest of the first", BrokenPulls::restOfTheLease),
        Mutant.ofDelivery(
            "LEASE-4", "lease looks twice as long", BrokenDeliveries::leaseLooksLonger),
        Mutant.ofDelivery(
            "LEASE-5", "lease looks full to its end", BrokenDeliveries::leaseLooksFull),
        Mutant.ofTasks(
            "EXTEND-1", "extension does not reach the queue", BrokenSettlements::extendDoesNothing),
        Mutant.ofTasks("EXTEND-2", "extension adds to the old deadline", BrokenTasks::extendAdds),
        Mutant.ofTasks("EXTEND-3", "extension counts as an attempt", BrokenTasks::extendCounts),
        Mutant.ofDelivery(
            "EXTEND-4",
            "delivery does not see its extension",
            BrokenDeliveries::extensionIsNotSeen),
        Mutant.ofDelivery(
            "EXTEND-5", "settled delivery extended", BrokenDeliveries::settledIsExtended),
        Mutant.ofDelivery(
            "EXTEND-6", "third extension fails", BrokenDeliveries::thirdExtensionFails));
  }

  private static List<Mutant> keeping() {
    return List.of(
        Mutant.ofPartition("KEEP-1", "leases are not kept", BrokenKeepers::keepsNothing),
        Mutant.ofPartition(
            "KEEP-2",
            "leases of tasks fetched ahead are not kept",
            BrokenKeepers::forgetsTheBuffer),
        Mutant.ofPartition("KEEP-3", "leases are kept forever", BrokenKeepers::ignoresTheMaximum),
        Mutant.ofTasks("KEEP-4", "settled delivery is kept", BrokenSettlements::settledIsKept),
        Mutant.ofPuller("KEEP-5", "closed puller still keeps leases", BrokenKeepers::closedIsKept),
        Mutant.ofPartition(
            "KEEP-6", "long step shortened, not refused", BrokenKeepers::mendsTheStep),
        Mutant.ofDelivery("LOST-1", "loss of a lease is silent", BrokenKeepers::lossIsSilent),
        Mutant.ofDelivery("LOST-2", "settled lease is lost", BrokenKeepers::settledIsLost),
        Mutant.ofDelivery(
            "LOST-3", "extended lease is never lost", BrokenKeepers::extendedIsNeverLost),
        Mutant.ofDelivery(
            "LOST-4", "request after the loss not notified", BrokenKeepers::lateAskersHearNothing));
  }

  private static List<Mutant> settling() {
    return List.of(
        Mutant.ofTasks("SETTLE-1", "ack does not remove", BrokenTasks::ackDoesNotRemove),
        Mutant.ofTasks(
            "SETTLE-2", "nak waits for the lease to end", BrokenSettlements::nakWaitsForTheLease),
        Mutant.ofTasks("SETTLE-3", "delay of a nak ignored", BrokenTasks::delayIgnored),
        Mutant.ofTasks("SETTLE-4", "delay of a nak never ends", BrokenSettlements::delayNeverEnds),
        Mutant.ofDelivery(
            "SETTLE-6", "second settlement accepted", BrokenDeliveries::secondSettlementWins),
        Mutant.ofDelivery(
            "SETTLE-7", "pipelined ack looks late", BrokenDeliveries::ackAsyncLooksLate),
        Mutant.ofDelivery(
            "SETTLE-8", "close gives nothing back", BrokenDeliveries::closeDoesNothing),
        Mutant.ofDelivery("SETTLE-9", "ack looks late", BrokenDeliveries::ackLooksLate),
        Mutant.ofDelivery(
            "SETTLE-10", "close throws after an ack", BrokenDeliveries::closeThrowsWhenSettled),
        Mutant.ofDelivery("LATE-1", "late ack refused", BrokenDeliveries::lateAckIsRefused),
        Mutant.ofDelivery("LATE-1", "late ack looks in time", BrokenDeliveries::lateAckLooksInTime),
        Mutant.ofDelivery("LATE-2", "late nak accepted", BrokenDeliveries::lateNakIsAccepted),
        Mutant.ofDelivery(
            "LATE-3", "extension after expiry accepted", BrokenDeliveries::lateExtendIsAccepted),
        Mutant.ofDelivery(
            "LATE-4", "late dead-lettering accepted", BrokenDeliveries::lateDeadLetterIsAccepted),
        Mutant.ofTasks("LATE-5", "stale ack refused", BrokenSettlements::staleAckIsRefused),
        Mutant.ofDelivery(
            "LATE-6",
            "stale nak takes the task from its holder",
            BrokenDeliveries::staleNakTakesTheTask),
        Mutant.ofDelivery("LATE-7", "late close acks", BrokenDeliveries::lateCloseAcks),
        Mutant.ofTasks(
            "LATE-8", "ack of a task that is gone fails", BrokenSettlements::goneCannotBeAcked),
        Mutant.ofTasks("DEAD-1", "one delivery too many", BrokenSettlements::oneDeliveryTooMany),
        Mutant.ofTasks("DEAD-2", "task that always fails is dropped", BrokenTasks::poisonIsDropped),
        Mutant.ofTasks("DEAD-3", "dead letter without headers", BrokenTasks::lettersLoseHeaders),
        Mutant.ofTasks("DEAD-4", "dead letter stored twice", BrokenSettlements::deadTwice),
        Mutant.ofTasks(
            "DEAD-5", "dead-lettered task delivered again", BrokenSettlements::deadIsAlive),
        Mutant.ofTasks(
            "DEAD-7", "redrive keeps the attempts", BrokenSettlements::redriveKeepsAttempts),
        Mutant.ofTasks(
            "DEAD-8", "redrive accepted by a full partition", BrokenSettlements::redriveIntoFull),
        Mutant.ofTasks(
            "DEAD-9", "youngest dead letter first", BrokenSettlements::youngestDeadFirst),
        Mutant.ofTasks("DEAD-10", "purge returns no number", BrokenSettlements::purgeSaysNothing),
        Mutant.ofQueue(
            "DEAD-11", "dead letters of another partition", BrokenQueues::deadLettersAreShared));
  }

  private static List<Mutant> clients() {
    return List.of(
        Mutant.ofQueue(
            "LIFE-1", "attempts counted by the client", BrokenQueues::clientCountsAttempts),
        Mutant.ofDelivery(
            "LIFE-2", "ack after the close of the queue", BrokenDeliveries::closedQueueSettles),
        Mutant.ofPuller(
            "LIFE-3", "close of a puller gives back held tasks", BrokenPullers::closeGivesAllBack),
        Mutant.ofPuller("LIFE-4", "prefetch lost on close", BrokenPullers::prefetchedIsLost),
        Mutant.ofPuller("LIFE-5", "closed pull looks empty", BrokenPullers::closedLooksEmpty),
        Mutant.ofPartition(
            "LIFE-6", "push to a closed queue dropped", BrokenPartitions::closedPushIsDropped),
        Mutant.ofPuller("LIFE-7", "second close throws", BrokenPullers::closesOnce),
        Mutant.ofQueue("LIFE-8", "closed queue reports good health", BrokenQueues::alwaysHealthy),
        Mutant.ofQueue("LIFE-9", "thread left behind", BrokenQueues::leavesAThread),
        Mutant.ofPartition("LIFE-11", "interrupt swallowed", BrokenPartitions::swallowsInterrupts),
        Mutant.ofQueue(
            "LIFE-11", "interrupt makes health bad", BrokenQueues::interruptedIsNotReady),
        BrokenMeetings.pushIsStoredAndRefused(),
        Mutant.ofPuller(
            "LIFE-13", "interrupted pull takes a task", BrokenPullers::interruptedTakes),
        Mutant.ofPuller("AHEAD-8", "idle puller keeps its tasks", BrokenPullers::idleHoldsOn),
        Mutant.ofPartition(
            "AHEAD-9", "idle puller leases ahead", BrokenPartitions::idleFetchesAhead),
        Mutant.ofQueue("INPUT-1", "bad partition name corrected", BrokenQueues::badNamesAreMended),
        Mutant.ofPartition(
            "INPUT-2", "batch checked while it is sent", BrokenPartitions::batchIsCheckedOneByOne),
        Mutant.ofPuller("INPUT-3", "bad pull size corrected", BrokenPullers::badSizesAreMended),
        Mutant.ofDelivery(
            "INPUT-4", "negative delay treated as none", BrokenDeliveries::negativeDelayIsZero),
        Mutant.ofPartition(
            "INPUT-5", "null is a NullPointerException", BrokenPartitions::nullIsAnError),
        Mutant.ofDelivery(
            "INPUT-6", "header names in lower case", BrokenDeliveries::headerNamesAreLowered),
        Mutant.ofDelivery(
            "INPUT-6", "header values in ASCII", BrokenDeliveries::headerValuesAreAscii),
        Mutant.ofPartition(
            "INPUT-7",
            "headers count against the payload",
            BrokenPartitions::headersCountAsPayload),
        new Mutant("one payload array for all", "INPUT-8", BrokenStorage::payloadsAreShared),
        Mutant.ofPartition(
            "INPUT-9", "bad id treated as unknown", BrokenPartitions::badIdIsUnknown),
        Mutant.ofPartition(
            "INPUT-9", "push after a refused one lost", BrokenPartitions::refusalTakesTheNext));
  }

  private static List<Mutant> working() {
    return List.of(
        Mutant.ofPartition(
            "WORK-1", "returning gives the task back", BrokenWorkers::returningGivesBack),
        Mutant.ofPartition("WORK-2", "an Error ends the worker", BrokenWorkers::diesOfAnError),
        Mutant.ofPartition("WORK-2", "failures swallowed", BrokenWorkers::swallowsFailures),
        Mutant.ofPartition(
            "WORK-3", "settlement of the handler ignored", BrokenWorkers::overrulesTheHandler),
        Mutant.ofPartition("WORK-4", "one handler too many", BrokenWorkers::oneHandlerTooMany),
        Mutant.ofPartition("WORK-4", "one handler at a time", BrokenWorkers::oneHandlerAtATime),
        Mutant.ofPartition("WORK-5", "pulls too far ahead", BrokenWorkers::pullsTooMuch),
        Mutant.ofPartition("WORK-6", "pause not noticed", BrokenWorkers::doesNotPause),
        Mutant.ofPartition("WORK-6", "resume not noticed", BrokenWorkers::doesNotResume),
        Mutant.ofPartition("WORK-7", "drain waits for nothing", BrokenWorkers::drainsAtOnce),
        Mutant.ofPartition("WORK-8", "drain waits forever", BrokenWorkers::drainsForEver),
        Mutant.ofPartition("WORK-9", "worker keeps no lease", BrokenWorkers::keepsNoLease),
        Mutant.ofPartition("WORK-10", "handler not interrupted", BrokenWorkers::interruptsNobody),
        Mutant.ofPartition("WORK-11", "worker outlives its close", BrokenWorkers::outlivesItsClose),
        Mutant.ofPartition("RETRY-1", "delay of the policy ignored", BrokenWorkers::retriesAtOnce),
        Mutant.ofPartition(
            "RETRY-2",
            "policy always sees the first attempt",
            BrokenWorkers::attemptIsAlwaysTheFirst),
        Mutant.ofPartition("RETRY-3", "policy never gives up", BrokenWorkers::neverGivesUp),
        Mutant.ofPartition(
            "RETRY-4", "last attempt given back", BrokenWorkers::givesBackTheLastFailure),
        Mutant.ofPartition("WORK-12", "refused task given back", BrokenWorkers::givesBackRefused),
        Mutant.ofQueue("WORK-13", "workers outlive their queue", BrokenWorkers::outlivesItsQueue),
        Mutant.ofPartition("WORK-14", "stage not awaited", BrokenWorkers::doesNotAwaitStages),
        Mutant.ofPartition("WORK-15", "no time limit", BrokenWorkers::hasNoTimeLimit),
        Mutant.ofPartition("WORK-16", "health always good", BrokenWorkers::isAlwaysWell),
        Mutant.ofPartition("WORK-23", "leases all slow tasks", BrokenWorkers::pullsThousand),
        Mutant.ofPartition("PRIO-17", "leases a thousand ahead", BrokenWorkers::pullsThousand),
        Mutant.ofPartition("BATCH-1", "each task is a batch", BrokenWorkers::doesNotCollect),
        Mutant.ofPartition("BATCH-1", "a batch starts early", BrokenWorkers::startsBatchesEarly),
        Mutant.ofPartition("BATCH-2", "one failure fails all", BrokenWorkers::failsWholeBatches),
        Mutant.ofPartition("SETTLE-13", "one outcome for all", BrokenWorkers::reportsOneAckForAll),
        Mutant.ofPartition("WORK-22", "lost leases not reported", BrokenWorkers::isSilent),
        Mutant.ofPartition("WORK-17", "failures not reported", BrokenWorkers::isSilent));
  }

  private static List<Mutant> ahead() {
    return List.of(
        Mutant.ofPartition("AHEAD-1", "prefetch ignored", BrokenAhead::prefetchIsIgnored),
        Mutant.ofPartition("AHEAD-2", "one too many leased ahead", BrokenAhead::oneTooManyAhead),
        Mutant.ofPuller("AHEAD-3", "buffer is a stack", BrokenAhead::bufferIsAStack),
        Mutant.ofPartition("AHEAD-4", "idle puller leases", BrokenAhead::leasesForTheIdle),
        Mutant.ofPuller(
            "AHEAD-5", "waiting pull checks its buffer only", BrokenPullers::doesNotWait),
        Mutant.ofPuller("AHEAD-6", "buffer keeps expired tasks", BrokenAhead::handsOutWhatRanOut),
        Mutant.ofPuller(
            "AHEAD-7", "an empty wait costs an attempt", BrokenAhead::waitingCostsAnAttempt),
        Mutant.ofTasks("PULL-13", "woken pull takes one task", BrokenPulls::wokenTakesOne),
        Mutant.ofPuller(
            "PULL-14", "interrupt lost if a task arrives", BrokenPullers::forgetsInterrupts),
        Mutant.ofTasks(
            "PULL-15", "ended pull takes another task", BrokenPulls::servedPullStaysInLine),
        Mutant.ofPartition("PULL-16", "limit of bytes ignored", BrokenPullers::anyNumberOfBytes),
        Mutant.ofPuller(
            "PULL-17", "asynchronous pull does not wait", BrokenPullers::asyncDoesNotWait),
        Mutant.ofPuller(
            "PULL-18", "cancelled pull takes another task", BrokenPullers::cancelsTheFutureAlone),
        Mutant.ofPuller(
            "PULL-19", "receiver completes the future", BrokenPullers::futureIsTheReceivers),
        Mutant.ofTasks("ORDER-7", "younger task first", BrokenPulls::tiesAreReversed),
        Mutant.ofPuller(
            "LIFE-10", "close drops the tasks of a pull", BrokenAhead::closeDropsWhatCame),
        Mutant.ofPartition("RACE-10", "a call keeps its lock", BrokenPartitions::keepsItsLock),
        Mutant.ofDelivery("LOST-5", "closed queue loses leases", BrokenKeepers::closedIsLost),
        Mutant.ofTasks("DEAD-12", "every redrive succeeds", BrokenSettlements::knowsEveryLetter),
        Mutant.ofTasks("DEAD-23", "two redrives succeed", BrokenSettlements::knowsEveryLetter),
        Mutant.ofPartition("DELAY-12", "younger task due first", BrokenDelays::youngerIsDueFirst));
  }

  private static List<Mutant> races() {
    return List.of(
        new Mutant("two threads get one lease", "RACE-1", BrokenStorage::oneBufferForAll),
        Mutant.ofDelivery("RACE-2", "two settlements win", BrokenStorage::settlesInTwoSteps),
        new Mutant(
            "two pushes of one id are new", "RACE-3", BrokenStorage::looksForDuplicatesFirst),
        Mutant.ofPuller("RACE-4", "buffer without a lock", BrokenPullers::buffersWithoutALock),
        Mutant.ofTasks(
            "RACE-5", "two of many threads get one lease", BrokenPulls::lastLeaseIsShared),
        new Mutant("room checked before the push", "RACE-6", BrokenStorage::looksForRoomFirst),
        Mutant.ofPartition(
            "RACE-7", "first asynchronous push sent second", BrokenPartitions::firstAsyncPushWaits),
        new Mutant("slots checked before the pull", "RACE-8", BrokenStorage::looksForSlotsFirst),
        Mutant.ofDelivery(
            "RACE-9", "every second pipelined ack lost", BrokenDeliveries::everySecondAckIsLost),
        Mutant.ofPartition("STATS-1", "ready tasks off by one", BrokenPartitions::readyIsOneLess),
        Mutant.ofPartition(
            "STATS-2", "outstanding tasks off by one", BrokenPartitions::outstandingIsOneLess),
        Mutant.ofPartition(
            "STATS-3", "dead letters not counted", BrokenPartitions::deadAreNotCounted),
        Mutant.ofTasks("STATS-4", "nak loses the task", BrokenSettlements::nakLosesTheTask));
  }

  private static List<Mutant> telling() {
    return List.of(
        Mutant.ofListener("EVENT-1", "duplicates reported as new", BrokenEvents::duplicatesLookNew),
        Mutant.ofListener("EVENT-2", "refused push not reported", BrokenEvents::refusalsAreSilent),
        Mutant.ofListener(
            "EVENT-3", "redelivery not reported", BrokenEvents::redeliveriesAreSilent),
        Mutant.ofListener("EVENT-4", "ack reported twice", BrokenEvents::acksAreToldTwice),
        Mutant.ofListener("EVENT-4", "time held is always zero", BrokenEvents::timeStandsStill),
        Mutant.ofListener("EVENT-5", "late ack reported as in time", BrokenEvents::lateLooksInTime),
        Mutant.ofListener("EVENT-6", "lost lease reported twice", BrokenEvents::lossIsToldTwice),
        Mutant.ofListener("EVENT-7", "used-up task not reported", BrokenEvents::usedUpIsSilent),
        Mutant.ofOpening(
            "EVENT-8", "exception of a listener passed on", () -> BrokenEvents::mayNotThrow),
        Mutant.ofOpening(
            "EVENT-9", "closed queue reports losses", () -> BrokenEvents::closedTellsOfLosses),
        Mutant.ofOpening(
            "EVENT-10", "events of other clients reported", BrokenEvents::allClientsReceivePulls),
        Mutant.ofListener(
            "EVENT-11", "headers of a listener ignored", BrokenEvents::headersAreNotTaken),
        Mutant.ofOpening("EVENT-12", "loser of a race reported", () -> BrokenEvents::losersAreTold),
        Mutant.ofOpening("EVENT-13", "worker not reported", () -> BrokenEvents::workersAreSilent),
        Mutant.ofListener("EVENT-14", "reported when the next call ends", BrokenEvents::toldLater),
        Mutant.ofListener("EVENT-15", "handler not reported", BrokenEvents::handlersAreSilent),
        Mutant.ofListener(
            "EVENT-15", "failure of a handler not reported", BrokenEvents::handlersLookWell));
  }

  private static List<Mutant> losing() {
    return List.of(
        Mutant.ofPartition(
            "FAULT-1",
            "push without a confirmation counts as stored",
            BrokenFaults::unknownPushIsStored),
        Mutant.ofDelivery(
            "FAULT-2",
            "ack without a confirmation counts as settled",
            BrokenFaults::unknownAckIsSettled),
        Mutant.ofDelivery(
            "FAULT-3",
            "nak without a confirmation is repeated",
            BrokenFaults::unknownNakIsRepeated),
        Mutant.ofDelivery(
            "FAULT-3",
            "nak without a confirmation looks settled",
            BrokenFaults::unknownNakLooksSettled),
        Mutant.ofDelivery(
            "FAULT-4",
            "extension without a confirmation counts",
            BrokenFaults::unknownExtensionCounts),
        Mutant.ofDelivery(
            "FAULT-5",
            "dead letter without a confirmation counts as stored",
            BrokenFaults::unknownLetterIsStored),
        Mutant.ofPartition(
            "FAULT-6",
            "redrive without a confirmation stores the task twice",
            BrokenFaults::unknownRedrivePushes),
        Mutant.ofPartition(
            "FAULT-7",
            "cancellation without a confirmation counts the second time",
            BrokenFaults::unknownCancellationCounts),
        Mutant.ofPartition(
            "FAULT-9", "unconfirmed push is undone", BrokenFaults::unknownPushIsTakenBack));
  }

  private static List<Mutant> afterLosses() {
    return List.of(
        Mutant.ofPartition(
            "FAULT-12", "task of a failed handler is acked", BrokenFaults::failuresAreAcked),
        Mutant.ofPartition(
            "FAULT-13",
            "every second delayed task is dropped",
            BrokenFaults::everySecondDelayIsDropped),
        Mutant.ofPartition(
            "FAULT-14", "unknown outcome is false", BrokenFaults::unknownCancellationIsNone),
        Mutant.ofPartition(
            "FAULT-14",
            "cancellation of nothing is unknown",
            BrokenFaults::cancellationOfNothingIsUnknown),
        Mutant.ofPartition(
            "FAULT-15",
            "unknown tasks of a batch are refused",
            BrokenFaults::unknownOfABatchIsRefused),
        Mutant.ofDelivery("FAULT-16", "close gives nothing back", BrokenFaults::closeDoesNothing),
        Mutant.ofDelivery(
            "FAULT-17", "failed dead-lettering gives back", BrokenFaults::failedLetterGivesBack),
        Mutant.ofPartition(
            "FAULT-19",
            "unconfirmed push is sent again after the window",
            BrokenFaults::unknownPushIsSentAgainLate),
        Mutant.ofPartition("FAULT-20", "timeout per exchange", BrokenFaults::countsForLonger),
        Mutant.ofPartition("FAULT-20", "call repeated at its deadline", BrokenFaults::countsAgain),
        Mutant.ofPartition(
            "FAULT-20", "puller opened again at its deadline", BrokenFaults::opensPullersAgain),
        Mutant.ofPartition("FAULT-20", "age of one priority", BrokenFaults::looksAtOnePriority),
        Mutant.ofPartition("FAULT-21", "timeout per exchange", BrokenFaults::unknownPushIsStored),
        Mutant.ofAdmin("FAULT-21", "resumes one priority", BrokenFaults::resumesOnePriority),
        Mutant.ofDelivery(
            "FAULT-21",
            "unknown outcome reported as no change",
            BrokenFaults::unknownLetterIsUnavailable),
        Mutant.ofPartition("FAULT-18", "drain waits for no ack", BrokenWorkers::drainsAtOnce),
        Mutant.ofPartition("WORK-19", "tasks start interrupted", BrokenWorkers::interruptsTasks),
        Mutant.ofPartition("WORK-20", "leases ahead at first", BrokenWorkers::pullsTooMuch),
        Mutant.ofPartition("STATS-9", "age counts the delay", BrokenDelays::ageCountsTheDelay),
        Mutant.ofDelivery("LOST-6", "kept lease reported as lost", BrokenKeepers::isAlwaysLost),
        Mutant.ofPartition("WORK-18", "pause does nothing", BrokenWorkers::doesNotPause),
        Mutant.ofPartition(
            "DEAD-20", "second redrive does nothing", BrokenFaults::refusedRedriveIsForgotten),
        Mutant.ofPartition(
            "DEAD-13", "a task is redriven only once", BrokenFaults::redrivesATaskOnce),
        Mutant.ofDelivery(
            "AHEAD-10", "lease counts from the handing out", BrokenFaults::leaseIsYoung),
        Mutant.ofPuller(
            "AHEAD-11", "tasks leased ahead later are kept", BrokenFaults::keepsWhatItTakes),
        Mutant.ofDelivery("KEEP-7", "some of many kept leases end", BrokenFaults::someLeasesEnd));
  }
}
