package dev.jetlane.nats.pull;

import dev.jetlane.Puller;

/** A puller of one partition. */
public interface PartitionPuller extends Puller {

  /** Asks whether there is what this client may pull from, without leasing anything. */
  PartitionPuller connect();
}
