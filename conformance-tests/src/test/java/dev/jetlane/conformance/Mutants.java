package dev.jetlane.conformance;

import dev.jetlane.conformance.plain.BrokenLanes;
import java.util.List;

/** All broken queues, by the rule that must find each. */
final class Mutants {

  private Mutants() {}

  static List<Mutant> all() {
    return List.of(
        Mutant.ofLane("SETTLE-1", "ack does not remove", BrokenLanes::ackDoesNotRemove),
        Mutant.ofLane("LEASE-1", "lease ends early", BrokenLanes::expiresEarly),
        Mutant.ofLane("LEASE-2", "lease never ends", BrokenLanes::neverExpires),
        Mutant.ofLane("ORDER-2", "nak goes behind what is new", BrokenLanes::nakToTheBack),
        Mutant.ofLane("ORDER-3", "nak order reversed", BrokenLanes::nakOrderReversed),
        Mutant.ofLane("ATTEMPT-2", "attempts not counted", BrokenLanes::attemptsNotCounted),
        Mutant.ofLane("EXTEND-3", "extension counts as an attempt", BrokenLanes::extendCounts),
        Mutant.ofLane("EXTEND-2", "extension adds to the old deadline", BrokenLanes::extendAdds),
        Mutant.ofLane("SETTLE-3", "delay of a nak ignored", BrokenLanes::delayIgnored),
        Mutant.ofLane("LIMIT-1", "delayed nak frees its slot", BrokenLanes::delayFreesItsSlot),
        Mutant.ofLane("LIMIT-5", "full partition drops the oldest", BrokenLanes::dropsTheOldest),
        Mutant.ofLane("DEDUP-2", "id forgotten on ack", BrokenLanes::dedupForgetsOnAck),
        Mutant.ofLane("DEDUP-4", "duplicate prolongs the window", BrokenLanes::duplicateProlongs),
        Mutant.ofLane("DEAD-2", "poison is dropped", BrokenLanes::poisonIsDropped),
        Mutant.ofLane("DEAD-3", "dead letter without headers", BrokenLanes::lettersLoseHeaders),
        Mutant.ofLane("ORDER-1", "last in, first out", BrokenLanes::lastInFirstOut));
  }
}
