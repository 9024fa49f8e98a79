// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.QueueConfig;
import dev.jetlane.nats.layout.QueueLayout;
import java.time.Duration;

/**
 * The settings that all packages share.
 *
 * @param requestTimeout the time of a call of a user
 * @param inboxPrefix the prefix of the subjects of answers
 * @param maxInFlight the largest number of unconfirmed pushes
 */
public record Settings(
    QueueLayout layout,
    QueueConfig queue,
    Duration requestTimeout,
    String inboxPrefix,
    int maxInFlight,
    Dialect dialect) {

  /** Returns these settings with another number of streams. */
  public Settings withStreams(int count) {
    return new Settings(
        layout.withStreams(count), queue, requestTimeout, inboxPrefix, maxInFlight, dialect);
  }
}
