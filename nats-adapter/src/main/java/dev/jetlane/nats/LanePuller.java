package dev.jetlane.nats;

import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import java.util.function.Consumer;

/** A puller of one partition. */
interface LanePuller extends Puller {

  /**
   * Makes one, which is to be connected.
   *
   * @param lanes the partition, by priority
   * @param onClose hears of the end of this puller
   */
  static LanePuller of(
      Session session, Lane[] lanes, PullOptions options, Consumer<LanePuller> onClose) {
    return lanes.length == 1
        ? new NatsPuller(new PullContext(session, lanes[0], options), onClose)
        : new PriorityPuller(session, lanes, options, onClose);
  }

  /** Asks whether there is what this client may pull from, without leasing anything. */
  LanePuller connect();
}
